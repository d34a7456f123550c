"""What is offered."""

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
    verify_contact = fields.Boolean(
        required=True, metadata={"description": "a booking or request names the verification of its phone or email"}
    )


class IntakeOut(Schema):
    open = fields.Boolean(required=True)
    opens_at = web.Instant(allow_none=True, required=True)
    closes_at = web.Instant(allow_none=True, required=True)
    message = fields.String(allow_none=True, required=True)


class MessageOut(Schema):
    es = fields.String(required=True)
    en = fields.String(required=True)


class OwnIntakeOut(Schema):
    """As it was set; of one pathway, or of the whole office (`pathway` null)."""

    pathway = fields.String(allow_none=True, required=True)
    open = fields.Boolean(required=True)
    opens_at = web.Instant(allow_none=True, required=True)
    closes_at = web.Instant(allow_none=True, required=True)
    most_per_day = fields.Integer(allow_none=True, required=True)
    message = fields.Nested(MessageOut, allow_none=True, required=True)


class OfficeIntakeOut(Schema):
    office = fields.String(required=True)
    timezone = fields.String(required=True)
    items = fields.List(fields.Nested(OwnIntakeOut), required=True)


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


class DeskSlotOut(SlotOut):
    walk_ins = fields.Integer(required=True, metadata={"description": "held back for who walks in, and left"})


def own(text: model.Text | None) -> str | None:
    """A text that is kept in each language, in the reader's."""
    return None if text is None else text.get(web.locale()) or text["es"]


def pathway(one: model.Pathway) -> dict[str, Any]:
    texts = {name: own(getattr(one, name)) for name in ("name", "description", "bring")}
    return vars(one) | texts | {"verify_contact": one.verifies_contact}


def office(one: model.Office, intake: model.Intake, now: datetime) -> dict[str, Any]:
    closed = one.calendar.closed_days(one.today(now), CLOSED_DAYS)
    return vars(one) | {
        "intake": vars(intake) | {"message": own(intake.message)},
        "closed_days": [vars(day) | {"reason": own(day.reason)} for day in closed],
    }


def intakes(one: model.Office) -> dict[str, Any]:
    """The whole office's first, then that of each pathway that has its own."""
    found = [(None, one.intake), *((pathway, one.intakes.get(pathway)) for pathway in one.pathways)]
    items = [vars(intake) | {"pathway": pathway} for pathway, intake in found if intake]
    return {"office": one.id, "timezone": one.timezone, "items": items}
