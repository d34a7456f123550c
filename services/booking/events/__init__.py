"""What booking publishes: topic, type with version, payload. Ids, times and places only, but for `people`, sealed."""

from services.booking.events.appointments import (
    appointment_arrived,
    appointment_attended,
    appointment_booked,
    appointment_cancelled,
    appointment_code_renewed,
    appointment_code_used,
    appointment_missed,
    appointment_offer_withdrawn,
    appointment_offered,
    appointment_requested_again,
    appointment_rescheduled,
)
from services.booking.events.definitions import DEFINITIONS
from services.booking.events.people import person_changed, person_erased
from services.booking.events.referrals import referral_requested
from services.booking.events.requests import (
    request_allocated,
    request_changed,
    request_code_renewed,
    request_code_used,
    request_confirmed,
    request_expired,
    request_not_allocated,
    request_offer_withdrawn,
    request_received,
    request_reminded,
    request_requested_again,
    request_waitlisted,
    request_withdrawn,
)
from services.booking.events.topics import BOOKING, PEOPLE, TOPICS
from services.booking.events.verifications import contact_given, verification_requested

__all__ = [
    "BOOKING",
    "DEFINITIONS",
    "PEOPLE",
    "TOPICS",
    "appointment_arrived",
    "appointment_attended",
    "appointment_booked",
    "appointment_cancelled",
    "appointment_code_renewed",
    "appointment_code_used",
    "appointment_missed",
    "appointment_offer_withdrawn",
    "appointment_offered",
    "appointment_requested_again",
    "appointment_rescheduled",
    "contact_given",
    "person_changed",
    "person_erased",
    "referral_requested",
    "request_allocated",
    "request_changed",
    "request_code_renewed",
    "request_code_used",
    "request_confirmed",
    "request_expired",
    "request_not_allocated",
    "request_offer_withdrawn",
    "request_received",
    "request_reminded",
    "request_requested_again",
    "request_waitlisted",
    "request_withdrawn",
    "verification_requested",
]
