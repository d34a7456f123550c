"""Dead letters as they are found: by cause, one by one, one whole, and what waits behind them."""

from datetime import timedelta
from typing import Any

from pymongo.database import Database

from shared import clock, mongo
from shared.inbox.dead_letters.refusals import NoSuchDeadLetter
from shared.inbox.taking import DEAD, DISCARDED, DONE, PARKED

MOST_CAUSES = 200
MOST_BEHIND = 50
_NOT_LISTED = {"record": 0, "trace": 0, "tries": 0, "notes": 0}


def health(db: Database) -> dict[str, Any]:
    """`dead_letters`, `parked` behind them or behind a gap, and the age of the oldest dead letter in seconds."""
    oldest = db.inbox.find_one({"state": DEAD}, {"at": 1}, sort=[("at", 1)])
    age = max(clock.now() - oldest["at"], timedelta(0)).total_seconds() if oldest else None
    return {
        "dead_letters": mongo.count_up_to(db.inbox, {"state": DEAD}),
        "parked": mongo.count_up_to(db.inbox, {"state": PARKED}),
        "oldest_age_s": age,
    }


def causes(db: Database) -> list[dict[str, Any]]:
    """Dead letters by cause, the most frequent first: `group`, `error`, `count`, how many `cases`, `topics`,
    `first_at` and `last_at` of their failures, an `example` (the oldest's id), and how many events are
    `parked_behind`."""
    found = db.inbox.aggregate(
        [
            {"$match": {"state": DEAD}},
            {"$sort": {"group": 1, "at": 1}},
            {
                "$group": {
                    "_id": "$group",
                    "error": {"$first": "$error"},
                    "example": {"$first": "$_id"},
                    "example_type": {"$first": "$type"},
                    "count": {"$sum": 1},
                    "first_at": {"$min": "$at"},
                    "last_at": {"$max": {"$ifNull": ["$failed_at", "$at"]}},
                    "keys": {"$addToSet": {"topic": "$topic", "key": "$key"}},
                }
            },
            {"$sort": {"count": -1, "_id": 1}},
            {"$limit": MOST_CAUSES},
        ],
        allowDiskUse=True,
    )
    return [_cause(db, row) for row in found]


def _cause(db: Database, row: dict[str, Any]) -> dict[str, Any]:
    keys = row.pop("keys")
    cases = [f"{one['topic']}:{one['key']}" for one in keys]
    behind = db.inbox_cases.aggregate(
        [{"$match": {"_id": {"$in": cases}}}, {"$group": {"_id": None, "parked": {"$sum": "$parked"}}}]
    )
    parked = next((found["parked"] for found in behind), 0)
    topics = sorted({one["topic"] for one in keys})
    return {**row, "group": row["_id"], "cases": len(keys), "topics": topics, "parked_behind": parked}


def dead_letters(
    db: Database,
    group: str | None = None,
    key: str | None = None,
    after: str | None = None,
    limit: int = 50,
    topic: str | None = None,
    state: str = DEAD,
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of dead letters (or of discarded ones), without their payload, and the cursor of the next page: by id, or
    those of one key in the order of its case."""
    order = [("sequence", 1), ("_id", 1)] if key else [("_id", 1)]
    query: dict[str, Any] = {"state": state}
    wanted = {"group": group, "key": key, "topic": topic}
    query |= {name: value for name, value in wanted.items() if value}
    query |= _beyond(after, in_case=bool(key)) if after else {}
    rows = list(db.inbox.find(query, _NOT_LISTED).sort(order).limit(limit + 1))
    for row in rows[:limit]:
        row["parked_behind"] = _parked_behind(db, row)
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], f"{last['sequence']}:{last['_id']}" if key else last["_id"]


def _beyond(after: str, in_case: bool) -> dict[str, Any]:
    number, _, event_id = after.partition(":")
    if not in_case or not number.isdigit():
        return {"_id": {"$gt": after}}
    return {"$or": [{"sequence": {"$gt": int(number)}}, {"sequence": int(number), "_id": {"$gt": event_id}}]}


def get(db: Database, event_id: str) -> dict[str, Any]:
    """One dead letter, whole. Raises NoSuchDeadLetter."""
    return _whole(db, db.inbox.find_one({"_id": event_id, "state": DEAD}))


def look_up(db: Database, event_id: str) -> dict[str, Any]:
    """One that is a dead letter, or was one: discarded (still whole) or handled since (`settled` tells by whom; its
    content is kept no longer). Raises NoSuchDeadLetter."""
    was_one = {"$or": [{"state": {"$in": [DEAD, DISCARDED]}}, {"state": DONE, "settled": {"$exists": True}}]}
    return _whole(db, db.inbox.find_one({"_id": event_id, **was_one}))


def _whole(db: Database, row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise NoSuchDeadLetter
    row["parked_behind"] = _parked_behind(db, row)
    return row


def behind(db: Database, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What waits behind it, in order: ids, types and numbers of at most `MOST_BEHIND`."""
    fields = {"type": 1, "sequence": 1, "at": 1}
    return list(db.inbox.find(_parked(row), fields).sort("sequence", 1).limit(MOST_BEHIND))


def _parked(row: dict[str, Any]) -> dict[str, Any]:
    return {"topic": row["topic"], "key": row["key"], "state": PARKED}


def _parked_behind(db: Database, row: dict[str, Any]) -> int:
    return mongo.count_up_to(db.inbox, _parked(row))


def trace(db: Database, correlation: str) -> list[dict[str, Any]]:
    """What was heard in one case, oldest first: ids, types and states, no payload."""
    fields = {"topic": 1, "key": 1, "sequence": 1, "type": 1, "state": 1, "at": 1, "error": 1}
    return list(db.inbox.find({"correlation": correlation}, fields).sort("at", 1))


def forget(db: Database, topic: str, key: str) -> int:
    """Deletes what is kept of one key's records (a person was erased), and of edits of them. Returns how many
    rows."""
    gone = db.inbox.delete_many({"topic": topic, "key": key, "state": {"$in": [DEAD, PARKED, DISCARDED]}})
    db.inbox_cases.update_one({"_id": f"{topic}:{key}"}, {"$unset": {"dead": "", "parked": ""}})
    db.dead_letter_edits.delete_many({"topic": topic, "key": key})
    return gone.deleted_count
