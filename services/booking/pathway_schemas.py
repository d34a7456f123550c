"""What a pathway's rules may say: how places are given, held, changed and given back."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from services.booking.model import Pathway
from shared.errors import N_

A_DAY, A_YEAR = 24 * 60, 366 * 24 * 60
A_WEEK, MOST_DAYS = 7 * 24, 366
MOST_CHANGES = 100


def _number(most: int) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=0, max=most))


class RulesIn(Schema):
    class Meta:
        unknown = EXCLUDE  # names, texts and limits: read elsewhere

    place_per = fields.String(validate=validate.OneOf(("party", "person")))
    cancel_notice_minutes = _number(A_YEAR)
    change_notice_minutes = _number(A_YEAR)
    max_changes = _number(MOST_CHANGES)
    rest_minutes_least = _number(A_DAY)
    rest_minutes_most = _number(A_DAY)
    hold_minutes = _number(60)
    hold_share = _number(100)
    rebook_hours = _number(A_WEEK)
    rebook_days = _number(MOST_DAYS)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        least, most = (data.get(name, getattr(Pathway, name)) for name in ("rest_minutes_least", "rest_minutes_most"))
        if least > most:
            raise ValidationError({"rest_minutes_most": [N_("This is shorter than the shortest rest.")]})


RULES = RulesIn()
