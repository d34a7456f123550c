"""The rows of due work: added, claimed under a lease, finished, counted."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.database import Database

from shared import clock, leases
from shared.telemetry import log

LEASE_SECONDS = 60
KEPT = timedelta(days=30)
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
COLLECTIONS = {
    "due": [
        IndexModel([("state", 1), ("lane", 1), ("priority", 1), ("due_at", 1)], name="next"),
        IndexModel([("state", 1), ("leased_until", 1)], name="leases"),
        IndexModel([("expires_at", 1)], name="retention", expireAfterSeconds=0),
    ]
}


@dataclass(frozen=True)
class Work:
    """One claimed row. `attempts` counts this run too; `errors` the runs before that ended in an unforeseen error."""

    id: str
    kind: str
    lane: str
    data: dict[str, Any]
    attempts: int
    due_at: datetime
    created_at: datetime
    token: str
    errors: int = 0


def add(
    db: Database,
    kind: str,
    lane: str,
    data: dict[str, Any],
    due_at: datetime | None = None,
    priority: int = 5,
    id: str | None = None,
) -> str:
    """A row of work, to be added in the transaction of what needs it; the same id again adds no second one. Lower
    `priority` goes first within a lane."""
    name = id or str(uuid.uuid4())
    now = clock.now()
    row = {
        "kind": kind,
        "lane": lane,
        "data": data,
        "priority": priority,
        "due_at": due_at or now,
        "created_at": now,
        "state": WAITING,
        "attempts": 0,
    }
    db.due.update_one({"_id": name}, {"$setOnInsert": row}, upsert=True)
    return name


def cancel(db: Database, id: str) -> bool:
    """Takes a row away, also under a running one, whose `finish` then fails. False when there is none that is open."""
    return db.due.delete_one({"_id": id, "state": {"$in": [WAITING, RUNNING, FAILED]}}).deleted_count > 0


def forget(db: Database, match: dict[str, Any]) -> int:
    """Deletes every row whose data has these values."""
    return db.due.delete_many({f"data.{name}": value for name, value in match.items()}).deleted_count


def retry(db: Database, id: str) -> bool:
    """Lets a failed row run again now."""
    change = {"$set": {"state": WAITING, "due_at": clock.now(), "attempts": 0, "errors": 0}, "$unset": {"error": ""}}
    return db.due.update_one({"_id": id, "state": FAILED}, change).matched_count > 0


def failed(db: Database, after: str | None = None, limit: int = 50) -> tuple[list[dict[str, Any]], str | None]:
    """A page of the rows that failed for good, by id, without their data, and the cursor of the next page."""
    query = {"state": FAILED} | ({"_id": {"$gt": after}} if after else {})
    rows = list(db.due.find(query, {"data": 0}).sort("_id", 1).limit(limit + 1))
    return rows[:limit], rows[limit - 1]["_id"] if len(rows) > limit else None


def finish(db: Database, work: Work) -> None:
    """Ends the row, in the transaction that notes the outcome. Raises leases.Lost when another may have it by now."""
    done = db.due.update_one(
        {"_id": work.id, "token": work.token, "$expr": {"$gte": ["$leased_until", "$$NOW"]}},
        {
            "$set": {"state": DONE, "expires_at": clock.now() + KEPT},
            "$unset": {"token": "", "leased_until": ""},
        },
    )
    if not done.matched_count:
        raise leases.Lost(work.id)


def health(db: Database) -> list[dict[str, Any]]:
    """Per lane: how many wait in all, how many are overdue, run, failed; the age of the oldest overdue in seconds."""
    now = clock.now()
    overdue = {"$and": [{"$eq": ["$state", WAITING]}, {"$lte": ["$due_at", now]}]}
    found = db.due.aggregate(
        [
            {"$match": {"state": {"$in": [WAITING, RUNNING, FAILED]}}},
            {
                "$group": {
                    "_id": "$lane",
                    "waiting": {"$sum": {"$cond": [{"$eq": ["$state", WAITING]}, 1, 0]}},
                    "overdue": {"$sum": {"$cond": [overdue, 1, 0]}},
                    "running": {"$sum": {"$cond": [{"$eq": ["$state", RUNNING]}, 1, 0]}},
                    "failed": {"$sum": {"$cond": [{"$eq": ["$state", FAILED]}, 1, 0]}},
                    "oldest": {"$min": {"$cond": [overdue, "$due_at", None]}},
                }
            },
            {"$sort": {"_id": 1}},
        ]
    )
    return [
        {
            "lane": row["_id"],
            **{name: row[name] for name in ("waiting", "overdue", "running", "failed")},
            "oldest_age_s": (now - row["oldest"]).total_seconds() if row["oldest"] else None,
        }
        for row in found
    ]


def claim(db: Database, lane: str, kinds: list[str]) -> Work | None:
    """The lane's next row that is due, under a new lease; None when there is none."""
    token = leases.new_token()
    row = db.due.find_one_and_update(
        {"state": WAITING, "lane": lane, "kind": {"$in": kinds}, "due_at": {"$lte": clock.now()}},
        [
            {
                "$set": {
                    "state": RUNNING,
                    "token": token,
                    "leased_until": leases.until(LEASE_SECONDS),
                    "attempts": {"$add": ["$attempts", 1]},
                }
            }
        ],
        sort=[("priority", 1), ("due_at", 1)],
        return_document=ReturnDocument.AFTER,
    )
    if row is None:
        return None
    fields = ("kind", "lane", "data", "attempts", "due_at", "created_at")
    return Work(id=row["_id"], token=token, errors=row.get("errors", 0), **{name: row[name] for name in fields})


def give_back_expired(db: Database) -> None:
    """What a dead or paused process held is waiting again."""
    expired = {"state": RUNNING, "$expr": {"$lt": ["$leased_until", "$$NOW"]}}
    given = db.due.update_many(expired, {"$set": {"state": WAITING}, "$unset": {"token": "", "leased_until": ""}})
    if given.modified_count:
        log.warning("leases ran out", rows=given.modified_count)
