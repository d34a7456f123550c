"""What a service has to say, written down in the transaction of the change it announces.

A row is a whole event, ready to be sent. Its life: `waiting` (committed with its change) → acknowledged by the broker,
from when on it is the archive and runs out at `expires_at`. It is written once and marked once.

*Order of a case.* `add` raises the counter of (topic, key) in the same transaction and stamps the row with it. Two
transactions that speak of one case conflict on that counter, so the sequence is the order of their commits, without
a gap: an aborted transaction takes its number back. The counter also keeps the latest `at` of its case, and no row's
`at` is before that of the row before it, whatever the writers' clocks say. So the order by (`at`, `sequence`, `_id`),
which is an index, has every case in its order; across cases there is none to keep. In any snapshot the first so many
rows in that order have all that comes before them in their cases among them.

*Announcing again* is one cursor in the relay's document, `again`, which walks the archive in that order from a time on;
rows that wait stay waiting until it is through, so nothing overtakes. Moving it back is one write, however many rows
there are. Compacted topics keep no archive: their present state is announced anew (`restate`).
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, ReplaceOne, ReturnDocument, UpdateOne
from pymongo.database import Database

from shared import clock, events, mongo

WAITING = {"waiting": True}
SENT = {"expires_at": {"$exists": True}}
IN_ORDER = [("at", ASCENDING), ("sequence", ASCENDING), ("_id", ASCENDING)]
# which rows wait, and in which order, the first says by itself: no row is fetched for it
INDEXES = {"waiting": [("waiting", ASCENDING), *IN_ORDER], "sent": IN_ORDER}
COLLECTIONS = {
    "outbox": [
        IndexModel(INDEXES["waiting"], name="waiting", partialFilterExpression=WAITING),
        IndexModel(INDEXES["sent"], name="sent", partialFilterExpression=SENT),
        IndexModel([("correlation", 1), ("at", 1)], name="trace"),
        IndexModel([("expires_at", 1)], name="expiry", expireAfterSeconds=0, partialFilterExpression=SENT),
    ],
    "outbox_sequences": [],
    "relay": [],
}


def add(db: Database, topic: str, event: events.Event) -> events.Event:
    """The event with its sequence, waiting in the outbox. Raises RuntimeError outside a transaction."""
    return add_all(db, [(topic, event)])[0]


def add_all(db: Database, said: list[tuple[str, events.Event]], first: bool = False) -> list[events.Event]:
    """Several events of one transaction, in this order. `first`: the keys were made in this very transaction, so there
    is nothing to count on from; a key that was met before is refused by the database (BulkWriteError)."""
    if not mongo.in_transaction():
        raise RuntimeError("an event is announced in the transaction of the change that it tells of")
    if not said:
        return []
    now = clock.now()
    names = [f"{topic}:{event.key}" for topic, event in said]
    if first:
        turns: list[dict[str, Any]] = [{"_id": name, "last": 1, "at": now} for name in names]
        db.outbox_sequences.insert_many(turns)
    else:
        turns = _turns(db, names, now)
    service = mongo.settings(db).service
    added = [_complete(event, topic, service, turn["last"]) for (topic, event), turn in zip(said, turns, strict=True)]
    db.outbox.insert_many([row(event, turn["at"]) for event, turn in zip(added, turns, strict=True)])
    return added


def _turns(db: Database, names: list[str], now: datetime) -> list[dict[str, Any]]:
    """The next number of each case, as often as it is named, and the time of its row: not before the last one's."""
    raised = {"last": {"$add": [{"$ifNull": ["$last", 0]}, 1]}, "at": {"$max": ["$at", now]}}
    turns, change = db.outbox_sequences, [{"$set": raised}]
    if len(names) == 1:
        after = ReturnDocument.AFTER
        turn: Any = turns.find_one_and_update({"_id": names[0]}, change, upsert=True, return_document=after)
        return [turn]
    turns.bulk_write([UpdateOne({"_id": name}, change, upsert=True) for name in names])
    latest = {turn["_id"]: turn for turn in turns.find({"_id": {"$in": names}})}
    to_come = Counter(names)
    numbered = []
    for name in names:
        to_come[name] -= 1
        numbered.append(latest[name] | {"last": latest[name]["last"] - to_come[name]})
    return numbered


def row(event: events.Event, at: datetime) -> dict[str, Any]:
    """As it waits in the outbox."""
    headers, value = events.write(event)
    return {
        "_id": event.id,
        "topic": event.topic,
        "key": event.key,
        "sequence": event.sequence,
        "type": event.type,
        "correlation": event.correlation,
        "headers": [[name, content] for name, content in headers],
        "value": value,
        "at": at,
        "waiting": True,
    }


def _complete(event: events.Event, topic: str, service: str, sequence: int) -> events.Event:
    return replace(
        event,
        topic=topic,
        sequence=sequence,
        source=f"/sendero/{service}",
        correlation=event.correlation or events.correlation() or event.key,
        causation=event.causation or events.cause(),
        traceparent=event.traceparent or events.trace(),
    )


