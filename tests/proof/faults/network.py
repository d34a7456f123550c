"""The way between a service and its broker or its database, spoilt for a while."""

from typing import Any

from tests.proof.plan import Fault
from tests.proof.system import System
from tests.wait import lasts


def spoil(system: System, fault: Fault) -> dict[str, Any]:
    system.network.become(fault.target, fault.kind.removeprefix("network-"))
    try:
        lasts(fault.seconds)
    finally:
        system.network.become(fault.target, "pass")
    service = fault.target.partition("-")[0]
    system.keeper.wait_ready(f"{service} web")
    return {"seconds": fault.seconds}


KINDS = {f"network-{mode}": spoil for mode in ("cut", "slow", "half-open", "stall")}
