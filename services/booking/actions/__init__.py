"""Everything booking can do, each one transaction; the only way to write. Its own upkeep: upkeep.py."""

from services.booking.actions.appointment import arrive, attend, cancel, code, day, identify, miss
from services.booking.actions.booking import book
from services.booking.actions.drawing import apply, hold, tell_seed
from services.booking.actions.persons import erase, restate
from services.booking.actions.referral import refer, show_contact_problem, show_referral
from services.booking.actions.requests import (
    ask,
    change_request,
    companions,
    confirm_request,
    identify_request,
    request_code,
    withdraw_request,
)
from services.booking.actions.waitlist import end_waitlist, expire, offer_places, remind
from services.booking.actions.windows import close_window, look_at_alone, open_window, plan, release

__all__ = [
    "apply",
    "arrive",
    "ask",
    "attend",
    "book",
    "cancel",
    "change_request",
    "close_window",
    "code",
    "companions",
    "confirm_request",
    "day",
    "end_waitlist",
    "erase",
    "expire",
    "hold",
    "identify",
    "identify_request",
    "look_at_alone",
    "miss",
    "offer_places",
    "open_window",
    "plan",
    "refer",
    "release",
    "remind",
    "request_code",
    "restate",
    "show_contact_problem",
    "show_referral",
    "tell_seed",
    "withdraw_request",
]