@mongo.transactional
def adopt(db: Database, said: list[events.Event], compacted: Collection[str] = ()) -> list[events.Event]:
    """What the broker has of this service and a restored outbox does not know any more: from then on the case's number
    goes on behind it, and the event is in the archive, unless its topic keeps none. Returns those that were new, each
    case in its order; a number that was given already is passed over."""
    names = {f"{one.topic}:{one.key}" for one in said}
    known = {turn["_id"]: turn for turn in db.outbox_sequences.find({"_id": {"$in": list(names)}})}
    new, rows, until = [], [], mongo.settings(db).retention.archive_until()
    for one in sorted(said, key=lambda event: event.sequence):
        name = f"{one.topic}:{one.key}"
        turn = known.get(name, {"last": 0, "at": one.time})
        if one.sequence <= turn["last"]:
            continue
        at = max(turn["at"], one.time)
        known[name] = {"_id": name, "last": one.sequence, "at": at}
        new.append(one)
        if one.topic not in compacted:
            rows.append({field: value for field, value in row(one, at).items() if field != "waiting"})
    if rows:
        db.outbox.insert_many([one | {"expires_at": until} for one in rows])
    if new:
        changed = {f"{one.topic}:{one.key}" for one in new}
        db.outbox_sequences.bulk_write([ReplaceOne({"_id": name}, known[name], upsert=True) for name in changed])
    return new


def announce_again(db: Database, since: datetime | None = None) -> int:
    """Moves the relay back to the first event announced at or after `since` (None: the whole archive). What is from
    there on goes out again in its old order; new rows wait their turn behind it. A relay that is further back already
    stays there. Compacted topics are announced from their present state. Returns how many rows will be sent again, at
    most `mongo.MOST_COUNTED`."""
    start = {"at": since or clock.EPOCH, "sequence": 0, "id": ""}
    further_back = {"$lt": ["$again.at", start["at"]]}  # a missing field is less than any date, so it is asked for
    under_way = {"$eq": [{"$type": "$again"}, "object"]}
    again = {"$cond": [{"$and": [under_way, further_back]}, "$again", {"$literal": start}]}
    change = {"again": again, "restate": {"$literal": {"after": None}}, "announced_again_at": clock.now()}
    db.relay.update_one({"_id": "relay"}, [{"$set": change}], upsert=True)
    return _sent_since(db, start["at"])


def _sent_since(db: Database, at: Any) -> int:
    return mongo.count_up_to(db.outbox, SENT | {"at": {"$gte": at}})


def archive_from(db: Database) -> datetime | None:
    """When the oldest event that can be announced again was announced; None: there is none."""
    oldest = db.outbox.find_one(SENT, {"at": 1}, sort=IN_ORDER, hint="sent")
    return oldest["at"] if oldest else None


def withdraw(db: Database, topic: str, key: str) -> int:
    """Takes back what is not sent yet of one key of a compacted topic, where a gap is natural. Returns how many
    rows."""
    return db.outbox.delete_many(WAITING | {"topic": topic, "key": key}).deleted_count


def waits(db: Database) -> bool:
    """Whether a row waits to be sent."""
    return db.outbox.find_one(WAITING, {"_id": 1}, hint="waiting") is not None


def health(db: Database) -> dict[str, Any]:
    """Rows that are `waiting` to be sent, or sent again (at most `mongo.MOST_COUNTED` of either), `oldest_age_s` (how
    many seconds the first of them has waited, None when nothing waits), how many the broker has acknowledged in all
    (`sent`), and when all was last announced again."""
    relay = db.relay.find_one({"_id": "relay"}) or {}
    again = relay.get("again")
    oldest = db.outbox.find_one(WAITING, {"at": 1}, sort=IN_ORDER, hint="waiting")
    since = [oldest["at"]] if oldest else []
    since += [relay["announced_again_at"]] if again else []
    age: timedelta | None = max(clock.now() - min(since), timedelta(0)) if since else None
    return {
        "waiting": mongo.count_up_to(db.outbox, WAITING) + (_sent_since(db, again["at"]) if again else 0),
        "oldest_age_s": age.total_seconds() if age is not None else None,
        "sent": relay.get("sent", 0),
        "announced_again_at": relay.get("announced_again_at"),
        "restating": relay.get("restate") is not None,
    }


def trace(db: Database, correlation: str, limit: int = 500) -> list[dict[str, Any]]:
    """What was announced in one case, oldest first: ids and types, no payload; `state` is `waiting`, `sent`, or `again`
    (sent, and about to be sent again)."""
    fields = {"topic": 1, "key": 1, "sequence": 1, "type": 1, "at": 1, "waiting": 1}
    again = (db.relay.find_one({"_id": "relay"}) or {}).get("again")
    rows = db.outbox.find({"correlation": correlation}, fields).sort("at", 1).limit(limit)
    return [one | {"state": _state(one, again)} for one in rows]


def _state(one: dict[str, Any], again: dict[str, Any] | None) -> str:
    if one.pop("waiting", False):
        return "waiting"
    return "again" if again and one["at"] >= again["at"] else "sent"
