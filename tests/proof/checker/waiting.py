"""How long each fault kept people waiting: for an answer, and for a confirmation to arrive."""

from typing import Any

from tests.proof.checker import messages
from tests.proof.checker.evidence import Evidence


def by_fault(e: Evidence) -> list[dict[str, Any]]:
    """Of the requests whose first try met the fault the longest until its answer, and how many needed more than one
    try; of the bookings answered meanwhile the slowest confirmation."""
    asked = [(one.begun, one.met or one.ended, one.ended - one.begun, one.tries) for one in e.asked]
    delays = messages.delays(e)
    shown = []
    for fault in sorted(e.faults, key=lambda one: one.n):
        during = [(wait, n) for begin, met, wait, n in asked if begin <= fault.ended and met >= fault.began]
        told = [delay for at, delay in delays if fault.began <= at <= fault.ended]
        shown.append(
            {
                "n": fault.n,
                "kind": fault.kind,
                "target": fault.target,
                "seconds": round(fault.ended - fault.began, 1),
                "requests": len(during),
                "repeated": sum(n > 1 for _, n in during),
                "longest_answer": round(max((wait for wait, _ in during), default=0.0), 1),
                "longest_message": round(max(told, default=0.0), 1),
            }
        )
    return shown
