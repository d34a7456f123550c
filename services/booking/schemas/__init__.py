"""Bodies in, for routes and pages alike, and what booking reads of others' events. Bodies out: answers."""

from services.booking.schemas.booking import (
    MOST_COMPANIONS,
    BookingIn,
    CancellationIn,
    CompanionIn,
    HoldIn,
    PersonIn,
    RebookingIn,
    ReschedulingIn,
)
from services.booking.schemas.choices import CHANNELS, LANGUAGES, NEEDS, ONE_OF_THESE, PRIORITIES, SERVICES, NothingIn
from services.booking.schemas.codes import LostCodeIn
from services.booking.schemas.desk import (
    LONGEST_NOTE,
    STATUSES,
    CorrectionIn,
    DeskBookingIn,
    DeskRequestIn,
    DeskSlotsQuery,
    ListedQuery,
    NoteIn,
    OnBehalfIn,
    SearchIn,
)
from services.booking.schemas.intake import LONGEST_MESSAGE, MOST_PER_DAY, IntakeIn
from services.booking.schemas.mass_cancellation import MassCancellationIn
from services.booking.schemas.pilot import PilotIn
from services.booking.schemas.queries import DEFAULT_WINDOW, LONGEST_WINDOW, DayQuery, OfficesQuery, SlotsQuery
from services.booking.schemas.read import MessageFailedRead, OptedOutRead, ReferralRead
from services.booking.schemas.referral import ConsentIn, ReferralIn
from services.booking.schemas.requests import RequestIn, SeedIn, WishIn
from services.booking.schemas.verification import OneTimeCodeIn, VerificationIn

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
    "DeskRequestIn",
    "DeskSlotsQuery",
    "HoldIn",
    "IntakeIn",
    "LANGUAGES",
    "LONGEST_MESSAGE",
    "LONGEST_NOTE",
    "LONGEST_WINDOW",
    "ListedQuery",
    "LostCodeIn",
    "MOST_COMPANIONS",
    "MOST_PER_DAY",
    "MassCancellationIn",
    "MessageFailedRead",
    "NEEDS",
    "NoteIn",
    "NothingIn",
    "ONE_OF_THESE",
    "OfficesQuery",
    "OnBehalfIn",
    "OneTimeCodeIn",
    "OptedOutRead",
    "PRIORITIES",
    "PersonIn",
    "PilotIn",
    "ReferralIn",
    "ReferralRead",
    "RequestIn",
    "RebookingIn",
    "ReschedulingIn",
    "SERVICES",
    "STATUSES",
    "SearchIn",
    "SeedIn",
    "SlotsQuery",
    "VerificationIn",
    "WishIn",
]
