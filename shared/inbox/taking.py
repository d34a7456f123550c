"""What a service has heard: each event handled once, each case in order, and what cannot be handled kept for a
person.

*Once.* A row per event (`_id` = its id) is written in the transaction of the handler's effect: both or neither. An
event that comes again finds its row and has no effect.

*In order.* Events carry a gapless `sequence` per topic and case (outbox.py), and `inbox_cases` remembers the last
one handled. An event is handled when it is the next of its case; one that is ahead is `parked`, kept whole, and
handled when its turn comes. That one rule serves two causes: an earlier event that failed (`dead_letter`), and a log
that was lost and is being filled again while new events arrive. Handling writes the case's document, so two
consumers of one case conflict and one is done again. In a topic that is compacted only the last state counts: a
lower sequence is ignored, a gap is natural.

*Kept.* A dead letter and what is parked behind it never expire; `release` goes on with a case after a person
retried, edited or discarded (dead_letters/settling.py). A dead letter holds up what comes after it in its case, and
nothing before it. A gap that nobody can fill (the log's retention cut it off before this reader began) is
passed over after `GAP_PATIENCE`, and told plainly (gone.py).
"""

import time
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import clock, events, mongo, telemetry
from shared.events import Event
from shared.inbox import gone
from shared.inbox.records import Reading, Record
from shared.telemetry import EVENTS_HANDLED, log

DONE, DEAD, PARKED, DISCARDED = "done", "dead_letter", "parked", "discarded"
IGNORED = "ignored"
GAP_PATIENCE = timedelta(minutes=15)
SWEEP_SECONDS = 10
COLLECTIONS = {
    "inbox": [
        IndexModel([("state", 1), ("at", 1)], name="state"),
        IndexModel([("topic", 1), ("key", 1), ("state", 1), ("sequence", 1)], name="case"),
        IndexModel([("correlation", 1), ("at", 1)], name="trace"),
        IndexModel([("expires_at", 1)], name="retention", expireAfterSeconds=0),
    ],
    **gone.COLLECTIONS,
    "inbox_cases": [IndexModel([("parked", 1)], name="parked", partialFilterExpression={"parked": {"$gt": 0}})],
}


class Late(Exception):
    """An event that fills a gap which was passed over: a person decides whether it still has its effect."""


def count_from_zero(topic: str) -> None:
    for outcome in (DONE, IGNORED, PARKED, DEAD):
        EVENTS_HANDLED.labels(topic, outcome)


def place(event: Event, case: dict[str, Any], compacted: bool) -> str:
    """`next`: to be handled; `past`: handled before; or parked. Raises Late."""
    last = reached(case)
    if compacted:
        return "next" if event.sequence > last or not event.sequence else "past"
    if case.get("dead"):
        return PARKED
    if not event.sequence or event.sequence == last + 1:
        return "next"
    _must_not_be_late(event, case)
    return "past" if event.sequence <= last else PARKED


def reached(case: dict[str, Any]) -> int:
    """How far the case is settled: its last number handled, and those behind it that were discarded before their
    turn."""
    last: int = case.get("last", 0)
    for number in sorted(case.get("skipped", [])):
        last = number if number == last + 1 else last
    return last


def _must_not_be_late(event: Event, case: dict[str, Any]) -> None:
    if any(first <= event.sequence <= end for first, end in case.get("passed_over", [])):
        raise Late(f"sequence {event.sequence}")


def handle(db: Database, reading: Reading, record: Record, event: Event, effect: bool) -> bool:
    """Marks one event as done, with its handler's effect if it is to have one. Whether a handler ran."""
    marked = mark(db, record, event)
    ran = run(db, reading, event, effect)
    db.inbox.replace_one({"_id": record.id()}, marked, upsert=True)
    db.inbox_cases.update_one({"_id": record.case()}, {"$max": {"last": event.sequence}}, upsert=True)
    EVENTS_HANDLED.labels(record.topic, DONE if ran else IGNORED).inc()
    return ran


