"""Everything booking can do, each one transaction; the only way to write. Its own upkeep: upkeep.py."""

from services.booking.actions.appointment import arrive, attend, cancel, code, day, identify, miss
from services.booking.actions.booking import book
from services.booking.actions.desk import book_for, correct, look, notes, write_note
from services.booking.actions.intake import etag, set_intake
from services.booking.actions.persons import erase, restate
from services.booking.actions.referral import refer, show_contact_problem, show_referral

__all__ = [
    "arrive",
    "attend",
    "book",
    "book_for",
    "cancel",
    "code",
    "correct",
    "day",
    "erase",
    "etag",
    "identify",
    "look",
    "miss",
    "notes",
    "refer",
    "restate",
    "set_intake",
    "show_contact_problem",
    "show_referral",
    "write_note",
]
