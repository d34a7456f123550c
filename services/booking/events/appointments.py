"""What is announced of an appointment."""

from datetime import datetime
from typing import Any

from marshmallow import fields, validate

from services.booking import model, schemas
from services.booking.events.topics import Data
from services.booking.model.mass_cancellation import REASONS
from shared import clock, definitions
from shared.definitions import Defined
from shared.events import Event


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


class AppointmentRescheduled(AppointmentBooked):
    """With all that a booking tells, so that a message about the new time can stand for the first one."""

    previous_starts_at = definitions.instant("the time that does not hold any more")
    by = definitions.code(("person", "office"), "who changed it")


class AppointmentCancelled(Appointment):
    by = definitions.code(("person", "office"), "who cancelled it")
    reason_code = fields.String(
        validate=validate.OneOf(REASONS), metadata={"description": "why the office cancelled it together with others"}
    )
    rebook = fields.Boolean(metadata={"description": "of those: whether the office offers another appointment"})
    first_until = definitions.Instant(
        metadata={"description": "until then places that come free there are offered to the person before others"}
    )


class AppointmentCode(Appointment):
    code_number = definitions.number("n, from which the code is derived")


class AppointmentOfferWithdrawn(Appointment):
    """`starts_at` is the time that the office took away first, `first_until` as it is now."""

    offered_starts_at = definitions.instant("of the place that was kept for the person, at the same office")
    status = definitions.code(("booked", "cancelled"), "of the appointment: whether they still have the first time")
    first_until = definitions.instant("until then places that come free there are offered to them before others")


class AppointmentOffered(AppointmentCode):
    """`starts_at` is the time that the office took away."""

    bring = fields.Nested(Bring, required=True)
    offered_starts_at = definitions.instant("the time that is kept for the person, at the same office")
    offered_ends_at = definitions.instant()
    answer_by = definitions.instant("until when it is kept")


def appointment_booked(appointment: model.Appointment, office: model.Office, pathway: model.Pathway) -> Event:
    return _of("appointment.booked.v1", appointment, office, _whole(appointment, pathway))


def appointment_rescheduled(
    appointment: model.Appointment, office: model.Office, pathway: model.Pathway, previous: datetime, by: str
) -> Event:
    """`previous`: when it was to begin before."""
    more = _whole(appointment, pathway) | {"previous_starts_at": clock.rfc3339(previous), "by": by}
    return _of("appointment.rescheduled.v1", appointment, office, more)


def _whole(appointment: model.Appointment, pathway: model.Pathway) -> Data:
    return {
        "code_number": appointment.code_number,
        "pathway_id": appointment.pathway_id,
        "party_size": appointment.party_size,
        "bring": dict(pathway.bring),
    }


def appointment_cancelled(appointment: model.Appointment, office: model.Office, by: str, **more: Any) -> Event:
    """`more`: of many at once `reason_code` and `rebook`."""
    first = {"first_until": clock.rfc3339(appointment.waits_until)} if appointment.waits_until else {}
    return _of("appointment.cancelled.v1", appointment, office, {"by": by, **more, **first})


def appointment_offered(appointment: model.Appointment, office: model.Office, pathway: model.Pathway) -> Event:
    """Another time is kept for somebody whose own was taken away by the office."""
    if appointment.kept is None:
        raise ValueError(f"nothing is kept for appointment {appointment.id}")
    more = {
        "code_number": appointment.code_number,
        "bring": dict(pathway.bring),
        "offered_starts_at": clock.rfc3339(appointment.kept.starts_at),
        "offered_ends_at": clock.rfc3339(appointment.kept.ends_at),
        "answer_by": clock.rfc3339(appointment.kept.answer_by),
    }
    return _of("appointment.offered.v1", appointment, office, more)


def appointment_offer_withdrawn(before: model.Appointment, after: model.Appointment, office: model.Office) -> Event:
    """What was kept for somebody is taken away by the office as well; they are in line again."""
    if before.kept is None or after.waits_until is None:
        raise ValueError(f"appointment {after.id} had nothing kept, or is in no line")
    more = {
        "offered_starts_at": clock.rfc3339(before.kept.starts_at),
        "status": after.status,
        "first_until": clock.rfc3339(after.waits_until),
    }
    return _of("appointment.offer_withdrawn.v1", after, office, more)


def appointment_arrived(appointment: model.Appointment, office: model.Office) -> Event:
    return _of("appointment.arrived.v1", appointment, office)


def appointment_attended(appointment: model.Appointment, office: model.Office) -> Event:
    return _of("appointment.attended.v1", appointment, office)


def appointment_missed(appointment: model.Appointment, office: model.Office) -> Event:
    return _of("appointment.missed.v1", appointment, office)


def appointment_requested_again(appointment: model.Appointment, office: model.Office) -> Event:
    """Somebody gave the contact of a person who has an appointment already: the contact on file is told."""
    return _of("appointment.requested_again.v1", appointment, office)


def appointment_code_renewed(appointment: model.Appointment, office: model.Office) -> Event:
    """Codes before it stay good."""
    return _of("appointment.code_renewed.v1", appointment, office, {"code_number": appointment.code_number})


def appointment_code_used(appointment: model.Appointment, office: model.Office) -> Event:
    """For the first time: codes before it open nothing any more."""
    return _of("appointment.code_used.v1", appointment, office, {"code_number": appointment.oldest_code})


def office_told(office: model.Office) -> Data:
    return {name: getattr(office, name) for name in ("id", "name", "city", "address", "phone", "timezone")}


def _of(type: str, appointment: model.Appointment, office: model.Office, more: Data | None = None) -> Event:
    data: Data = {
        "appointment_id": appointment.id,
        "reference": appointment.reference,
        "person_id": appointment.person_id,
        "office": office_told(office),
        "starts_at": clock.rfc3339(appointment.starts_at),
        "ends_at": clock.rfc3339(appointment.ends_at),
        "timezone": appointment.timezone,
        "language": appointment.language,
        "channels": list(appointment.channels),
    }
    return Event(type, appointment.case_id, data | (more or {}))
