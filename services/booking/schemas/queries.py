"""What lists are asked with."""

from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.booking.schemas.booking import MOST_COMPANIONS
from services.booking.schemas.choices import ID
from shared import web
from shared.errors import N_

LONGEST_WINDOW = timedelta(days=31)
DEFAULT_WINDOW = timedelta(days=14)


class OfficesQuery(web.ListQuery):
    pathway = fields.String(load_default=None, validate=ID)


class SlotsQuery(web.ListQuery):
    pathway = fields.String(required=True, validate=ID)
    from_ = fields.Date(
        data_key="from", load_default=None, metadata={"description": "office's date; today if left out"}
    )
    to = fields.Date(load_default=None, metadata={"description": "inclusive; at most 31 days in all"})
    party_size = fields.Integer(load_default=1, validate=validate.Range(min=1, max=MOST_COMPANIONS + 1))

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        begin, end = data["from_"], data["to"]
        if begin and end and begin > end:
            raise ValidationError({"to": [N_("This day lies before the first one.")]})
        if begin and end and end - begin >= LONGEST_WINDOW:
            raise ValidationError({"to": [N_("At most 31 days can be asked for at once.")]})
        for name, value in (("from", begin), ("to", end)):
            if value and not 2000 <= value.year <= 2200:
                raise ValidationError({name: [N_("This date is out of range.")]})


class DayQuery(web.ListQuery):
    date = fields.Date(load_default=None, metadata={"description": "office's date; today if left out"})
