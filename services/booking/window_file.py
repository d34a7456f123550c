"""A request window as a file plans it: `python -m services.booking.commands window FILE`.

    {"id": "resettlement-2026-12", "pathway": "resettlement", "offices": ["guatemala", "xela"],
     "opens_at": "2026-12-01T12:00:00Z", "closes_at": "2026-12-04T12:00:00Z",
     "from": "2026-12-10T00:00:00Z", "until": "2026-12-24T00:00:00Z",
     "rule": {"waiting": 50, "chance": 50, "minimums": {"medical": 20}},
     "seed": "drand" or {"commitments": ["…", "…"]}, "confirm_hours": 23, "waitlist_until": "2026-12-23T00:00:00Z"}

The last three may be left out: drand, 23 hours, until the last time begins.
"""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from services.booking import model
from services.booking.model import draw
from services.booking.model import window as states
from services.booking.schemas.choices import ID, Strict
from shared import web
from shared.errors import N_


class RuleIn(Strict):
    waiting = fields.Integer(load_default=50, strict=True)
    chance = fields.Integer(load_default=50, strict=True)
    minimums = fields.Dict(keys=fields.String(validate=ID), values=fields.Integer(strict=True), load_default=dict)


class WindowIn(Strict):
    """Loads into a window and the time from which until which its slots begin."""

    id = fields.String(required=True, validate=ID)
    pathway = fields.String(required=True, validate=ID)
    offices = fields.List(fields.String(validate=ID), required=True, validate=validate.Length(min=1))
    opens_at = web.Instant(required=True)
    closes_at = web.Instant(required=True)
    from_ = web.Instant(required=True, data_key="from")
    until = web.Instant(required=True)
    rule = fields.Nested(RuleIn, load_default=lambda: RuleIn().load({}))
    seed = fields.Raw(load_default="drand")
    confirm_hours = fields.Integer(load_default=23, strict=True)
    waitlist_until = web.Instant(load_default=None)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> tuple[model.Window, datetime, datetime]:
        window = model.Window(
            id=data["id"],
            pathway_id=data["pathway"],
            offices=tuple(dict.fromkeys(data["offices"])),
            opens_at=data["opens_at"],
            closes_at=data["closes_at"],
            waitlist_until=data["waitlist_until"] or data["until"],
            rule=draw.Rule(**data["rule"]),
            source=_source(data["seed"], data["closes_at"]),
            confirm_hours=data["confirm_hours"],
        )
        return window, data["from_"], data["until"]


def _source(given: Any, closes_at: datetime) -> draw.Source:
    if given == "drand":
        return draw.Drand.not_before(closes_at + draw.PAUSE + states.MARGIN)
    if not isinstance(given, dict) or not isinstance(given.get("commitments"), list) or len(given["commitments"]) != 2:
        raise ValidationError({"seed": [N_('Either "drand", or the commitments of two officers.')]})
    first, second = map(str, given["commitments"])
    return draw.Officers((first, second))
