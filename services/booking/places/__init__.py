"""Places: one document each, free, held or taken. Claimed by one guarded update, so overselling cannot be expressed.

`_id` = slot and number. A claim is held for whoever asks under one `holder` (the scope of the idempotency key), so that
a repeated request finds its own again; the unique index on slot and holder keeps repeats that run at the same time on
one place. Expiry is set and checked in the database's own time. A process that dies between claim and booking leaves a
hold, which runs out by itself.

A place given back after a cancellation or a change of time rests: it is held by nobody until a moment that nobody knows
(returning.py), so that whoever cancels cannot book it at once in another name. Kept aside for a hold (parties.py) or at
rest it is not counted as free; from its moment on anybody may claim it, and within a minute it is counted again.

Such a rest lasts longer where somebody comes before others (keeping.py). Some are held back for who walks in
(walk_ins.py).

Where more places are with somebody than the slot is to have by now, each of its places is marked `over` (capacity.py):
given back, it is gone instead of free.
"""

from services.booking.places.claiming import CLAIM_SECONDS, HoldLost, Refused, claim, claim_all, confirm, settle
from services.booking.places.counting import count, sweep, wake
from services.booking.places.documents import (
    COLLECTIONS,
    FREE,
    HELD,
    MADE_AT_ONCE,
    RESERVED,
    RESTS,
    RUN_OUT,
    STAYS,
    TAKEN,
    WALK_IN,
    add,
    new,
)
from services.booking.places.emptying import release_all, take_back_all, taken_by
from services.booking.places.keeping import KEPT_MINUTES, at_rest, for_everybody, keep, let_go
from services.booking.places.parties import Wanted, claim_each, claim_party, holders, keep_aside, kept
from services.booking.places.reserving import (
    NotThere,
    back_to_window,
    give_up,
    promise,
    reservable,
    reserve,
    take_back,
    take_promised,
    unpromised,
)
from services.booking.places.returning import give_back, release
from services.booking.places.walk_ins import for_everybody as open_walk_ins
from services.booking.places.walk_ins import held_back, hold_back

__all__ = [
    "CLAIM_SECONDS",
    "COLLECTIONS",
    "FREE",
    "HELD",
    "HoldLost",
    "KEPT_MINUTES",
    "MADE_AT_ONCE",
    "NotThere",
    "RESERVED",
    "RESTS",
    "RUN_OUT",
    "Refused",
    "STAYS",
    "TAKEN",
    "WALK_IN",
    "Wanted",
    "add",
    "at_rest",
    "back_to_window",
    "claim",
    "claim_all",
    "claim_each",
    "claim_party",
    "confirm",
    "count",
    "for_everybody",
    "give_back",
    "give_up",
    "held_back",
    "hold_back",
    "holders",
    "keep",
    "keep_aside",
    "kept",
    "let_go",
    "new",
    "open_walk_ins",
    "promise",
    "release",
    "settle",
    "reservable",
    "reserve",
    "sweep",
    "take_back",
    "take_back_all",
    "take_promised",
    "unpromised",
    "release_all",
    "sweep",
    "taken_by",
    "wake",
]
