"""Bodies of the operations routes; also how a console reads what another service answers."""

from marshmallow import EXCLUDE, Schema, fields, validate

from shared.instants import Instant
from shared.web.paging import ListQuery

STATES = "idle, working, slow, stopped or dead"
AT_LEAST = "10,000 means at least so many"


class Shown(Schema):
    """Read from another service, of another release perhaps: what it says beyond this is left out."""

    class Meta:
        unknown = EXCLUDE


class Outbox(Shown):
    state = fields.String(metadata={"description": STATES})
    waiting = fields.Integer()
    oldest_age_s = fields.Float(allow_none=True)
    sent = fields.Integer(metadata={"description": "acknowledged by the broker, in all"})
    announced_again_at = Instant(allow_none=True)
    restating = fields.Boolean()


class Consumer(Shown):
    topic = fields.String()
    partition = fields.Integer()
    position = fields.Integer(allow_none=True)
    high_water = fields.Integer(allow_none=True)
    lag = fields.Integer(metadata={"description": "when the state is dead: at least this many since `at`"})
    oldest_unread_age_s = fields.Float(allow_none=True)
    state = fields.String(metadata={"description": STATES})
    why = fields.String(allow_none=True)
    at = Instant()


class Due(Shown):
    lane = fields.String()
    state = fields.String(metadata={"description": STATES})
    waiting = fields.Integer(metadata={"description": "with what is due later"})
    overdue = fields.Integer(metadata={"description": "could run now"})
    running = fields.Integer()
    failed = fields.Integer()
    oldest_age_s = fields.Float(allow_none=True)


class Queue(Shown):
    kind = fields.String(required=True, metadata={"description": "outbox, topic or lane"})
    name = fields.String(required=True, metadata={"description": "of the topic or the lane"})
    state = fields.String(required=True, metadata={"description": STATES})
    waiting = fields.Integer(required=True, metadata={"description": f"could be done now; {AT_LEAST}"})
    at_least_since = Instant(allow_none=True, load_default=None, metadata={"description": "the number is of then"})
    oldest_age_s = fields.Float(allow_none=True, load_default=None)
    trend = fields.String(allow_none=True, load_default=None, metadata={"description": "growing, steady, shrinking"})
    per_second = fields.Float(allow_none=True, load_default=None, metadata={"description": "growth, over two minutes"})
    empty_in_s = fields.Float(allow_none=True, load_default=None, metadata={"description": "if it goes on like that"})
    why = fields.String(allow_none=True, load_default=None)


class Need(Shown):
    """Something that waits for a person."""

    code = fields.String(required=True)
    urgency = fields.String(required=True, metadata={"description": "now or soon"})
    since = Instant(allow_none=True, load_default=None)
    path = fields.String(required=True, metadata={"description": "in the console of the service"})
    part = fields.String(allow_none=True, load_default=None)
    queue = fields.String(allow_none=True, load_default=None)
    name = fields.String(allow_none=True, load_default=None)
    n = fields.Integer(allow_none=True, load_default=None)


class WorkQuery(ListQuery):
    state = fields.String(load_default="failed", validate=validate.OneOf(["failed", "waiting"]))


class Retries(Schema):
    lane = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))


class Retried(Schema):
    retried = fields.Integer()


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


class DeadLetters(Shown):
    dead_letters = fields.Integer()
    parked = fields.Integer()
    oldest_age_s = fields.Float(allow_none=True)


class GoneEvents(Shown):
    events_gone = fields.Integer()
    oldest_age_s = fields.Float(allow_none=True)


class Instance(Shown):
    id = fields.String()
    instance = fields.String(metadata={"description": "host, process, and four letters of its own"})
    state = fields.String(metadata={"description": "working, in_trouble or dead"})
    since = Instant()
    seen_at = Instant()
    failing = fields.String(allow_none=True)
    replaced = fields.Boolean(metadata={"description": "dead, and another began in its place"})


class Part(Shown):
    state = fields.String(metadata={"description": "working, in_trouble or dead"})
    seen_at = Instant(allow_none=True)
    failing = fields.String(allow_none=True)
    missing = fields.Integer(metadata={"description": "processes that vanished and nobody replaced"})
    instances = fields.List(fields.Nested(Instance))


class Health(Shown):
    service = fields.String(required=True)
    console = fields.Url(require_tld=False, schemes={"http", "https"}, required=True)
    checked_at = Instant(required=True)
    needs = fields.List(fields.Nested(Need), required=True)
    queues = fields.List(fields.Nested(Queue), required=True)
    outbox = fields.Nested(Outbox)
    consumers = fields.List(fields.Nested(Consumer))
    due = fields.List(fields.Nested(Due))
    dead_letters = fields.Nested(DeadLetters, required=True)
    gone = fields.Nested(GoneEvents)
    worker = fields.Dict(keys=fields.String(), values=fields.Nested(Part), required=True)
    broker = fields.String(required=True, metadata={"description": "up, down or unknown, by the worker's word"})


class ServiceNeed(Need):
    service = fields.String()
    link = fields.String(allow_none=True, metadata={"description": "where it is settled; null: not known"})


class Service(Schema):
    service = fields.String()
    problem = fields.String(allow_none=True, metadata={"description": "no_answer, refused, not_understood; or null"})
    heard_at = Instant(allow_none=True, metadata={"description": "when it answered last"})
    console = fields.String(allow_none=True)
    health = fields.Nested(Health, allow_none=True)


class Overview(Schema):
    checked_at = Instant()
    needs = fields.List(fields.Nested(ServiceNeed))
    services = fields.List(fields.Nested(Service))


class Replay(Schema):
    since = Instant(load_default=None, allow_none=True, metadata={"description": "null or absent: the whole archive"})


class Replayed(Schema):
    events = fields.Integer(metadata={"description": "how many will be sent again"})
    archive_from = Instant(allow_none=True, metadata={"description": "how far back the archive reaches"})


class Dismissal(Schema):
    id = fields.String(required=True, validate=validate.Length(min=1, max=300))


class Step(Shown):
    id = fields.String(required=True)
    direction = fields.String(required=True, metadata={"description": "announced, heard or work"})
    at = Instant(required=True)
    state = fields.String(required=True)
    topic = fields.String(allow_none=True)
    sequence = fields.Integer(allow_none=True)
    type = fields.String(allow_none=True, metadata={"description": "of the event; of work its kind"})
    lane = fields.String(allow_none=True)
    attempts = fields.Integer(allow_none=True)
    error = fields.String(allow_none=True, metadata={"description": "a code or a class, never data"})
    due_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True)


class Trace(Shown):
    correlation = fields.String(required=True, metadata={"description": "the case, also when a reference was given"})
    items = fields.List(fields.Nested(Step), required=True)
    next = fields.String(allow_none=True)


class ServiceStep(Step):
    service = fields.String()


class Followed(Schema):
    service = fields.String()
    problem = fields.String(allow_none=True, metadata={"description": "no_answer, refused, not_understood; or null"})
    steps = fields.Integer()


class Journey(Schema):
    correlation = fields.String()
    services = fields.List(fields.Nested(Followed))
    items = fields.List(fields.Nested(ServiceStep))
    next = fields.String(allow_none=True)


class AuditQuery(ListQuery):
    actor = fields.String(validate=validate.Length(max=200))
    action = fields.String(validate=validate.Length(max=200))
    subject = fields.String(validate=validate.Length(max=200))
    outcome = fields.String(validate=validate.OneOf(["allowed", "refused", "failed"]))
    since = Instant()
    until = Instant()


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
