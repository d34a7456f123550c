"""Dead letters, their edits and retries, as the routes tell of them."""

from marshmallow import Schema, fields

from shared.instants import Instant
from shared.operations.schemas import Who


class DeadLetter(Schema):
    id = fields.String(attribute="_id")
    state = fields.String(metadata={"description": "dead_letter, discarded, or done (handled since)"})
    topic = fields.String()
    partition = fields.Integer()
    offset = fields.Integer()
    key = fields.String()
    type = fields.String(allow_none=True)
    sequence = fields.Integer(metadata={"description": "its number in the case; 0 where none can be read"})
    correlation = fields.String(allow_none=True)
    at = Instant(metadata={"description": "when it was set aside"})
    failed_at = Instant(metadata={"description": "when it failed last"})
    attempts = fields.Integer()
    error = fields.String()
    group = fields.String(metadata={"description": "its cause: the error's class and place"})
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")
    parked_behind = fields.Integer()
    late = fields.Boolean(metadata={"description": "restored after its case had gone on"})


class Attempt(Schema):
    at = Instant()
    by = fields.Nested(Who, allow_none=True, metadata={"description": "null: the reader of events"})
    how = fields.String(metadata={"description": "read, retry or edit"})
    group = fields.String()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")


class Remark(Schema):
    at = Instant()
    by = fields.Nested(Who)
    text = fields.String()


class Settled(Schema):
    at = Instant()
    by = fields.Nested(Who)
    how = fields.String(metadata={"description": "retried or edited"})


class Discarded(Schema):
    at = Instant()
    by = fields.Nested(Who)
    reason = fields.String()


class Waiting(Schema):
    id = fields.String(attribute="_id")
    type = fields.String(allow_none=True)
    sequence = fields.Integer()
    at = Instant()


class Review(Schema):
    at = Instant()
    by = fields.Nested(Who)
    verdict = fields.String(metadata={"description": "approved or objected"})
    note = fields.String()


class Edit(Schema):
    id = fields.String(attribute="_id")
    event_id = fields.String()
    topic = fields.String()
    key = fields.String()
    type = fields.String(allow_none=True)
    sequence = fields.Integer()
    group = fields.String()
    at = Instant()
    by = fields.Nested(Who)
    reason = fields.String()
    review = fields.Nested(Review, allow_none=True)


class Header(Schema):
    name = fields.String()
    value = fields.String()


class DeadLetterWhole(DeadLetter):
    trace = fields.String()
    payload = fields.Raw(metadata={"description": "ids only by design; what is sealed stays sealed"})
    headers = fields.List(fields.Nested(Header))
    tries = fields.List(fields.Nested(Attempt))
    notes = fields.List(fields.Nested(Remark))
    behind = fields.List(fields.Nested(Waiting), metadata={"description": "what waits behind it: the first 50"})
    edits = fields.List(fields.Nested(Edit))
    settled = fields.Nested(Settled)
    discarded = fields.Nested(Discarded)


class DeadLetterPage(Schema):
    items = fields.List(fields.Nested(DeadLetter))
    next = fields.String(allow_none=True)


class Cause(Schema):
    group = fields.String()
    error = fields.String()
    count = fields.Integer()
    cases = fields.Integer()
    topics = fields.List(fields.String())
    parked_behind = fields.Integer()
    first_at = Instant()
    last_at = Instant()
    example = fields.String(metadata={"description": "the id of the oldest"})
    example_type = fields.String(allow_none=True)


class CausePage(Schema):
    items = fields.List(fields.Nested(Cause))
    next = fields.String(allow_none=True)


class Handled(Schema):
    handled = fields.Integer(metadata={"description": "events handled: this one and those released behind it"})


class Edited(Handled):
    edit = fields.String(metadata={"description": "the edit's id, for its review"})


class Released(Schema):
    released = fields.Integer(metadata={"description": "events of the same case that went on"})


class Restored(Schema):
    late = fields.Boolean(metadata={"description": "later events of its case have been handled meanwhile"})


class EditPage(Schema):
    items = fields.List(fields.Nested(Edit))
    next = fields.String(allow_none=True)


class Version(Schema):
    payload = fields.Raw()
    headers = fields.Dict(keys=fields.String(), values=fields.String())


class EditWhole(Edit):
    original = fields.Nested(Version)
    edited = fields.Nested(Version)


class Scope(Schema):
    group = fields.String()
    topic = fields.String()
    key = fields.String()


class Counts(Schema):
    handled = fields.Integer()
    failed = fields.Integer(metadata={"description": "again: they stay dead letters"})
    waits = fields.Integer(metadata={"description": "an earlier one of their case failed"})


class Retry(Schema):
    id = fields.String(attribute="_id")
    scope = fields.Nested(Scope)
    state = fields.String(metadata={"description": "running, finished or stopped"})
    total = fields.Integer()
    tried = fields.Integer()
    counts = fields.Nested(Counts)
    by = fields.Nested(Who)
    at = Instant()
    ended_at = Instant()


class RetryPage(Schema):
    items = fields.List(fields.Nested(Retry))
    next = fields.String(allow_none=True)


class Result(Schema):
    event_id = fields.String()
    topic = fields.String(allow_none=True)
    key = fields.String(allow_none=True)
    type = fields.String(allow_none=True)
    sequence = fields.Integer(allow_none=True)
    outcome = fields.String(metadata={"description": "handled, failed or waits"})
    error = fields.String(allow_none=True)
    at = Instant()


class ResultPage(Schema):
    items = fields.List(fields.Nested(Result))
    next = fields.String(allow_none=True)
