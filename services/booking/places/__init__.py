"""Places: one document each, free, held or taken. Claimed by one guarded update, so overselling cannot be expressed.

`_id` = slot and number. A claim is held for whoever asks under one `holder` (the scope of the idempotency key), so that
a repeated request finds its own again; the unique index on slot and holder keeps repeats that run at the same time on
one place. Expiry is set and checked in the database's own time. A process that dies between claim and booking leaves a
hold, which runs out by itself.

Where more places are with somebody than the slot is to have by now, each of its places is marked `over` (capacity.py):
given back, it is gone instead of free.
"""

from services.booking.places.claiming import CLAIM_SECONDS, HoldLost, Refused, claim, claim_all, confirm
from services.booking.places.counting import count, sweep
from services.booking.places.documents import COLLECTIONS, FREE, HELD, MADE_AT_ONCE, RUN_OUT, STAYS, TAKEN, add, new
from services.booking.places.emptying import release_all, taken_by
from services.booking.places.returning import give_back, release

__all__ = [
    "CLAIM_SECONDS",
    "COLLECTIONS",
    "FREE",
    "HELD",
    "HoldLost",
    "MADE_AT_ONCE",
    "RUN_OUT",
    "Refused",
    "STAYS",
    "TAKEN",
    "add",
    "claim",
    "claim_all",
    "confirm",
    "count",
    "give_back",
    "new",
    "release",
    "release_all",
    "sweep",
    "taken_by",
]
