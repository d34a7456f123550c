"""An appointment, as its person and its office see it."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from services.booking import model
from services.booking.answers.following import following
from services.booking.answers.offices import PlaceOfOffice, own
from shared import web


class HistoryOut(Schema):
    at = web.Instant(required=True)
    status = fields.String(required=True)
    by = fields.String(required=True, metadata={"description": "person or office"})
    previous_starts_at = web.Instant(attribute="before.starts_at", metadata={"description": "of a change of time"})


class ReferralOut(Schema):
    id = fields.String(required=True)
    service = fields.String(required=True)
    priority = fields.String(required=True)
    status = fields.String(required=True)
    requested_at = web.Instant(required=True)
    changed_at = web.Instant(allow_none=True, required=True)


class AppointmentOut(Schema):
    reference = fields.String(required=True, metadata={"example": "SND-7K3M-Q2XA"})
    status = fields.String(
        required=True, validate=validate.OneOf(("booked", "cancelled", "arrived", "attended", "missed"))
    )
    pathway = fields.String(required=True)
    office = fields.Nested(PlaceOfOffice, required=True)
    starts_at = web.Instant(required=True)
    ends_at = web.Instant(required=True)
    timezone = fields.String(required=True, metadata={"example": "America/Guatemala"})
    party_size = fields.Integer(required=True)
    history = fields.List(fields.Nested(HistoryOut), required=True)
    referrals = fields.List(fields.Nested(ReferralOut), required=True)


class KeptOut(Schema):
    starts_at = web.Instant(required=True)
    ends_at = web.Instant(required=True)
    answer_by = web.Instant(required=True, metadata={"description": "until then it is nobody else's"})


class OwnAppointmentOut(AppointmentOut):
    """To its person: also what they ask about."""

    language = fields.String(required=True, metadata={"description": "of our messages"})
    channels = fields.List(fields.String(), required=True, metadata={"description": "by which we write"})
    bring = fields.String(required=True, metadata={"description": "what to bring"})
    following = fields.List(fields.String(), required=True, metadata={"description": "what happens next, in words"})
    cancel_until = web.Instant(
        required=True, allow_none=True, metadata={"description": "it can be cancelled before that; null: it cannot"}
    )
    first_until = web.Instant(
        required=True,
        allow_none=True,
        attribute="waits_until",
        metadata={"description": "the office took the time away: until then places that come free are offered to you"},
    )
    kept = fields.Nested(
        KeptOut, required=True, allow_none=True, metadata={"description": "another time at this office, to be taken"}
    )


class BookedOut(Schema):
    reference = fields.String(required=True, metadata={"example": "SND-7K3M-Q2XA"})
    code = fields.String(required=True, metadata={"description": "to be kept secret", "example": "4T9XW2MD"})
    status = fields.String(required=True, validate=validate.Equal("booked"))
    pathway = fields.String(required=True)
    office = fields.Nested(PlaceOfOffice, required=True)
    starts_at = web.Instant(required=True)
    ends_at = web.Instant(required=True)
    timezone = fields.String(required=True)
    party_size = fields.Integer(required=True)


class HoldOut(Schema):
    id = fields.String(required=True, metadata={"description": "to be kept secret: who has it can book with it"})
    expires_at = web.Instant(required=True)


class PersonOut(Schema):
    name = fields.String(required=True)
    birth_date = fields.String(required=True)
    phone = fields.String(allow_none=True, required=True)
    email = fields.String(allow_none=True, required=True)
    document = fields.String(allow_none=True, required=True)
    companions = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)
    needs = fields.List(fields.String(), metadata={"description": "of whoever comes"})
    interpreter = fields.String(allow_none=True, metadata={"description": "the language to interpret from"})


class ContactProblemOut(Schema):
    channel = fields.String(required=True)
    reason = fields.String(required=True)
    at = web.Instant(required=True)


class DayRowOut(AppointmentOut):
    language = fields.String(required=True)
    channels = fields.List(fields.String(), required=True)
    contact_problems = fields.List(fields.Nested(ContactProblemOut), required=True)
    person = fields.Nested(PersonOut, allow_none=True, required=True)


class DeskHistoryOut(HistoryOut):
    account = fields.String(metadata={"description": "who of the office, where it matters"})
    why = fields.String(metadata={"description": "a code"})


class DeskAppointmentOut(DayRowOut):
    history = fields.List(fields.Nested(DeskHistoryOut), required=True)


class NoteOut(Schema):
    id = fields.String(required=True)
    at = web.Instant(required=True)
    by = fields.String(required=True, metadata={"description": "id of the account"})
    text = fields.String(required=True)


class ReferralMadeOut(ReferralOut):
    appointment = fields.String(required=True, metadata={"description": "its reference"})


def appointment(one: model.Appointment, at: model.Office) -> dict[str, Any]:
    return vars(one) | {"pathway": one.pathway_id, "office": at}


def own_appointment(one: model.Appointment, at: model.Office, pathway: model.Pathway, now: datetime) -> dict[str, Any]:
    return appointment(one, at) | {
        "bring": own(pathway.bring),
        "following": following(one, now),
        "cancel_until": one.cancel_until(pathway.cancel_notice_minutes, now),
    }


def booked(one: model.Appointment, at: model.Office, code: str) -> dict[str, Any]:
    """The answer to a booking, also when it is asked for again later: as it was then. `at`: the office of then."""
    return appointment(one.as_booked, at) | {"code": code, "status": model.BOOKED}
