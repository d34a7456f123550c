"""What booking publishes: topic, type with version, payload. Ids, times and places only, but for `people`, sealed."""

from typing import Any

from services.booking import model
from shared import clock
from shared.events import Event, Topic
from shared.sealed import Keys

BOOKING = "booking"
PEOPLE = "people"
TOPICS = {
    BOOKING: Topic(partitions=12, retention_days=60),
    PEOPLE: Topic(partitions=12, compacted=True),
}

Data = dict[str, Any]


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
