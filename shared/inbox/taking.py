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
retried, edited or discarded. A gap that nobody can fill (the log's retention cut it off before this reader began) is
passed over after `GAP_PATIENCE`, and logged.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from shared import clock, events, mongo, telemetry
from shared.events import Event
from shared.inbox.records import Reading, Record
from shared.telemetry import EVENTS_HANDLED, log

DONE, DEAD, PARKED, DISCARDED = "done", "dead_letter", "parked", "discarded"
KEPT_LONGER = timedelta(days=7)
GAP_PATIENCE = timedelta(minutes=15)
SWEEP_SECONDS = 10
COLLECTIONS = {
    "inbox": [
        IndexModel([("state", 1), ("at", 1)], name="state"),
        IndexModel([("topic", 1), ("key", 1), ("state", 1), ("sequence", 1)], name="case"),
        IndexModel([("correlation", 1), ("at", 1)], name="trace"),
        IndexModel([("expires_at", 1)], name="retention", expireAfterSeconds=0),
    ],
    "inbox_cases": [IndexModel([("parked", 1)], name="parked", partialFilterExpression={"parked": {"$gt": 0}})],
}


class Late(Exception):
    """An event that fills a gap which was passed over: a person decides whether it still has its effect."""


@dataclass(frozen=True)
class Taken:
    """How many handlers ran, and the cases of which parked events may be next now."""

    handled: int
    cases: list[str]


@mongo.transactional
def take(db: Database, reading: Reading, records: list[Record]) -> Taken:
    """Handles a slice in one transaction. Raises what a handler or the reading of an event raises: then nothing of the
    slice has happened."""
    handled, cases = 0, []
    for record in records:
        handled += _take(db, reading, record)
        if db.inbox_cases.find_one({"_id": record.case(), "parked": {"$gt": 0}}, {"_id": 1}):
            cases.append(record.case())
    return Taken(handled, cases)


def _take(db: Database, reading: Reading, record: Record) -> bool:
    """Whether a handler ran."""
    if db.inbox.find_one({"_id": record.id()}, {"_id": 1}):
        return False
    event = events.read(record.topic, record.key, record.headers, record.value)
    case = db.inbox_cases.find_one({"_id": record.case()}) or {}
    place = _place(event, case, record.topic in reading.compacted)
    if place == PARKED:
        _keep(db, record, event, PARKED)
        db.inbox_cases.update_one({"_id": record.case()}, {"$inc": {"parked": 1}}, upsert=True)
        EVENTS_HANDLED.labels(record.topic, "parked").inc()
        return False
    return handle(db, reading, record, event, effect=place == "next")


def _place(event: Event, case: dict[str, Any], compacted: bool) -> str:
    """`next`: to be handled; `past`: handled before; or parked. Raises Late."""
    last = case.get("last", 0)
    if compacted:
        return "next" if event.sequence > last or not event.sequence else "past"
    if case.get("dead"):
        return PARKED
    if not event.sequence or event.sequence == last + 1:
        return "next"
    _must_not_be_late(event, case)
    return "past" if event.sequence <= last else PARKED


def _must_not_be_late(event: Event, case: dict[str, Any]) -> None:
    if any(first <= event.sequence <= end for first, end in case.get("passed_over", [])):
        raise Late(f"sequence {event.sequence}")


def handle(db: Database, reading: Reading, record: Record, event: Event, effect: bool) -> bool:
    """Marks the event as done, with its handler's effect if it is to have one. Whether a handler ran."""
    handler = reading.handler(event.type) if effect else None
    if handler:
        with events.handling(event):
            handler(db, event)
    _keep(db, record, event, DONE)
    db.inbox_cases.update_one({"_id": record.case()}, {"$max": {"last": event.sequence}}, upsert=True)
    EVENTS_HANDLED.labels(record.topic, "done" if handler else "ignored").inc()
    return handler is not None


def _keep(db: Database, record: Record, event: Event, state: str) -> None:
    row = record.kept() | {
        "state": state,
        "type": event.type,
        "sequence": event.sequence,
        "correlation": event.correlation,
        "at": clock.now(),
    }
    if state == DONE:
        del row["record"]
        row["expires_at"] = expiry(db)
    db.inbox.replace_one({"_id": record.id()}, row, upsert=True)


def expiry(db: Database) -> datetime:
    return clock.now() + timedelta(days=mongo.settings(db).archive_days) + KEPT_LONGER


@mongo.transactional
def set_aside(db: Database, record: Record, error: BaseException, attempts: int) -> None:
    """Keeps a record that failed by its own fault, whole, and stops its case behind it."""
    if db.inbox.find_one({"_id": record.id(), "state": {"$ne": PARKED}}, {"_id": 1}):
        return
    try:
        event = events.read(record.topic, record.key, record.headers, record.value)
        about = {"type": event.type, "sequence": event.sequence, "correlation": event.correlation}
    except events.Unreadable:
        about = {"type": None, "sequence": 0, "correlation": None}
    was_parked = db.inbox.find_one({"_id": record.id(), "state": PARKED}, {"_id": 1}) is not None
    row = record.kept() | about | {"state": DEAD, "at": clock.now(), "attempts": attempts} | telemetry.describe(error)
    db.inbox.replace_one({"_id": record.id()}, row, upsert=True)
    change = {"$inc": {"dead": 1, "parked": -1 if was_parked else 0}}
    db.inbox_cases.update_one({"_id": record.case()}, change, upsert=True)
    EVENTS_HANDLED.labels(record.topic, "dead_letter").inc()
    log.error("dead letter", event_id=record.id(), topic=record.topic, offset=record.offset, error=row["error"])


def release(db: Database, reading: Reading, case: str) -> int:
    """Handles what is parked in a case as far as it goes, each in its own transaction. Returns how many were
    handled; a failing one becomes the case's dead letter. Raises transient database errors."""
    released = 0
    while row := _next_parked(db, case):
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
    if state.get("dead") or not state.get("parked"):
        return None
    topic, _, key = case.partition(":")
    parked = {"topic": topic, "key": key, "state": PARKED, "sequence": {"$lte": state.get("last", 0) + 1}}
    return db.inbox.find_one(parked, sort=[("sequence", 1)])


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
    if release(db, reading, case_id):
        return False  # there was no gap: a crash had come between an event and those behind it
    case = db.inbox_cases.find_one({"_id": case_id}) or {}
    topic, _, key = case_id.partition(":")
    first = db.inbox.find_one({"topic": topic, "key": key, "state": PARKED}, sort=[("sequence", 1)])
    if case.get("dead") or first is None:
        return False
    last, end = case.get("last", 0), first["sequence"] - 1
    change = {"$max": {"last": end}, "$push": {"passed_over": [last + 1, end]}}
    if not db.inbox_cases.update_one({"_id": case_id, "last": case.get("last")}, change).matched_count:
        return False
    log.warning("gap passed over", topic=topic, case=key, last=last, next=first["sequence"])
    release(db, reading, case_id)
    return True
