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
from services.booking.model.hold import Hold, Kept
from services.booking.model.intake import Intake
from services.booking.model.limits import Limits
from services.booking.model.mass_cancellation import MassCancellation, Proposal
from services.booking.model.offer import ALL, FIRST_COME, REQUEST_WINDOW, Office, Partner, Pathway, Slot, Text
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
from services.booking.model.requests import Asked, Request, Wish
from services.booking.model.verification import Verification, VerificationRequest
from services.booking.model.window import Window

__all__ = [
    "ALL",
    "ARRIVED",
    "ATTENDED",
    "Appointment",
    "Asked",
    "AtTheDesk",
    "BOOKED",
    "BookingRequest",
    "CANCELLED",
    "CONSENT_TEXTS",
    "CORRECTIONS",
    "Calendar",
    "ClosedDay",
    "Companion",
    "Consent",
    "FIRST_CODE",
    "FIRST_COME",
    "Hold",
    "Intake",
    "Kept",
    "LIVE",
    "Limits",
    "LostCode",
    "MISSED",
    "ON_BEHALF",
    "MassCancellation",
    "Office",
    "Partner",
    "Pathway",
    "Person",
    "REQUEST_WINDOW",
    "RESCHEDULED",
    "Pilot",
    "Proposal",
    "Referral",
    "ReferralRequest",
    "Request",
    "Slot",
    "Text",
    "Verification",
    "VerificationRequest",
    "WALK_IN",
    "Window",
    "Wish",
    "must_be_offered",
    "must_not_be_too_many",
]
