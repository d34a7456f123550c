"""Everything booking can do, each one transaction; the only way to write. Its own upkeep: upkeep.py."""

from services.booking.actions.appointment import arrive, attend, cancel, code, day, identify, miss
from services.booking.actions.booking import book
from services.booking.actions.holding import drop, held, hold
from services.booking.actions.persons import erase, restate
from services.booking.actions.referral import refer, show_contact_problem, show_referral
from services.booking.actions.rescheduling import must_be_possible, reschedule

__all__ = [
    "arrive",
    "attend",
    "book",
    "cancel",
    "code",
    "day",
    "drop",
    "erase",
    "held",
    "hold",
    "identify",
    "miss",
    "must_be_possible",
    "refer",
    "reschedule",
    "restate",
    "show_contact_problem",
    "show_referral",
]
