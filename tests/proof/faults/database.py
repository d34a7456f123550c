"""A database killed, and a primary that steps down."""

from typing import Any

from tests.proof.plan import Fault
from tests.proof.system import System
from tests.wait import lasts


def kill(system: System, fault: Fault) -> dict[str, Any]:
    """The member that takes writes; of three, another goes on."""
    database = system.mongo[fault.target]
    number = database.primary()
    database.containers[number].kill()
    lasts(fault.seconds)
    database.containers[number].start_again()
    database.wait()
    return {"member": number + 1, "of": len(database.containers)}


def step_down(system: System, fault: Fault) -> dict[str, Any]:
    database = system.mongo[fault.target]
    before = database.primary()
    database.step_down(int(fault.seconds))
    lasts(0.2)
    database.wait()
    return {"from": before + 1, "to": database.primary() + 1}


KINDS = {"database-kill": kill, "step-down": step_down}
