"""Bodies in, for routes and pages alike, and what booking reads of others' events. Bodies out: answers."""

from services.booking.schemas.booking import MOST_COMPANIONS, BookingIn, CancellationIn, CompanionIn, PersonIn
from services.booking.schemas.choices import CHANNELS, LANGUAGES, PRIORITIES, SERVICES, NothingIn
from services.booking.schemas.mass_cancellation import MassCancellationIn
from services.booking.schemas.pilot import PilotIn
from services.booking.schemas.queries import DEFAULT_WINDOW, LONGEST_WINDOW, DayQuery, OfficesQuery, SlotsQuery
from services.booking.schemas.read import MessageFailedRead, OptedOutRead, ReferralRead
from services.booking.schemas.referral import ConsentIn, ReferralIn

__all__ = [
    "BookingIn",
    "CHANNELS",
    "CancellationIn",
    "CompanionIn",
    "ConsentIn",
    "DEFAULT_WINDOW",
    "DayQuery",
    "LANGUAGES",
    "LONGEST_WINDOW",
    "MOST_COMPANIONS",
    "MassCancellationIn",
    "MessageFailedRead",
    "NothingIn",
    "OfficesQuery",
    "OptedOutRead",
    "PRIORITIES",
    "PersonIn",
    "PilotIn",
    "ReferralIn",
    "ReferralRead",
    "SERVICES",
    "SlotsQuery",
]