def run(db: Database, reading: Reading, event: Event, effect: bool) -> bool:
    handler = reading.handler(event.type) if effect else None
    if handler is None:
        return False
    with events.handling(event):
        handler(db, event)
    return True


def mark(db: Database, record: Record, event: Event) -> dict[str, Any]:
    """What stays of an event that is done. Made before its handler runs: in the timeline of a case, what the handler
    adds comes after what was heard."""
    return record.stood() | _about(event) | {"state": DONE, "at": clock.now(), "expires_at": expiry(db)}


def park(db: Database, record: Record, event: Event) -> None:
    """Kept whole, until its turn comes."""
    row = record.kept() | _about(event) | {"state": PARKED, "at": clock.now()}
    db.inbox.replace_one({"_id": record.id()}, row, upsert=True)
    db.inbox_cases.update_one({"_id": record.case()}, {"$inc": {"parked": 1}}, upsert=True)


def _about(event: Event) -> dict[str, Any]:
    return {"type": event.type, "sequence": event.sequence, "correlation": event.correlation}


def expiry(db: Database) -> datetime:
    return mongo.settings(db).retention.inbox_until()


@mongo.transactional
def set_aside(db: Database, record: Record, error: BaseException, attempts: int) -> None:
    """Keeps a record that failed by its own fault, whole, and stops its case behind it; what comes before it in the
    case (a log that is filled again can bring it later) still goes on."""
    if db.inbox.find_one({"_id": record.id(), "state": {"$ne": PARKED}}, {"_id": 1}):
        return
    try:
        event = events.read(record.topic, record.key, record.headers, record.value)
        about = _about(event)
    except events.Unreadable:
        about = record.told()
    was_parked = db.inbox.find_one({"_id": record.id(), "state": PARKED}, {"_id": 1}) is not None
    row = record.kept() | about | {"state": DEAD, **_failed(error, attempts)}
    db.inbox.replace_one({"_id": record.id()}, row, upsert=True)
    change = {"$inc": {"dead": 1, "parked": -1 if was_parked else 0}}
    db.inbox_cases.update_one({"_id": record.case()}, change, upsert=True)
    EVENTS_HANDLED.labels(record.topic, DEAD).inc()
    log.error("dead letter", event_id=record.id(), topic=record.topic, offset=record.offset, error=row["error"])


def _failed(error: BaseException, attempts: int) -> dict[str, Any]:
    told, now = telemetry.describe(error), clock.now()
    first = {"at": now, "by": None, "how": "read", "group": told["group"], "fields": told["fields"]}
    return told | {"at": now, "failed_at": now, "attempts": attempts, "tries": [first]}


def release_for(db: Database, reading: Reading, case: str, seconds: float) -> tuple[int, bool]:
    """`release` for so long, or until the database is away: how many were handled, and whether it went to the end."""
    until, released = time.monotonic() + seconds, 0
    try:
        while time.monotonic() < until:
            if not (now := release(db, reading, case, most=20)):
                return released, True
            released += now
    except PyMongoError as error:
        if not mongo.is_transient(error):
            raise
        log.warning("case not gone on with; will be", case=case, error=type(error).__name__)
    return released, False


def release(db: Database, reading: Reading, case: str, most: int | None = None) -> int:
    """Handles what is parked in a case as far as it goes, each in its own transaction. Returns how many were
    handled; a failing one becomes the case's dead letter. Raises transient database errors."""
    released = 0
    while (most is None or released < most) and (row := _next_parked(db, case)):
        record = Record.of(row)
        try:
            _unpark(db, reading, record)
        except Exception as error:
            if mongo.is_transient(error):
                raise
            set_aside(db, record, error, attempts=1)
            break
        released += 1
    return released


def _next_parked(db: Database, case: str) -> dict[str, Any] | None:
    state = db.inbox_cases.find_one({"_id": case}) or {}
    if not state.get("parked"):
        return None
    topic, _, key = case.partition(":")
    in_case, turn = {"topic": topic, "key": key}, reached(state) + 1
    # behind a dead letter nothing moves; one without a number comes after every dead letter
    numbers = {"$gt": 0, "$lte": turn} if state.get("dead") else {"$lte": turn}
    row = db.inbox.find_one(in_case | {"state": PARKED, "sequence": numbers}, sort=[("sequence", 1)])
    if row and state.get("dead") and _dead_up_to(db, in_case, row["sequence"]):
        return None
    return row


