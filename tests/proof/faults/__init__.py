"""What can be done to the system: each kind begins it, waits its time, and ends it with the part ready again."""

from collections.abc import Callable
from typing import Any

from tests.proof.faults import broker, database, handled, network, processes, providers
from tests.proof.plan import Fault
from tests.proof.system import System

Detail = dict[str, Any]
KINDS: dict[str, Callable[[System, Fault], Detail]] = {
    **processes.KINDS,
    **broker.KINDS,
    **database.KINDS,
    **network.KINDS,
    **providers.KINDS,
    **handled.KINDS,
}
