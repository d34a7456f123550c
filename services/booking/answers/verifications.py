"""A contact that is to be verified."""

from typing import Any

from marshmallow import Schema, fields

from services.booking import model
from shared import web


class VerificationOut(Schema):
    id = fields.String(required=True, metadata={"description": "named by the booking that follows"})
    channel = fields.String(required=True)
    verified = fields.Boolean(required=True)
    code_until = web.Instant(required=True, metadata={"description": "the one-time code is good before that"})
    usable_until = web.Instant(required=True, metadata={"description": "for one booking"})


def verification(one: model.Verification) -> dict[str, Any]:
    return {
        "id": one.id,
        "channel": one.channel,
        "verified": one.verified_at is not None,
        "code_until": one.code_until,
        "usable_until": one.forgotten_at,
    }
