"""Every event with its version and what is promised of it."""

from services.booking.events.appointments import (
    Appointment,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCode,
    AppointmentOffered,
    AppointmentOfferWithdrawn,
    AppointmentRescheduled,
)
from services.booking.events.people import PersonChanged, PersonSealed
from services.booking.events.referrals import ReferralRequested
from services.booking.events.requests import (
    Request,
    RequestOffered,
    RequestOfferWithdrawn,
    RequestWaitlisted,
    RequestWithdrawn,
)
from services.booking.events.topics import BOOKING, PEOPLE
from services.booking.events.verifications import ContactGivenSealed, VerificationRequested
from shared.definitions import Definition

DEFINITIONS = {
    "appointment.booked.v1": Definition(BOOKING, "A place was booked", AppointmentBooked),
    "appointment.cancelled.v1": Definition(BOOKING, "By the person or the office", AppointmentCancelled),
    "appointment.rescheduled.v1": Definition(
        BOOKING, "It is at another time, or another office", AppointmentRescheduled
    ),
    "appointment.offered.v1": Definition(
        BOOKING, "Another time is kept for who lost theirs to the office", AppointmentOffered
    ),
    "appointment.offer_withdrawn.v1": Definition(
        BOOKING, "The office cannot keep that time either: they are in line again", AppointmentOfferWithdrawn
    ),
    "appointment.arrived.v1": Definition(BOOKING, "The person is at the office", Appointment),
    "appointment.attended.v1": Definition(BOOKING, "It took place", Appointment),
    "appointment.missed.v1": Definition(BOOKING, "The person did not come", Appointment),
    "appointment.requested_again.v1": Definition(
        BOOKING, "Somebody tried to book with data of a person who has this appointment", Appointment
    ),
    "appointment.code_renewed.v1": Definition(BOOKING, "One more code; earlier ones stay good", AppointmentCode),
    "appointment.code_used.v1": Definition(BOOKING, "A newer code was used: those before it are void", AppointmentCode),
    "verification.requested.v1": Definition(BOOKING, "A one-time code is to be sent", VerificationRequested),
    "request.received.v1": Definition(BOOKING, "Somebody asks for a place in a request window", Request),
    "request.changed.v1": Definition(BOOKING, "What they ask for, while the window is open", Request),
    "request.requested_again.v1": Definition(
        BOOKING, "Somebody asked with data of a person who has this request", Request
    ),
    "request.code_renewed.v1": Definition(BOOKING, "One more code; earlier ones stay good", Request),
    "request.code_used.v1": Definition(BOOKING, "A newer code was used: those before it are void", Request),
    "request.allocated.v1": Definition(BOOKING, "A place is offered, to be confirmed in time", RequestOffered),
    "request.reminded.v1": Definition(BOOKING, "The time to confirm is nearly over", RequestOffered),
    "request.confirmed.v1": Definition(BOOKING, "The place is theirs: an appointment is booked", Request),
    "request.waitlisted.v1": Definition(BOOKING, "Not drawn: on the waitlist", RequestWaitlisted),
    "request.not_allocated.v1": Definition(BOOKING, "The waitlist ended before it came to them", Request),
    "request.expired.v1": Definition(BOOKING, "The place was not confirmed in time", Request),
    "request.offer_withdrawn.v1": Definition(
        BOOKING, "The office cannot keep the place that it offered", RequestOfferWithdrawn
    ),
    "request.withdrawn.v1": Definition(BOOKING, "By the person or the office", RequestWithdrawn),
    "referral.requested.v1": Definition(BOOKING, "The office refers the person, with consent", ReferralRequested),
    "person.changed.v1": Definition(PEOPLE, "All that is known of a person, sealed", PersonChanged, PersonSealed),
    "contact.given.v1": Definition(
        PEOPLE, "A contact that is to be verified, sealed; erased within a day", PersonChanged, ContactGivenSealed
    ),
    "person.erased.v1": Definition(PEOPLE, "Tombstone: forget this person", None),
}
