"""The draw of a request window, pure: what is published, who gets which place, and what follows. See DRAW.md."""

from services.booking.model.draw import (
    allocation,
    capacity,
    confirmation,
    entry,
    figures,
    waitlist,
)
from services.booking.model.draw.allocation import Outcome
from services.booking.model.draw.capacity import Slot
from services.booking.model.draw.commitment import Commitment, NotAsCommitted, commit, hold
from services.booking.model.draw.entry import Entry
from services.booking.model.draw.rule import Rule
from services.booking.model.draw.seed import Drand, Officers, Seed

__all__ = [
    "Commitment",
    "Drand",
    "Entry",
    "NotAsCommitted",
    "Officers",
    "Outcome",
    "Rule",
    "Seed",
    "Slot",
    "allocation",
    "capacity",
    "commit",
    "confirmation",
    "entry",
    "figures",
    "hold",
    "waitlist",
]
