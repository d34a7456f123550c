"""Many appointments cancelled at once: how far it is, and whom it concerns."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.booking import model
from services.booking.model import mass_cancellation as rules
from shared import web


class ConcernedOut(Schema):
    pathway = fields.String(required=True)
    day = fields.String(required=True, metadata={"description": "of the office"})
    count = fields.Integer(required=True)
    offered = fields.Integer(required=True, metadata={"description": "places that are offered and not confirmed"})


class PreviewOut(Schema):
    """While it waits for a decision: as it is now."""

    total = fields.Integer(required=True)
    within_24h = fields.Integer(required=True)
    offered = fields.Integer(required=True, metadata={"description": "places that are offered and not confirmed"})
    by_pathway_and_day = fields.List(fields.Nested(ConcernedOut), required=True)


class MassCancellationOut(Schema):
    id = fields.String(required=True)
    office = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf((rules.PROPOSED, rules.OBJECTED, rules.RUNNING, rules.FINISHED, rules.STOPPED)),
        metadata={"description": "proposed: somebody else has to approve it"},
    )
    since = web.Instant(required=True, metadata={"description": "in this state"})
    from_ = web.Instant(data_key="from", attribute="begins_at", required=True)
    to = web.Instant(attribute="ends_at", required=True, metadata={"description": "before this"})
    timezone = fields.String(required=True)
    pathway = fields.String(allow_none=True, required=True)
    reason = fields.String(required=True)
    rebook = fields.Boolean(required=True)
    note = fields.String(allow_none=True, required=True)
    proposed_by = fields.String(required=True, metadata={"description": "an account's id"})
    proposed_at = web.Instant(required=True)
    decided_by = fields.String(allow_none=True, required=True)
    decided_at = web.Instant(allow_none=True, required=True)
    ended_at = web.Instant(allow_none=True, required=True)
    total = fields.Integer(required=True)
    done = fields.Integer(required=True, metadata={"description": "cancelled"})
    moved = fields.Integer(required=True, metadata={"description": "to another time of the office, instead"})
    taken_back = fields.Integer(required=True, metadata={"description": "places that were offered to requests"})
    left = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    failed_references = fields.List(fields.String(), required=True, metadata={"description": "a person has to look"})
    preview = fields.Nested(PreviewOut, allow_none=True, required=True)


class MassCancellationRowOut(MassCancellationOut):
    """In a list: without what has to be looked up or opened."""

    class Meta:
        exclude = ("note", "preview", "failed_references")


def mass_cancellation(shown: dict[str, Any], at: model.Office) -> dict[str, Any]:
    one: model.MassCancellation = shown["cancellation"]
    waits = one.state == rules.PROPOSED
    return mass_cancellation_row(one, at) | {
        "note": shown["note"],
        "failed_references": list(one.failed),
        "preview": preview(shown["concerned"]) if waits else None,
    }


def mass_cancellation_row(one: model.MassCancellation, at: model.Office) -> dict[str, Any]:
    told = {"office": one.office_id, "pathway": one.pathway_id, "timezone": at.timezone, "since": one.since}
    return vars(one) | told | {"left": one.left, "failed": len(one.failed)}


def preview(concerned: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "total": sum(row["count"] for row in concerned),
        "within_24h": sum(row["soon"] for row in concerned),
        "offered": sum(row["offered"] for row in concerned),
        "by_pathway_and_day": [{"pathway": row["pathway_id"], **row} for row in concerned],
    }
