"""Bodies out: their schemas, and how things of the model become them, in the reader's language."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from services.booking import model
from shared import web

CLOSED_DAYS = 14  # how many are looked at, today among them


class PathwayOut(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    bring = fields.String(required=True, metadata={"description": "what to bring"})
    mode = fields.String(required=True, validate=validate.OneOf(("first_come", "request_window")))
    max_party = fields.Integer(required=True)


class IntakeOut(Schema):
    open = fields.Boolean(required=True)
    opens_at = web.Instant(allow_none=True, required=True)
    closes_at = web.Instant(allow_none=True, required=True)
    message = fields.String(allow_none=True, required=True)


class ClosedDayOut(Schema):
    date = fields.Date(required=True)
    reason = fields.String(required=True)
    pathways = fields.List(fields.String(), required=True, metadata={"description": "those that are closed that day"})


class OfficeOut(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    city = fields.String(required=True)
    address = fields.String(required=True)
    phone = fields.String(required=True)
    timezone = fields.String(required=True)
    languages = fields.List(fields.String(), required=True)
    pathways = fields.List(fields.String(), required=True)
    intake = fields.Nested(IntakeOut, required=True)
    closed_days = fields.List(
        fields.Nested(ClosedDayOut),
        required=True,
        metadata={"description": "of the next two weeks: closed though the office is open on that day of the week"},
    )
    sample = fields.Boolean(required=True, metadata={"description": "true: made up, for demonstrations"})


class PlaceOfOffice(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    city = fields.String(required=True)
    address = fields.String(required=True)
    phone = fields.String(required=True)
    timezone = fields.String(required=True)


class SlotOut(Schema):
    id = fields.String(required=True)
    starts_at = web.Instant(required=True)
    ends_at = web.Instant(required=True)
    timezone = fields.String(required=True)
    free = fields.Integer(required=True, metadata={"description": "advice, may be a second old"})


class HistoryOut(Schema):
    at = web.Instant(required=True)
    status = fields.String(required=True)
    by = fields.String(required=True, metadata={"description": "person or office"})


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


class PersonOut(Schema):
    name = fields.String(required=True)
    birth_date = fields.String(required=True)
    phone = fields.String(allow_none=True, required=True)
    email = fields.String(allow_none=True, required=True)
    document = fields.String(allow_none=True, required=True)
    companions = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)


class ContactProblemOut(Schema):
    channel = fields.String(required=True)
    reason = fields.String(required=True)
    at = web.Instant(required=True)


class DayRowOut(AppointmentOut):
    language = fields.String(required=True)
    channels = fields.List(fields.String(), required=True)
    contact_problems = fields.List(fields.Nested(ContactProblemOut), required=True)
    person = fields.Nested(PersonOut, allow_none=True, required=True)


class ReferralMadeOut(ReferralOut):
    appointment = fields.String(required=True, metadata={"description": "its reference"})


def list_of(item: type[Schema]) -> type[Schema]:
    """`{"items": […], "next": cursor | null}`"""
    listed: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(allow_none=True, required=True),
    }
    return Schema.from_dict(listed, name=f"{item.__name__.removesuffix('Out')}List")


def own(text: model.Text | None) -> str | None:
    """A text that is kept in each language, in the reader's."""
    return None if text is None else text.get(web.locale()) or text["es"]


def pathway(one: model.Pathway) -> dict[str, Any]:
    texts = {name: own(getattr(one, name)) for name in ("name", "description", "bring")}
    return vars(one) | texts


def office(one: model.Office, now: datetime) -> dict[str, Any]:
    closed = one.calendar.closed_days(one.today(now), CLOSED_DAYS)
    return vars(one) | {
        "intake": vars(one.intake) | {"message": own(one.intake.message)},
        "closed_days": [vars(day) | {"reason": own(day.reason)} for day in closed],
    }


def appointment(one: model.Appointment, at: model.Office) -> dict[str, Any]:
    return vars(one) | {"pathway": one.pathway_id, "office": at}


def booked(one: model.Appointment, at: model.Office, code: str) -> dict[str, Any]:
    """The answer to a booking, also when it is asked for again later: as it was then."""
    return appointment(one, at) | {"code": code, "status": model.BOOKED}


def paged(rows: list[Any], query: dict[str, Any], cursor: Any) -> dict[str, Any]:
    """A page of a list that is short enough to be sorted whole. `cursor(row)` names a row; one that is not there (any
    more) begins a page where it would have stood, which is at the end unless cursors sort like the rows."""
    names = [cursor(row) for row in rows]
    after = query["after"]
    begin = 0 if after is None else next((at for at, name in enumerate(names) if name > after), len(names))
    if after in names:
        begin = names.index(after) + 1
    shown = rows[begin : begin + query["limit"]]
    more = begin + len(shown) < len(rows)
    return web.page(shown, names[begin + len(shown) - 1] if more else None)