def _dead_up_to(db: Database, in_case: dict[str, str], number: int) -> bool:
    """Whether a dead letter has a place in the case up to this one, or none that anybody knows."""
    return db.inbox.find_one(in_case | {"state": DEAD, "sequence": {"$lte": number}}, {"_id": 1}) is not None


@mongo.transactional
def _unpark(db: Database, reading: Reading, record: Record) -> None:
    row = db.inbox.find_one({"_id": record.id(), "state": PARKED}, {"sequence": 1})
    if row is None:
        return  # released by another meanwhile
    event = events.read(record.topic, record.key, record.headers, record.value)
    case = db.inbox_cases.find_one_and_update({"_id": record.case()}, {"$inc": {"parked": -1}}) or {}
    _must_not_be_late(event, case)
    passed = bool(event.sequence) and event.sequence <= case.get("last", 0)
    handle(db, reading, record, event, effect=not passed)


def pass_over_gaps(db: Database, reading: Reading, patience: timedelta = GAP_PATIENCE) -> int:
    """Goes on with cases that have waited long for an event which nobody can send any more; one that comes all the
    same is Late. To be called when all that the broker has was read. Returns how many cases; stops after
    `SWEEP_SECONDS`."""
    passed, seen, until = 0, set(), time.monotonic() + SWEEP_SECONDS
    waiting = {"state": PARKED, "at": {"$lte": clock.now() - patience}}
    for row in db.inbox.find(waiting, {"topic": 1, "key": 1}).sort("at", 1):
        case = f"{row['topic']}:{row['key']}"
        if case not in seen:
            seen.add(case)
            passed += _pass_over_gap(db, reading, case)
        if time.monotonic() > until:
            break
    return passed


def _pass_over_gap(db: Database, reading: Reading, case_id: str) -> bool:
    if release_for(db, reading, case_id, SWEEP_SECONDS)[0]:
        return False  # there was no gap: a crash had come between an event and those behind it
    case = db.inbox_cases.find_one({"_id": case_id}) or {}
    topic, _, key = case_id.partition(":")
    in_case, last = {"topic": topic, "key": key}, reached(case)
    open_ = in_case | {"state": {"$in": [PARKED, DEAD]}, "sequence": {"$gt": last}}
    first = db.inbox.find_one(open_, sort=[("sequence", 1)])
    if first is None or first["sequence"] == last + 1 or (case.get("dead") and _dead_up_to(db, in_case, last)):
        return False  # nothing waits for a gap, or a person is waited for
    if not _give_up(db, case, first):
        return False
    release_for(db, reading, case_id, SWEEP_SECONDS)
    return True


@mongo.transactional
def _give_up(db: Database, case: dict[str, Any], first: dict[str, Any]) -> bool:
    """Passes over what lies between the case's last event and the first one that is kept, and says so: both or
    neither. False when the case has moved meanwhile. Dies after it: the next sweep releases what is parked."""
    case_id, last, end = f"{first['topic']}:{first['key']}", reached(case), first["sequence"] - 1
    change = {"$max": {"last": end}, "$push": {"passed_over": [last + 1, end]}}
    if not db.inbox_cases.update_one({"_id": case_id, "last": case.get("last")}, change).matched_count:
        return False
    before = db.inbox.find_one({"topic": first["topic"], "key": first["key"], "sequence": last, "state": DONE})
    times = (before["at"] if before else None, _announced_at(first))
    gone.tell(db, "gap", first["topic"], first["key"], (last + 1, end), times)
    return True


def _announced_at(row: dict[str, Any]) -> datetime | None:
    record = Record.of(row)
    try:
        return events.read(record.topic, record.key, record.headers, record.value).time
    except events.Unreadable:
        return None
