"""Everything booking can do, each one transaction; the only way to write. Its own upkeep: upkeep.py."""

from services.booking.actions import mass_cancellation, pilot
from services.booking.actions.appointment import arrive, attend, cancel, code, day, identify, miss
from services.booking.actions.booking import book
from services.booking.actions.persons import erase, restate
from services.booking.actions.referral import refer, show_contact_problem, show_referral

__all__ = [
    "arrive",
    "attend",
    "book",
    "cancel",
    "code",
    "day",
    "erase",
    "identify",
    "mass_cancellation",
    "miss",
    "pilot",
    "refer",
    "restate",
    "show_contact_problem",
    "show_referral",
]
