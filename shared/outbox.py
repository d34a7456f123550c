"""What a service has to say, written down in the transaction of the change it announces.

A row is a whole event, ready to be sent. Its life: `waiting` (committed with its change) → given a `position` by the
one relay, which fixes for good the order in which this service's events go out → acknowledged by the broker, from
when on it is the archive and runs out at `expires_at`. Nothing else marks a row: what is sent is a matter of one
number, the relay's `acknowledged` position, and announcing again moves that number back.

Order of a case. `add` raises the counter of (topic, key) in the same transaction and stamps the row with it. Two
transactions that speak of one case conflict on that counter, so the sequence is the order of their commits, without
a gap: an aborted transaction takes its number back.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database

from shared import clock, events, mongo

WAITING_ONLY = {"waiting": True}
COLLECTIONS = {
    "outbox": [
        IndexModel([("waiting", 1), ("at", 1)], name="waiting", partialFilterExpression=WAITING_ONLY),
        IndexModel([("topic", 1), ("key", 1), ("sequence", 1)], name="case"),
        IndexModel(
            [("position", 1)],
            name="position",
            unique=True,
            partialFilterExpression={"position": {"$exists": True}},
        ),
        IndexModel([("at", 1), ("position", 1)], name="archive"),
        IndexModel([("correlation", 1), ("at", 1)], name="trace"),
        IndexModel([("expires_at", 1)], name="retention", expireAfterSeconds=0),
    ],
    "outbox_sequences": [],
    "relay": [],
}


def add(db: Database, topic: str, event: events.Event) -> events.Event:
    """The event with its sequence, waiting in the outbox. Raises RuntimeError outside a transaction."""
    if not mongo.in_transaction():
        raise RuntimeError("an event is announced in the transaction of the change that it tells of")
    counter: Any = db.outbox_sequences.find_one_and_update(
        {"_id": f"{topic}:{event.key}"},
        {"$inc": {"last": 1}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    event = _complete(event, topic, mongo.settings(db).service, counter["last"])
    headers, value = events.write(event)
    db.outbox.insert_one(
        {
            "_id": event.id,
            "topic": topic,
            "key": event.key,
            "sequence": event.sequence,
            "type": event.type,
            "correlation": event.correlation,
            "headers": [[name, content] for name, content in headers],
            "value": value,
            "at": event.time,
            "waiting": True,
        }
    )
    return event


def _complete(event: events.Event, topic: str, service: str, sequence: int) -> events.Event:
    return replace(
        event,
        topic=topic,
        sequence=sequence,
        source=f"/sendero/{service}",
        correlation=event.correlation or event.key,
        causation=event.causation or events.cause(),
        traceparent=event.traceparent or events.trace(),
    )


def announce_again(db: Database, since: datetime | None = None) -> int:
    """Moves the relay back to the first row written at or after `since` (None: the whole archive). Rows from there on
    count as unsent and go out again in their old order; new rows wait their turn behind them. Compacted topics are
    announced from their present state by the relay. Returns how many rows will be sent again."""
    first = _first_position(db, since)
    change: dict[str, Any] = {"$set": {"restate": {"after": None}, "announced_again_at": clock.now()}}
    if first is not None:
        change["$min"] = {"acknowledged": first - 1}
    db.relay.update_one({"_id": "relay"}, change, upsert=True)
    return db.outbox.count_documents({"position": {"$gte": first}}) if first is not None else 0


def _first_position(db: Database, since: datetime | None) -> int | None:
    if since is None:
        row = db.outbox.find_one({"position": {"$gt": 0}}, {"position": 1}, sort=[("position", ASCENDING)])
        return row["position"] if row else None
    from_then = {"at": {"$gte": since}, "position": {"$exists": True}}
    found = db.outbox.aggregate([{"$match": from_then}, {"$group": {"_id": None, "first": {"$min": "$position"}}}])
    group = next(iter(found), None)
    return group["first"] if group else None


def withdraw(db: Database, topic: str, key: str) -> int:
    """Takes back what is not sent yet of one key of a compacted topic, where a gap is natural. Returns how many
    rows."""
    return db.outbox.delete_many({"topic": topic, "key": key}).deleted_count


def health(db: Database) -> dict[str, Any]:
    """`waiting` rows, `oldest_age_s` (seconds, None when nothing waits), and when all was last announced again."""
    relay = db.relay.find_one({"_id": "relay"}) or {}
    unsent = {"position": {"$gt": relay.get("acknowledged", 0)}}
    oldest = [
        row["at"]
        for row in (
            db.outbox.find_one(WAITING_ONLY, {"at": 1}, sort=[("at", ASCENDING)]),
            db.outbox.find_one(unsent, {"at": 1}, sort=[("position", ASCENDING)]),
        )
        if row
    ]
    age: timedelta | None = max(clock.now() - min(oldest), timedelta(0)) if oldest else None
    return {
        "waiting": db.outbox.count_documents(WAITING_ONLY) + db.outbox.count_documents(unsent),
        "oldest_age_s": age.total_seconds() if age is not None else None,
        "announced_again_at": relay.get("announced_again_at"),
        "restating": relay.get("restate") is not None,
    }


def trace(db: Database, correlation: str) -> list[dict[str, Any]]:
    """What was announced in one case, oldest first: ids and types, no payload."""
    fields = {"topic": 1, "key": 1, "sequence": 1, "type": 1, "at": 1, "position": 1}
    return list(db.outbox.find({"correlation": correlation}, fields).sort("at", 1))
