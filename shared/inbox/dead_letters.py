"""Dead letters, as an operator sees and settles them: list, look, retry, discard."""

from datetime import timedelta
from typing import Any

from pymongo.database import Database

from shared import clock, errors, events, mongo, telemetry
from shared.errors import N_
from shared.inbox import taking
from shared.inbox.records import Reading, Record
from shared.inbox.taking import DEAD, DISCARDED, PARKED


class NoSuchDeadLetter(errors.NotFound):
    code = "no-such-dead-letter"
    title = N_("There is no such dead letter")
    detail = N_("It may have been handled or discarded meanwhile.")


class StillFailing(errors.Conflict):
    code = "still-failing"
    title = N_("The event failed again")
    detail = N_("It stays a dead letter. The error was: %(error)s")


def health(db: Database) -> dict[str, Any]:
    """`dead_letters`, `parked` behind them or behind a gap, and the age of the oldest dead letter in seconds."""
    oldest = db.inbox.find_one({"state": DEAD}, {"at": 1}, sort=[("at", 1)])
    age = max(clock.now() - oldest["at"], timedelta(0)).total_seconds() if oldest else None
    return {
        "dead_letters": db.inbox.count_documents({"state": DEAD}),
        "parked": db.inbox.count_documents({"state": PARKED}),
        "oldest_age_s": age,
    }


def dead_letters(
    db: Database, group: str | None = None, key: str | None = None, after: str | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of dead letters by id, without their payload, and the cursor of the next page."""
    query: dict[str, Any] = {"state": DEAD}
    if group:
        query["group"] = group
    if key:
        query["key"] = key
    if after:
        query["_id"] = {"$gt": after}
    rows = list(db.inbox.find(query, {"record": 0, "trace": 0}).sort("_id", 1).limit(limit + 1))
    for row in rows[:limit]:
        row["parked_behind"] = _parked_behind(db, row)
    return rows[:limit], rows[limit - 1]["_id"] if len(rows) > limit else None


def get(db: Database, event_id: str) -> dict[str, Any]:
    """One dead letter, whole. Raises NoSuchDeadLetter."""
    row = db.inbox.find_one({"_id": event_id, "state": DEAD})
    if row is None:
        raise NoSuchDeadLetter
    row["parked_behind"] = _parked_behind(db, row)
    return row


def retry(db: Database, event_id: str, reading: Reading) -> int:
    """Handles it again, now, and then what is parked behind it. Returns how many events were handled.

    Raises NoSuchDeadLetter; StillFailing when it failed again: it stays, with one attempt more and the new error.
    """
    row = get(db, event_id)
    record = Record.of(row)
    try:
        _handle_again(db, record, reading)
    except Exception as error:
        if mongo.is_transient(error) or isinstance(error, NoSuchDeadLetter):
            raise
        change = {"$set": telemetry.describe(error), "$inc": {"attempts": 1}}
        db.inbox.update_one({"_id": event_id, "state": DEAD}, change)
        raise StillFailing(error=type(error).__name__) from error
    return 1 + taking.release(db, reading, record.case())


def discard(db: Database, event_id: str, reading: Reading) -> int:
    """Sets it aside for good, kept until it expires, and goes on with its case. Returns how many events were
    released."""
    record = Record.of(get(db, event_id))
    _discard(db, record)
    return taking.release(db, reading, record.case())


@mongo.transactional
def _handle_again(db: Database, record: Record, reading: Reading) -> None:
    case = _lift(db, record)
    event = events.read(record.topic, record.key, record.headers, record.value)
    passed = record.topic in reading.compacted and 0 < event.sequence <= case.get("last", 0)
    taking.handle(db, reading, record, event, effect=not passed)


@mongo.transactional
def _discard(db: Database, record: Record) -> None:
    _lift(db, record)
    row = db.inbox.find_one_and_update(
        {"_id": record.id()},
        {"$set": {"state": DISCARDED, "at": clock.now(), "expires_at": taking.expiry(db)}},
    )
    db.inbox_cases.update_one({"_id": record.case()}, {"$max": {"last": (row or {}).get("sequence", 0)}})


def _lift(db: Database, record: Record) -> dict[str, Any]:
    """The case's document, after the dead letter no longer counts in it. Raises NoSuchDeadLetter."""
    claimed = db.inbox.update_one({"_id": record.id(), "state": DEAD}, {"$set": {"at": clock.now()}})
    if not claimed.matched_count:
        raise NoSuchDeadLetter
    return db.inbox_cases.find_one_and_update({"_id": record.case()}, {"$inc": {"dead": -1}}) or {}


def forget(db: Database, topic: str, key: str) -> int:
    """Deletes what is kept of one key's records (a person was erased). Returns how many rows."""
    gone = db.inbox.delete_many({"topic": topic, "key": key, "state": {"$in": [DEAD, PARKED, DISCARDED]}})
    db.inbox_cases.update_one({"_id": f"{topic}:{key}"}, {"$unset": {"dead": "", "parked": ""}})
    return gone.deleted_count


def trace(db: Database, correlation: str) -> list[dict[str, Any]]:
    """What was heard in one case, oldest first: ids, types and states, no payload."""
    fields = {"topic": 1, "key": 1, "sequence": 1, "type": 1, "state": 1, "at": 1, "error": 1}
    return list(db.inbox.find({"correlation": correlation}, fields).sort("at", 1))


def _parked_behind(db: Database, row: dict[str, Any]) -> int:
    return db.inbox.count_documents({"topic": row["topic"], "key": row["key"], "state": PARKED})
