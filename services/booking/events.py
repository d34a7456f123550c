"""What booking publishes: topic, type with version, payload. Ids, times and places only, but for `people`, sealed."""

from typing import Any

from marshmallow import fields

from services.booking import model, schemas
from shared import clock, definitions
from shared.definitions import Defined, Definition
from shared.events import Event, Topic
from shared.sealed import Keys

BOOKING = "booking"
PEOPLE = "people"
TOPICS = {
    BOOKING: Topic(partitions=12),
    PEOPLE: Topic(partitions=12, compacted=True),
}

Data = dict[str, Any]


# --- what is promised of each


class Office(Defined):
    """Where the appointment is, with all that a message must say of it."""

    id = definitions.text("the office's")
    name = definitions.text("as the office calls itself")
    city = definitions.text()
    address = definitions.text()
    phone = definitions.text("the office's, for everybody")
    timezone = definitions.text("IANA")


class Appointment(Defined):
    """What every event of an appointment tells; no name, no contact: those are in `people`."""

    appointment_id = definitions.identifier()
    reference = definitions.text("SND-XXXX-XXXX, as the person knows it")
    person_id = definitions.identifier("the key of the topic `people`")
    office = fields.Nested(Office, required=True)
    starts_at = definitions.instant()
    ends_at = definitions.instant()
    timezone = definitions.text("the office's, IANA")
    language = definitions.code(schemas.LANGUAGES, "of messages to the person")
    channels = definitions.codes(schemas.CHANNELS, "that the person chose")


class Bring(Defined):
    es = definitions.text()
    en = definitions.text()


class AppointmentBooked(Appointment):
    code_number = definitions.number("n, from which its code is derived")
    pathway_id = definitions.text("what it is for")
    party_size = definitions.number("the person and who comes along")
    bring = fields.Nested(Bring, required=True)


class AppointmentCancelled(Appointment):
    by = definitions.code(("person", "office"), "who cancelled it")


class Consent(Defined):
    """Recorded by the office; from here on it belongs to referrals."""

    id = definitions.identifier()
    partners = definitions.texts("ids of those who may know of the case")
    text_version = definitions.text("of the text that the person agreed to")
    given_by = definitions.code(("person", "guardian"))
    recorded_by = definitions.text("id of the account")
    given_at = definitions.instant()


class OfficeOfReferral(Defined):
    id = definitions.text("the office's")
    name = definitions.text("as the office calls itself")
    city = definitions.text()
    region = definitions.text("by which a partner is found")
    timezone = definitions.text("IANA")


class ReferralRequested(Defined):
    referral_request_id = definitions.identifier()
    appointment_id = definitions.identifier()
    reference = definitions.text("of the appointment, SND-XXXX-XXXX")
    person_id = definitions.identifier("the key of the topic `people`")
    office = fields.Nested(OfficeOfReferral, required=True)
    service = definitions.code(schemas.SERVICES, "what is asked of a partner")
    priority = definitions.code(schemas.PRIORITIES)
    language = definitions.code(schemas.LANGUAGES, "of messages to the person")
    languages = definitions.texts("spoken, best first, ISO 639")
    consent = fields.Nested(Consent, required=True)


class PersonChanged(Defined):
    person_id = definitions.identifier("the record's key")
    sealed = fields.Nested(definitions.Box, required=True)


class Companion(Defined):
    name = definitions.text()
    birth_date = fields.Date(required=True)


class PersonSealed(Defined):
    """All that is known of a person, as it is now."""

    name = definitions.text()
    birth_date = fields.Date(required=True)
    phone = definitions.text("E.164", allow_none=True)
    email = definitions.text(allow_none=True)
    document = definitions.text(allow_none=True)
    language = definitions.code(schemas.LANGUAGES, "of messages")
    channels = definitions.codes(schemas.CHANNELS, "that the person chose")
    companions = fields.List(fields.Nested(Companion), required=True)
    notes = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"description": "of the office, by case"}
    )


