"""Events that a service should have heard and can have no more, told plainly: which, from when to when, and why.

Four ways to get here, each rare and each somebody's to know of:
- `gap`: an event of a case never came, though all that the broker has was read; the case goes on without it.
- `log`: Kafka cut off the log's beginning before this service had read it. The publisher's archive may still have it:
  announcing again from `since` on brings it back, and this entry is then only a memory.
- `archive`: the log was lost, and this service had been away for longer than archives reach back.
- `restored`: the service itself said so, after the moment to which its database was restored: the event is in the
  archive and others know of it, what it tells of is not in the database.

A row stays until it expires; it stops being shown as something to do when an operator has noted it.
"""

from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.database import Database

from shared import clock, mongo
from shared.telemetry import log

COLLECTIONS = {
    "inbox_gone": [
        IndexModel([("noted_at", 1), ("at", DESCENDING)], name="open"),
        IndexModel([("expires_at", 1)], name="retention", expireAfterSeconds=0),
    ]
}


def tell(
    db: Database,
    why: str,
    topic: str,
    where: str,
    numbers: tuple[int | None, int | None],
    times: tuple[datetime | None, datetime | None],
) -> None:
    """`where`: the case's key or `partition 3`; `numbers`: first and last sequence or offset; `times`: after which and
    before which instant they were announced, as far as is known. Told twice, it is one row."""
    first, last = numbers
    since, until = times
    row = {
        "topic": topic,
        "where": where,
        "first": first,
        "last": last,
        "since": since,
        "until": until,
        "why": why,
        "at": clock.now(),
        "noted_at": None,
        "expires_at": mongo.settings(db).retention.inbox_until(),
    }
    told = db.inbox_gone.update_one({"_id": f"{topic}|{where}|{first}|{last}"}, {"$setOnInsert": row}, upsert=True)
    if told.upserted_id is not None:
        ids = {name: str(row[name]) for name in ("topic", "where", "first", "last", "since", "until")}
        log.error("events are gone", why=why, **ids)


def gone(db: Database, limit: int = 50) -> list[dict[str, Any]]:
    """What nobody has noted yet, newest first."""
    return list(db.inbox_gone.find({"noted_at": None}).sort("at", DESCENDING).limit(limit))


def note_gone(db: Database, id: str) -> bool:
    """An operator has seen it. False when there is no such row."""
    return db.inbox_gone.update_one({"_id": id}, {"$set": {"noted_at": clock.now()}}).matched_count > 0


def gone_health(db: Database) -> dict[str, Any]:
    """`events_gone`: rows that nobody has noted yet; the age of the oldest in seconds."""
    oldest = db.inbox_gone.find_one({"noted_at": None}, {"at": 1}, sort=[("noted_at", 1), ("at", 1)])
    age = max(clock.now() - oldest["at"], timedelta(0)).total_seconds() if oldest else None
    return {"events_gone": mongo.count_up_to(db.inbox_gone, {"noted_at": None}), "oldest_age_s": age}
