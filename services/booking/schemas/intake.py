"""An office's intake, of all its pathways or of one."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.booking import model
from services.booking.kinds import Line
from services.booking.schemas.choices import ID, Strict
from shared import web
from shared.errors import N_

MOST_PER_DAY = 10_000
LONGEST_MESSAGE = 300


class MessageIn(Strict):
    es = Line(longest=LONGEST_MESSAGE, required=True)
    en = Line(longest=LONGEST_MESSAGE, required=True)


class IntakeIn(Strict):
    """Loads into (pathway or None, model.Intake). What is left out is not limited."""

    pathway = fields.String(
        load_default=None, allow_none=True, validate=ID, metadata={"description": "without it: the whole office"}
    )
    open = fields.Boolean(required=True, truthy={True}, falsy={False})
    opens_at = web.Instant(load_default=None, allow_none=True)
    closes_at = web.Instant(load_default=None, allow_none=True)
    most_per_day = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=MOST_PER_DAY),
        metadata={"description": "new bookings by the public on one of the office's days"},
    )
    message = fields.Nested(MessageIn, load_default=None, allow_none=True)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        begin, end = data["opens_at"], data["closes_at"]
        if begin and end and end <= begin:
            raise ValidationError({"closes_at": [N_("This lies before it opens.")]})
        for name, value in (("opens_at", begin), ("closes_at", end)):
            if value and not 2000 <= value.year <= 2200:
                raise ValidationError({name: [N_("This date is out of range.")]})

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> tuple[str | None, model.Intake]:
        return data.pop("pathway"), model.Intake(**data)
