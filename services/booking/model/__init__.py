"""The rules of appointments, pure: each decides or refuses; time comes in as `now`."""

from services.booking.model.appointment import (
    ARRIVED,
    ATTENDED,
    BOOKED,
    CANCELLED,
    FIRST_CODE,
    LIVE,
    MISSED,
    Appointment,
)
from services.booking.model.calendar import Calendar, ClosedDay
from services.booking.model.limits import Limits
from services.booking.model.mass_cancellation import MassCancellation, Proposal
from services.booking.model.offer import Intake, Office, Partner, Pathway, Slot, Text
from services.booking.model.pilot import Pilot
from services.booking.model.referral import CONSENT_TEXTS, Consent, Referral, ReferralRequest
from services.booking.model.request import BookingRequest, Companion, Person

__all__ = [
    "ARRIVED",
    "ATTENDED",
    "BOOKED",
    "CANCELLED",
    "CONSENT_TEXTS",
    "FIRST_CODE",
    "LIVE",
    "MISSED",
    "Appointment",
    "BookingRequest",
    "Calendar",
    "ClosedDay",
    "Companion",
    "Consent",
    "Intake",
    "Limits",
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
]
