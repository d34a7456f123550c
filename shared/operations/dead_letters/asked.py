"""What operators ask of dead letters: filters, and the bodies of what they decide."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from shared.errors import N_
from shared.inbox import letters
from shared.operations.dead_letters import content
from shared.web.paging import ListQuery

_STATES = ("dead_letter", "discarded")
_ENOUGH = validate.Regexp(r"(?s)\s*\S.*", error=N_("Please write a few words."))
_REASON = validate.And(_ENOUGH, validate.Length(max=1000))


class DeadLetterQuery(ListQuery):
    group = fields.String(validate=validate.Length(max=300))
    key = fields.String(validate=validate.Length(max=200))
    topic = fields.String(validate=validate.Length(max=200))
    state = fields.String(load_default="dead_letter", validate=validate.OneOf(_STATES))


class Reason(Schema):
    reason = fields.String(required=True, validate=_REASON, metadata={"description": "ids, no names of people"})


class EditIn(Reason):
    value = fields.Raw(
        required=True,
        allow_none=True,
        metadata={"description": "the whole new value: a JSON object, or its text; null for an event without one"},
    )
    headers = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[a-z][a-z0-9_-]{0,59}\Z")),
        values=fields.String(allow_none=True, validate=validate.Length(max=1000)),
        load_default=dict,
        metadata={"description": "only those that change; null takes one away; id, key, source, number stay"},
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> letters.Change:
        try:
            value = content.data(data["value"])
        except content.NotAnObject as error:
            raise ValidationError({"value": [str(error)]}) from None
        return letters.Change(value, data["headers"], data["reason"].strip())


class RemarkIn(Schema):
    text = fields.String(required=True, validate=_REASON, metadata={"description": "ids, no names of people"})


class ReviewIn(Schema):
    verdict = fields.String(required=True, validate=validate.OneOf(letters.VERDICTS))
    note = fields.String(load_default="", validate=validate.Length(max=1000))


class EditQuery(ListQuery):
    reviewed = fields.Boolean(load_default=False)


class RetriesIn(Schema):
    """`group` alone, or `topic` and `key` of a case."""

    group = fields.String(validate=validate.Length(min=1, max=300))
    topic = fields.String(validate=validate.Length(min=1, max=200))
    key = fields.String(validate=validate.Length(max=200))

    @post_load
    def _one_scope(self, data: dict[str, str], **_: Any) -> dict[str, str]:
        if set(data) not in ({"group"}, {"topic", "key"}):
            raise ValidationError({"group": [N_("Name a group, or the topic and the key of a case.")]})
        return data
