"""How a publisher defines what it announces: the data of each type, field by field, and the envelope they all share.

A definition binds only the publisher (`tests/contracts` hold it to it); a reader declares for itself what it reads.
What a version has published stays: a field may be added, not required, since older events lack it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from shared import instants

SPEC_VERSION = "1.0"


@dataclass(frozen=True)
class Definition:
    """`schema` None: a tombstone, no value. `sealed`: what a holder of the key finds in the field `sealed`."""

    topic: str
    summary: str
    schema: type[Schema] | None
    sealed: type[Schema] | None = None


class Defined(Schema):
    """Nothing that is not named here is published."""

    class Meta:
        unknown = RAISE


class Instant(instants.Instant):
    """As anywhere, and never with another offset than Z."""

    default_error_messages = {"not_utc": "Not an instant in UTC with Z."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not value.endswith("Z"):
            raise self.make_error("not_utc")
        return super()._deserialize(value, attr, data, **kwargs)


class Box(Defined):
    """Personal data under AES-256-GCM, bound to the key of its record (shared/sealed.py)."""

    kid = fields.String(required=True, metadata={"description": "which key opens it"})
    nonce = fields.String(required=True, metadata={"description": "base64"})
    box = fields.String(required=True, metadata={"description": "base64"})


class Envelope(Defined):
    """CloudEvents 1.0 in Kafka's binary mode: the headers of every record, as text."""

    class Meta:
        unknown = RAISE
        include = {
            "content-type": fields.String(required=True, validate=validate.OneOf(["application/json"])),
        }

    ce_specversion = fields.String(required=True, validate=validate.OneOf([SPEC_VERSION]))
    ce_id = fields.UUID(required=True, metadata={"description": "the same whenever this event is sent again"})
    ce_source = fields.String(required=True, metadata={"description": "/sendero/ and the service"})
    ce_type = fields.String(required=True, metadata={"description": "a fact in the past tense, with its version"})
    ce_time = Instant(required=True)
    ce_partitionkey = fields.String(required=True, metadata={"description": "the record's key"})
    ce_sequence = fields.String(
        required=True,
        validate=validate.Regexp("^[1-9][0-9]*$"),
        metadata={"description": "1, 2, 3 … without a gap within topic and key: the order of the changes"},
    )
    ce_correlationid = fields.String(required=True, metadata={"description": "of all that belongs together"})
    ce_traceparent = fields.String(metadata={"description": "W3C Trace Context: the trace that it belongs to"})
    ce_causationid = fields.String(metadata={"description": "the event or request that caused it, where there is one"})


def identifier(description: str = "") -> fields.UUID:
    return fields.UUID(required=True, metadata=_described(description))


def text(description: str = "", **more: Any) -> fields.String:
    return fields.String(required=True, metadata=_described(description), **more)


def texts(description: str = "") -> fields.List:
    return fields.List(fields.String(), required=True, metadata=_described(description))


def code(of: Collection[str], description: str = "") -> fields.String:
    return text(description, validate=validate.OneOf(list(of)))


def codes(of: Collection[str], description: str = "") -> fields.List:
    one = fields.String(validate=validate.OneOf(list(of)))
    return fields.List(one, required=True, metadata=_described(description))


def number(description: str = "") -> fields.Integer:
    return fields.Integer(required=True, strict=True, metadata=_described(description))


def instant(description: str = "") -> Instant:
    return Instant(required=True, metadata=_described(description))


def _described(description: str) -> dict[str, str]:
    return {"description": description} if description else {}
