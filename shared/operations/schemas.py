"""Bodies of the operations routes."""

from marshmallow import Schema, fields, validate

from shared.instants import Instant
from shared.web.paging import ListQuery

STATES = "idle, working, slow, stopped or dead"


class Outbox(Schema):
    waiting = fields.Integer()
    oldest_age_s = fields.Float(allow_none=True)
    announced_again_at = Instant(allow_none=True)
    restating = fields.Boolean()


class Consumer(Schema):
    topic = fields.String()
    partition = fields.Integer()
    position = fields.Integer(allow_none=True)
    high_water = fields.Integer(allow_none=True)
    lag = fields.Integer(metadata={"description": "when the state is dead: at least this many since `at`"})
    oldest_unread_age_s = fields.Float(allow_none=True)
    state = fields.String(metadata={"description": STATES})
    why = fields.String(allow_none=True)
    at = Instant()


class Due(Schema):
    lane = fields.String()
    waiting = fields.Integer()
    overdue = fields.Integer()
    running = fields.Integer()
    failed = fields.Integer()
    oldest_age_s = fields.Float(allow_none=True)


class FailedWork(Schema):
    id = fields.String(attribute="_id")
    kind = fields.String()
    lane = fields.String()
    error = fields.String(metadata={"description": "a code or the class of an error, never data"})
    attempts = fields.Integer()
    created_at = Instant()
    due_at = Instant()


class FailedWorkPage(Schema):
    items = fields.List(fields.Nested(FailedWork))
    next = fields.String(allow_none=True)


class DeadLetters(Schema):
    dead_letters = fields.Integer()
    parked = fields.Integer()
    oldest_age_s = fields.Float(allow_none=True)


class Part(Schema):
    state = fields.String(metadata={"description": "working, in_trouble or dead"})
    seen_at = Instant(allow_none=True)
    failing = fields.String(allow_none=True)


class Health(Schema):
    checked_at = Instant()
    outbox = fields.Nested(Outbox)
    consumers = fields.List(fields.Nested(Consumer))
    due = fields.List(fields.Nested(Due))
    dead_letters = fields.Nested(DeadLetters)
    worker = fields.Dict(keys=fields.String(), values=fields.Nested(Part))
    broker = fields.String(metadata={"description": "up, down or unknown, by the worker's word"})


class DeadLetter(Schema):
    id = fields.String(attribute="_id")
    topic = fields.String()
    partition = fields.Integer()
    offset = fields.Integer()
    key = fields.String()
    type = fields.String(allow_none=True)
    sequence = fields.Integer()
    correlation = fields.String(allow_none=True)
    at = Instant()
    attempts = fields.Integer()
    error = fields.String()
    group = fields.String()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")
    parked_behind = fields.Integer()


class DeadLetterWhole(DeadLetter):
    trace = fields.String()
    payload = fields.Raw(metadata={"description": "ids only by design; what is sealed stays sealed"})


class DeadLetterPage(Schema):
    items = fields.List(fields.Nested(DeadLetter))
    next = fields.String(allow_none=True)


class DeadLetterQuery(ListQuery):
    group = fields.String(validate=validate.Length(max=300))
    key = fields.String(validate=validate.Length(max=200))


class Handled(Schema):
    handled = fields.Integer(metadata={"description": "events handled: this one and those released behind it"})


class Released(Schema):
    released = fields.Integer(metadata={"description": "events of the same case that went on"})


class Replay(Schema):
    since = Instant(load_default=None, allow_none=True, metadata={"description": "null or absent: the whole archive"})


class Replayed(Schema):
    events = fields.Integer(metadata={"description": "how many will be sent again"})


class Step(Schema):
    id = fields.String()
    direction = fields.String(metadata={"description": "announced or heard"})
    topic = fields.String()
    key = fields.String()
    sequence = fields.Integer()
    type = fields.String(allow_none=True)
    state = fields.String()
    error = fields.String()
    at = Instant()


class Trace(Schema):
    items = fields.List(fields.Nested(Step))
    next = fields.String(allow_none=True)


class AuditQuery(ListQuery):
    actor = fields.String(validate=validate.Length(max=200))
    subject = fields.String(validate=validate.Length(max=200))


class Who(Schema):
    id = fields.String()
    kind = fields.String()


class AuditEntry(Schema):
    id = fields.String(attribute="_id")
    at = Instant()
    actor = fields.Nested(Who)
    action = fields.String()
    subject = fields.String()
    outcome = fields.String()
    correlation = fields.String(allow_none=True)
    ids = fields.Dict()


class AuditPage(Schema):
    items = fields.List(fields.Nested(AuditEntry))
    next = fields.String(allow_none=True)
