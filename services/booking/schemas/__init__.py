"""Bodies in, for routes and pages alike, and what booking reads of others' events. Bodies out: answers."""

from services.booking.schemas.booking import MOST_COMPANIONS, BookingIn, CancellationIn, CompanionIn, PersonIn
from services.booking.schemas.choices import CHANNELS, LANGUAGES, PRIORITIES, SERVICES, NothingIn
from services.booking.schemas.desk import (
    LONGEST_NOTE,
    STATUSES,
    CorrectionIn,
    DeskBookingIn,
    DeskSlotsQuery,
    ListedQuery,
    NoteIn,
    SearchIn,
)
from services.booking.schemas.intake import LONGEST_MESSAGE, MOST_PER_DAY, IntakeIn
from services.booking.schemas.queries import DEFAULT_WINDOW, LONGEST_WINDOW, DayQuery, OfficesQuery, SlotsQuery
from services.booking.schemas.read import MessageFailedRead, OptedOutRead, ReferralRead
from services.booking.schemas.referral import ConsentIn, ReferralIn

__all__ = [
    "BookingIn",
    "CHANNELS",
    "CancellationIn",
    "CompanionIn",
    "ConsentIn",
    "CorrectionIn",
    "DEFAULT_WINDOW",
    "DayQuery",
    "DeskBookingIn",
    "DeskSlotsQuery",
    "IntakeIn",
    "LANGUAGES",
    "LONGEST_MESSAGE",
    "LONGEST_NOTE",
    "LONGEST_WINDOW",
    "ListedQuery",
    "MOST_COMPANIONS",
    "MOST_PER_DAY",
    "MessageFailedRead",
    "NoteIn",
    "NothingIn",
    "OfficesQuery",
    "OptedOutRead",
    "PRIORITIES",
    "PersonIn",
    "ReferralIn",
    "ReferralRead",
    "SERVICES",
    "STATUSES",
    "SearchIn",
    "SlotsQuery",
]
