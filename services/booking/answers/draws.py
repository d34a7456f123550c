"""A draw, as anybody sees it."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.booking import model
from services.booking.model import window as states
from shared import web

FILES = {  # by name: how it is kept, and what it is
    "rule": ("rule.json", "application/json"),
    "capacity": ("capacity.jsonl", "application/x-ndjson"),
    "entries": ("entries.jsonl", "application/x-ndjson"),
    "commitment": ("commitment.json", "application/json"),
    "seed": ("seed.json", "application/json"),
    "result": ("result.jsonl", "application/x-ndjson"),
}


class RuleOut(Schema):
    waiting = fields.Integer(required=True, metadata={"description": "the share of those who waited, in percent"})
    chance = fields.Integer(required=True, metadata={"description": "the share of chance, in percent"})
    minimums = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class GroupOut(Schema):
    """Numbers are null where they would tell of fewer than five people."""

    group = fields.String(required=True, metadata={"description": "an office, a language, or `other groups` together"})
    asked = fields.Integer(required=True)
    drawn = fields.Integer(required=True, allow_none=True)
    odds = fields.Float(required=True, allow_none=True, metadata={"description": "in percent"})
    waited = fields.Float(
        required=True, allow_none=True, metadata={"description": "windows before, on average of those drawn"}
    )


class FiguresOut(Schema):
    total = fields.Nested(GroupOut, required=True)
    office = fields.List(fields.Nested(GroupOut), required=True, metadata={"description": "of the first choice"})
    language = fields.List(fields.Nested(GroupOut), required=True, metadata={"description": "of messages"})


class DrawOut(Schema):
    id = fields.String(required=True)
    pathway = fields.String(required=True)
    offices = fields.List(fields.String(), required=True)
    state = fields.String(required=True, validate=validate.OneOf(states.STATES))
    opens_at = web.Instant(required=True)
    closes_at = web.Instant(required=True)
    waitlist_until = web.Instant(required=True)
    confirm_hours = fields.Integer(required=True, metadata={"description": "to confirm a place, at most"})
    rule = fields.Nested(RuleOut, required=True)
    seed = fields.Dict(required=True, metadata={"description": "the source of the seed, as it was named"})
    seed_comes_at = web.Instant(required=True, allow_none=True)
    hash = fields.String(required=True, allow_none=True, metadata={"description": "of the commitment; at the close"})
    asked = fields.Integer(required=True, allow_none=True, metadata={"description": "entries; at the close"})
    places = fields.Integer(required=True, allow_none=True)
    figures = fields.Nested(
        FiguresOut, required=True, allow_none=True, metadata={"description": "once it is drawn; none of a few"}
    )
    files = fields.List(fields.String(), required=True, metadata={"description": "those that are published by now"})


def draw(window: model.Window, found: dict[str, Any] | None) -> dict[str, Any]:
    """`found`: what was committed to, once that is."""
    known = found or {}
    files = [*("rule", "capacity"), *(("entries", "commitment") if found else ())]
    files += ["seed", "result"] if known.get("seed") else []
    return vars(window) | {
        "pathway": window.pathway_id,
        "rule": window.rule.row(),
        "seed": window.source.row(),
        "seed_comes_at": window.seed_comes_at() if window.committed_at else None,
        "files": files,
        **{name: known.get(name) for name in ("hash", "asked", "places", "figures")},
    }


class AloneOut(Schema):
    id = fields.String(required=True)
    party = fields.Integer(required=True)
    waited = fields.Integer(required=True)
    needs = fields.List(fields.String(), required=True)
    choices = fields.List(fields.String(), required=True)
