"""The rules of appointments, pure: each decides or refuses; time comes in as `now`."""

from services.booking.model.appointment import (
    ARRIVED,
    ATTENDED,
    BOOKED,
    CANCELLED,
    CORRECTIONS,
    FIRST_CODE,
    LIVE,
    MISSED,
    RESCHEDULED,
    Appointment,
)
from services.booking.model.calendar import Calendar, ClosedDay
from services.booking.model.hold import Hold
from services.booking.model.intake import Intake
from services.booking.model.limits import Limits
from services.booking.model.mass_cancellation import MassCancellation, Proposal
from services.booking.model.offer import ALL, Office, Partner, Pathway, Slot, Text
from services.booking.model.pilot import Pilot
from services.booking.model.referral import CONSENT_TEXTS, Consent, Referral, ReferralRequest
from services.booking.model.request import (
    ON_BEHALF,
    WALK_IN,
    AtTheDesk,
    BookingRequest,
    Companion,
    LostCode,
    Person,
    must_be_offered,
    must_not_be_too_many,
)
from services.booking.model.verification import Verification, VerificationRequest

__all__ = [
    "ALL",
    "ARRIVED",
    "ATTENDED",
    "BOOKED",
    "CANCELLED",
    "CONSENT_TEXTS",
    "CORRECTIONS",
    "FIRST_CODE",
    "LIVE",
    "MISSED",
    "RESCHEDULED",
    "ON_BEHALF",
    "WALK_IN",
    "Appointment",
    "AtTheDesk",
    "BookingRequest",
    "Calendar",
    "ClosedDay",
    "Companion",
    "Consent",
    "Hold",
    "Intake",
    "Limits",
    "LostCode",
    "MassCancellation",
    "Office",
    "Partner",
    "Pathway",
    "Person",
    "Pilot",
    "Proposal",
    "Referral",
    "ReferralRequest",
    "Slot",
    "Text",
    "must_be_offered",
    "must_not_be_too_many",
    "Verification",
    "VerificationRequest",
]
