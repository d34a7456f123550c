"""The draw of a request window, pure: what is published, who gets which place, and what follows. See DRAW.md."""

from services.booking.model.draw import (
    allocation,
    capacity,
    confirmation,
    entry,
    figures,
    published,
    seed,
    waitlist,
)
from services.booking.model.draw.allocation import Outcome
from services.booking.model.draw.capacity import Slot
from services.booking.model.draw.commitment import PAUSE, Commitment, NotAsCommitted, commit, hold, key
from services.booking.model.draw.entry import Entry
from services.booking.model.draw.published import is_code
from services.booking.model.draw.rule import Rule
from services.booking.model.draw.seed import Drand, Officers, Seed, Source, source_of

__all__ = [
    "Commitment",
    "Drand",
    "Entry",
    "NotAsCommitted",
    "Officers",
    "Outcome",
    "PAUSE",
    "Rule",
    "Seed",
    "Slot",
    "Source",
    "allocation",
    "capacity",
    "commit",
    "confirmation",
    "entry",
    "figures",
    "hold",
    "is_code",
    "key",
    "published",
    "seed",
    "source_of",
    "waitlist",
]
