"""Many appointments cancelled at once: what is asked for."""

import re
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from services.booking import model
from services.booking.kinds import Words
from services.booking.model.mass_cancellation import REASONS, Moment
from services.booking.schemas.choices import ID, ONE_OF_THESE, Strict
from shared import web
from shared.errors import N_

YEARS = range(2000, 2201)


class DayOrInstant(fields.String):
    """`2027-01-04`: a whole day of the office; or an instant, as anywhere."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            found: Moment = _day(text) if len(text) <= 10 else web.Instant().deserialize(text)
        except ValueError:
            raise ValidationError(N_("Please give a day as year-month-day.")) from None
        if found.year not in YEARS:
            raise ValidationError(N_("This date is out of range."))
        return found


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError
    return date.fromisoformat(text)


class YesNo(fields.Boolean):
    """true or false, and nothing that only looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class MassCancellationIn(Strict):
    from_ = DayOrInstant(data_key="from", required=True, metadata={"description": "a day of the office, or an instant"})
    to = DayOrInstant(required=True, metadata={"description": "a day of the office, inclusive; or an instant"})
    reason = fields.String(
        required=True,
        validate=validate.OneOf(REASONS, error=ONE_OF_THESE),
        metadata={"description": "people are told it, discreetly"},
    )
    rebook = YesNo(
        load_default=False,
        metadata={"description": "who can be moved to another time is; others may ask for one"},
    )
    pathway = fields.String(load_default=None, allow_none=True, validate=ID, metadata={"description": "only this one"})
    note = Words(
        longest=1000, load_default=None, allow_none=True, metadata={"description": "for the record, kept sealed"}
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.Proposal:
        first, last = data["from_"], data["to"]
        return model.Proposal(first, last, data["reason"], data["rebook"], data["pathway"], data["note"])
