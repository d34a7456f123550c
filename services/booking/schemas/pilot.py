"""A pilot: what a programme lead says of it, in a form, a request or a file."""

import re
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from services.booking.kinds import Line
from services.booking.model import pilot as rules
from services.booking.schemas.choices import ID, Strict
from shared.errors import N_

MOST = 200
MOST_PLACES = 100_000


class Day(fields.String):
    """`2027-01-04`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            found = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
        except ValueError:
            found = None
        if found is None:
            raise ValidationError(N_("Please give a day as year-month-day."))
        if not 2000 <= found.year <= 2200:
            raise ValidationError(N_("This date is out of range."))
        return found


def _some(**kwargs: Any) -> fields.List:
    some = validate.Length(min=1, max=MOST, error=N_("Please name at least one."))
    return fields.List(fields.String(validate=ID), required=True, validate=some, **kwargs)


class PlannedIn(Strict):
    office = fields.String(required=True, validate=ID)
    pathway = fields.String(required=True, validate=ID)
    places = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=0, max=MOST_PLACES),
        metadata={"description": "a week"},
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> rules.Planned:
        return rules.Planned(data["office"], data["pathway"], data["places"])


class PilotIn(Strict):
    name = Line(longest=100, required=True)
    offices = _some()
    pathways = _some()
    first = Day(required=True, metadata={"example": "2027-01-04"})
    last = Day(required=True, metadata={"description": "inclusive", "example": "2027-07-02"})
    opens_on = Day(required=True, metadata={"description": "when intake opens, by each office's clock"})
    opens_at = fields.String(
        required=True,
        validate=validate.Regexp(
            re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII), error=N_("Please give a time as 08:30.")
        ),
        metadata={"example": "08:00"},
    )
    plan = fields.List(
        fields.Nested(PlannedIn),
        load_default=list,
        validate=validate.Length(max=MOST, error=N_("This is too long.")),
        metadata={"description": "places a week, by office and service"},
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> rules.Planning:
        several = {name: tuple(dict.fromkeys(data[name])) for name in ("offices", "pathways")}
        return rules.Planning(**{**data, **several, "plan": tuple(data["plan"])})