DEFINITIONS = {
    "appointment.booked.v1": Definition(BOOKING, "A place was booked", AppointmentBooked),
    "appointment.cancelled.v1": Definition(BOOKING, "By the person or the office", AppointmentCancelled),
    "appointment.arrived.v1": Definition(BOOKING, "The person is at the office", Appointment),
    "appointment.attended.v1": Definition(BOOKING, "It took place", Appointment),
    "appointment.missed.v1": Definition(BOOKING, "The person did not come", Appointment),
    "appointment.requested_again.v1": Definition(
        BOOKING, "Somebody tried to book with data of a person who has this appointment", Appointment
    ),
    "referral.requested.v1": Definition(BOOKING, "The office refers the person, with consent", ReferralRequested),
    "person.changed.v1": Definition(PEOPLE, "All that is known of a person, sealed", PersonChanged, PersonSealed),
    "person.erased.v1": Definition(PEOPLE, "Tombstone: forget this person", None),
}


# --- how each is made


def appointment_booked(appointment: model.Appointment, office: model.Office, pathway: model.Pathway) -> Event:
    more = {
        "code_number": appointment.code_number,
        "pathway_id": appointment.pathway_id,
        "party_size": appointment.party_size,
        "bring": dict(pathway.bring),
    }
    return _of("appointment.booked.v1", appointment, office, more)


def appointment_cancelled(appointment: model.Appointment, office: model.Office, by: str) -> Event:
    return _of("appointment.cancelled.v1", appointment, office, {"by": by})


def appointment_arrived(appointment: model.Appointment, office: model.Office) -> Event:
    return _of("appointment.arrived.v1", appointment, office)


def appointment_attended(appointment: model.Appointment, office: model.Office) -> Event:
    return _of("appointment.attended.v1", appointment, office)


def appointment_missed(appointment: model.Appointment, office: model.Office) -> Event:
    return _of("appointment.missed.v1", appointment, office)


def appointment_requested_again(appointment: model.Appointment, office: model.Office) -> Event:
    """Somebody gave the contact of a person who has an appointment already: the contact on file is told."""
    return _of("appointment.requested_again.v1", appointment, office)


def referral_requested(appointment: model.Appointment, office: model.Office, referral: model.Referral) -> Event:
    consent = referral.consent
    data: Data = {
        "referral_request_id": referral.id,
        "appointment_id": appointment.id,
        "reference": appointment.reference,
        "person_id": appointment.person_id,
        "office": {
            "id": office.id,
            "name": office.name,
            "city": office.city,
            "region": office.region,
            "timezone": office.timezone,
        },
        "service": referral.service,
        "priority": referral.priority,
        "language": appointment.language,
        "languages": list(referral.languages),
        "consent": {
            "id": consent.id,
            "partners": list(consent.partners),
            "text_version": consent.text_version,
            "given_by": consent.given_by,
            "recorded_by": consent.recorded_by,
            "given_at": clock.rfc3339(consent.given_at),
        },
    }
    return Event("referral.requested.v1", appointment.case_id, data)


def person_changed(keys: Keys, person_id: str, known: Data) -> Event:
    return Event("person.changed.v1", person_id, {"person_id": person_id, "sealed": keys.seal(known, person_id)})


def person_erased(person_id: str) -> Event:
    """A tombstone: the broker forgets what it held under this key, and so does every reader."""
    return Event("person.erased.v1", person_id, None)


def _of(type: str, appointment: model.Appointment, office: model.Office, more: Data | None = None) -> Event:
    data: Data = {
        "appointment_id": appointment.id,
        "reference": appointment.reference,
        "person_id": appointment.person_id,
        "office": {
            "id": office.id,
            "name": office.name,
            "city": office.city,
            "address": office.address,
            "phone": office.phone,
            "timezone": office.timezone,
        },
        "starts_at": clock.rfc3339(appointment.starts_at),
        "ends_at": clock.rfc3339(appointment.ends_at),
        "timezone": appointment.timezone,
        "language": appointment.language,
        "channels": list(appointment.channels),
    }
    return Event(type, appointment.case_id, data | (more or {}))
