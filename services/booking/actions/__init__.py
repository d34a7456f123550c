"""Everything booking can do, each one transaction; the only way to write. Its own upkeep: upkeep.py."""

from services.booking.actions import calendar, mass_cancellation, pilot, rebooking
from services.booking.actions.appointment import arrive, attend, cancel, code, day, identify, miss
from services.booking.actions.booking import book
from services.booking.actions.desk import ask_for, book_for, correct, find, look, look_at_request, notes, write_note
from services.booking.actions.drawing import apply, hold_draw, tell_seed
from services.booking.actions.holding import drop, held, hold
from services.booking.actions.intake import etag, set_intake
from services.booking.actions.lost_code import ask_for_code, hand_code, hand_request_code, newest_code, renew_codes
from services.booking.actions.moving import move_concerned
from services.booking.actions.own_request import identify_request, request_code, who_comes
from services.booking.actions.persons import bring_back, erase, restate
from services.booking.actions.referral import refer, show_contact_problem, show_referral
from services.booking.actions.requests import (
    ask,
    change_request,
    confirm_request,
    withdraw_request,
)
from services.booking.actions.rescheduling import must_be_possible, reschedule
from services.booking.actions.verification import forget_verification, request_verification, verify
from services.booking.actions.waitlist import end_waitlist, expire, offer_places, remind
from services.booking.actions.windows import alone, close_window, look_at_alone, open_window, plan, release

__all__ = [
    "alone",
    "apply",
    "arrive",
    "ask",
    "ask_for",
    "ask_for_code",
    "attend",
    "book",
    "book_for",
    "bring_back",
    "calendar",
    "cancel",
    "change_request",
    "close_window",
    "code",
    "confirm_request",
    "correct",
    "day",
    "drop",
    "end_waitlist",
    "erase",
    "etag",
    "expire",
    "find",
    "forget_verification",
    "hand_code",
    "hand_request_code",
    "held",
    "hold",
    "hold_draw",
    "identify",
    "identify_request",
    "look",
    "look_at_alone",
    "look_at_request",
    "mass_cancellation",
    "miss",
    "move_concerned",
    "must_be_possible",
    "newest_code",
    "notes",
    "offer_places",
    "open_window",
    "pilot",
    "plan",
    "rebooking",
    "refer",
    "release",
    "remind",
    "renew_codes",
    "request_code",
    "request_verification",
    "reschedule",
    "restate",
    "set_intake",
    "show_contact_problem",
    "show_referral",
    "tell_seed",
    "verify",
    "who_comes",
    "withdraw_request",
    "write_note",
]
