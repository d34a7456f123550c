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
from services.booking.model.offer import FIRST_COME, REQUEST_WINDOW, Intake, Office, Partner, Pathway, Slot, Text
from services.booking.model.referral import CONSENT_TEXTS, Consent, Referral, ReferralRequest
from services.booking.model.request import BookingRequest, Companion, Person
from services.booking.model.requests import Asked, Request, Wish
from services.booking.model.window import Window

__all__ = [
    "ARRIVED",
    "ATTENDED",
    "BOOKED",
    "CANCELLED",
    "CONSENT_TEXTS",
    "FIRST_CODE",
    "FIRST_COME",
    "LIVE",
    "MISSED",
    "REQUEST_WINDOW",
    "Appointment",
    "Asked",
    "BookingRequest",
    "Calendar",
    "ClosedDay",
    "Companion",
    "Consent",
    "Intake",
    "Limits",
    "Office",
    "Partner",
    "Pathway",
    "Person",
    "Referral",
    "ReferralRequest",
    "Request",
    "Slot",
    "Text",
    "Window",
    "Wish",
]
