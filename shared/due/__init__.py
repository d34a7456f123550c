"""Work that falls due: whatever leaves the system (a mail, a webhook) or happens later (a reminder, a deadline) is a
row.

The row is written in the transaction of what needs it. A worker claims it under a lease in the database's time, runs
the function of its kind, and the outcome is written together with `finish`, which checks the lease. Dies before the
function's outside effect: the lease runs out and another run does it. Dies after the effect and before `finish`: it
is done a second time, with the same id, which the receiver can recognise (Message-ID, webhook-id, Idempotency-Key).
A run that lost its lease writes nothing.

Each row has a lane (a provider, a partner), and each process runs at most `LANE_CAP` rows of a lane at once, so that
a slow receiver holds up only itself.
"""

from shared.due.rows import (
    COLLECTIONS,
    Work,
    add,
    cancel,
    claim,
    failed,
    finish,
    forget,
    give_back_expired,
    health,
    retry,
)
from shared.due.runner import LANE_CAP, THREADS, GiveUp, Later, Runner, Timers, backoff, run

__all__ = [
    "COLLECTIONS",
    "LANE_CAP",
    "THREADS",
    "GiveUp",
    "Later",
    "Runner",
    "Timers",
    "Work",
    "add",
    "backoff",
    "cancel",
    "claim",
    "failed",
    "finish",
    "forget",
    "give_back_expired",
    "health",
    "retry",
    "run",
]
