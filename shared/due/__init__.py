"""Work that falls due: whatever leaves the system (a mail, a webhook) or happens later (a reminder, a deadline) is a
row.

What is atomic with what, and what happens when it dies after each step:

1. *Add*, in the transaction of what needs it. Dies before its commit: neither is there. After: the row waits.
2. *Claim*: one guarded update from `waiting` to `running` with a token and an end in the database's time; two who try
   at once get two rows. Dies after it: the lease runs out, `give_back_expired` lets the row wait again.
3. *The function's outside effect.* Dies before it: as above, nothing was sent. Dies in it or after it: it may have
   happened, so the next run does it once more with the same id.
4. *Finish* and the outcome (a message is sent, an event) share a transaction, guarded by the token. Dies
   before the commit: as in 3. After: done.
   A process that was paused since 2 or 3 and wakes up late finds another's token: its transaction is undone (`Lost`).
   When the database is away between 3 and 4, noting is tried again for as long as the lease lasts (`insist`).
   What puts a row off or fails it (`Later`, `GiveUp`, an error) is one update guarded by the same token.
5. *Cancel* deletes the row, also under a run, whose `finish` then finds nothing and undoes its outcome.

So each effect happens at least once, twice only when a kill or a long pause fell between 3 and 4, and then under an id
by which the receiver knows it again; and each outcome is noted once.

Each row has a lane (a provider, a partner), and each process runs at most `LANE_CAP` rows of a lane at once, so that
a slow receiver holds up only itself; a row that has to wait goes to the end, behind what is due before its next try.
A process that leaves gives back what it has not begun and ends what it has, so that no lease has to run out.
"""

from shared.due.figures import health
from shared.due.noting import insist
from shared.due.rows import (
    COLLECTIONS,
    Work,
    add,
    cancel,
    claim,
    failed,
    finish,
    forget,
    give_back,
    give_back_expired,
    hasten,
    retry,
    retry_all,
    retrying,
)
from shared.due.runner import (
    LANE_CAP,
    MOST_THREADS,
    NEEDLESS,
    THREADS,
    GiveUp,
    Later,
    Runner,
    Timers,
    Unavailable,
    backoff,
    run,
)
from shared.due.trace import trace

__all__ = [
    "COLLECTIONS",
    "LANE_CAP",
    "MOST_THREADS",
    "NEEDLESS",
    "THREADS",
    "GiveUp",
    "Later",
    "Runner",
    "Timers",
    "Unavailable",
    "Work",
    "add",
    "backoff",
    "cancel",
    "claim",
    "failed",
    "finish",
    "forget",
    "give_back",
    "give_back_expired",
    "hasten",
    "health",
    "insist",
    "retry",
    "retry_all",
    "retrying",
    "run",
    "trace",
]
