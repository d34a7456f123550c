"""Processes killed at any moment and at the worst ones, paused for longer than their leases, their clocks set wrong."""

import signal
import time
from typing import Any

from tests.proof.faults.providers import tell
from tests.proof.plan import Fault
from tests.proof.system import System
from tests.wait import lasts, wait_until

MOMENT_COMES_WITHIN = 40  # seconds
READERS_OF = {  # who reads, relays and sends for a service
    "booking": ("booking worker-1", "booking worker-2"),
    "referrals": ("referrals consumer-1", "referrals worker-2"),
    "notifications": ("notifications worker-1", "notifications worker-2"),
}
SENDERS_OF = READERS_OF | {"referrals": ("referrals timers-1", "referrals worker-2")}


def kill(system: System, fault: Fault) -> dict[str, Any]:
    system.keeper.kill(fault.target)
    system.keeper.wait_again(fault.target)
    return {}


def kill_at(system: System, fault: Fault) -> dict[str, Any]:
    """Whoever comes to that moment next dies there. `met`: somebody did."""
    service, _, moment = fault.target.partition(" ")
    lever = system.lever(service, moment)
    deadline = time.monotonic() + MOMENT_COMES_WITHIN
    while lever.exists() and time.monotonic() < deadline:
        lasts(0.02)
    met = not lever.exists()
    lever.unlink(missing_ok=True)
    lasts(0.3)  # the kernel has ended it, and the keeper has seen it
    system.keeper.wait_ready(*system.names(service))
    return {"met": met}


def pause(system: System, fault: Fault) -> dict[str, Any]:
    """SIGSTOP, and on again: whoever held a lease or a place in the group wakes up late."""
    name = _whom(system, fault)
    sending = fault.target.endswith("sending")
    channel = "partner" if fault.target.startswith("referrals") else "email"
    if sending:  # so that work is surely going on when it is stopped
        tell(system, channel, "slow", seconds=3)
        lasts(1.5)
    process = system.keeper.running[name]
    system.keeper.send(name, signal.SIGSTOP)
    try:
        if sending:
            tell(system, channel, "normal")
        lasts(fault.seconds)
    finally:
        system.keeper.send(name, signal.SIGCONT)
    system.keeper.wait_ready(name)
    same = system.keeper.running[name] is process
    return {"process": name, "seconds": fault.seconds, "went_on": same}


def _whom(system: System, fault: Fault) -> str:
    service, _, word = fault.target.partition(" ")
    if word == "relay":
        return wait_until(lambda: system.holder(service), 30, f"{service} has a relay", every=0.2)
    if word == "sending":
        return SENDERS_OF[service][fault.draw % 2]
    if word == "consumer":
        return READERS_OF[service][fault.draw % 2]
    return fault.target


def clock(system: System, fault: Fault) -> dict[str, Any]:
    ahead = 3600 if fault.draw % 3 else -3600
    service, _, name = fault.target.partition(" ")
    lever = system.lever(service, f"{name}/clock", str(ahead))
    try:
        lasts(fault.seconds)
    finally:
        lever.unlink()
    system.keeper.wait_ready(fault.target)
    return {"seconds": ahead}


KINDS = {"kill": kill, "kill-at": kill_at, "pause": pause, "clock": clock}
