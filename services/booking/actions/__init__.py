"""Everything booking can do, each one transaction; the only way to write. Its own upkeep: upkeep.py."""

from services.booking.actions import mass_cancellation, pilot
from services.booking.actions.appointment import arrive, attend, cancel, code, day, identify, miss
from services.booking.actions.booking import book
from services.booking.actions.desk import book_for, correct, look, notes, write_note
from services.booking.actions.holding import drop, held, hold
from services.booking.actions.intake import etag, set_intake
from services.booking.actions.lost_code import ask_for_code, renew_codes
from services.booking.actions.persons import erase, restate
from services.booking.actions.referral import refer, show_contact_problem, show_referral
from services.booking.actions.rescheduling import must_be_possible, reschedule
from services.booking.actions.verification import forget_verification, request_verification, verify

__all__ = [
    "arrive",
    "ask_for_code",
    "attend",
    "book",
    "book_for",
    "cancel",
    "code",
    "correct",
    "day",
    "drop",
    "erase",
    "held",
    "hold",
    "forget_verification",
    "etag",
    "identify",
    "mass_cancellation",
    "miss",
    "pilot",
    "look",
    "miss",
    "must_be_possible",
    "notes",
    "refer",
    "reschedule",
    "renew_codes",
    "request_verification",
    "restate",
    "set_intake",
    "show_contact_problem",
    "show_referral",
    "verify",
    "write_note",
]
