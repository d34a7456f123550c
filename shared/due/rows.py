"""The rows of due work: added, claimed under a lease, finished, counted."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import IndexModel, ReturnDocument, UpdateOne
from pymongo.database import Database

from shared import clock, events, leases, mongo
from shared.telemetry import log

LEASE_SECONDS = 45
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
COLLECTIONS = {
    "due": [
        IndexModel([("state", 1), ("lane", 1), ("priority", 1), ("due_at", 1)], name="next"),
        IndexModel([("state", 1), ("leased_until", 1)], name="leases"),
        IndexModel([("expires_at", 1)], name="retention", expireAfterSeconds=0),
        IndexModel([("correlation", 1)], name="trace", partialFilterExpression={"correlation": {"$exists": True}}),
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
    correlation: str | None = None,
) -> str:
    """A row of work, to be added in the transaction of what needs it; the same id again adds no second one. Lower
    `priority` goes first within a lane. `correlation`: whose case it is; by default that of the event at hand. Without
    `due_at` it is due at once, by the database's time: a writer whose clock is ahead delays nothing."""
    name = id or str(uuid.uuid4())
    row = {
        "_id": name,
        "kind": kind,
        "lane": lane,
        "data": data,
        "priority": priority,
        "state": WAITING,
        "attempts": 0,
    }
    case = correlation or events.correlation()
    if case:
        row["correlation"] = case
    times = {"created_at": "$$NOW", "due_at": due_at or "$$NOW"}
    is_new = {"$eq": [{"$type": "$state"}, "missing"]}
    added = {"$cond": [is_new, {"$mergeObjects": [{"$literal": row}, times]}, "$$ROOT"]}
    db.due.update_one({"_id": name}, [{"$replaceWith": added}], upsert=True)
    return name


def cancel(db: Database, id: str) -> bool:
    """Takes a row away, also under a running one, whose `finish` then fails. False when there is none that is open."""
    return db.due.delete_one({"_id": id, "state": {"$in": [WAITING, RUNNING, FAILED]}}).deleted_count > 0


def forget(db: Database, match: dict[str, Any]) -> int:
    """Deletes every row whose data has these values."""
    return db.due.delete_many({f"data.{name}": value for name, value in match.items()}).deleted_count


def hasten(db: Database, ids: Sequence[str], reason: str) -> int:
    """What it waited for has come: those of these rows that were put off for this reason are due now. How many."""
    put_off = {"_id": {"$in": list(ids)}, "state": WAITING, "error": reason}
    return db.due.update_many(put_off, [{"$set": {"due_at": "$$NOW"}}]).modified_count


RETRYING = {"state": WAITING, "attempts": {"$gt": 0}}


def retry(db: Database, id: str) -> bool:
    """Lets a row that failed for good, or waits for its next try, run again now. False when there is no such row."""
    return _run_again(db, {"_id": id}) > 0


def retry_all(db: Database, lane: str | None = None) -> int:
    """The same for all that wait for another try (of a lane). Returns how many."""
    return _run_again(db, {"lane": lane} if lane else {}, states=(RETRYING,))


def _run_again(db: Database, which: dict[str, Any], states: tuple[dict[str, Any], ...] = ()) -> int:
    change = {"$set": {"state": WAITING, "due_at": clock.now(), "attempts": 0, "errors": 0}, "$unset": {"error": ""}}
    query = which | {"$or": list(states or ({"state": FAILED}, RETRYING))}
    return db.due.update_many(query, change).matched_count


def failed(db: Database, after: str | None = None, limit: int = 50) -> tuple[list[dict[str, Any]], str | None]:
    """A page of the rows that failed for good, by id, without their data, and the cursor of the next page."""
    return _page(db, {"state": FAILED}, after, limit)


def retrying(db: Database, after: str | None = None, limit: int = 50) -> tuple[list[dict[str, Any]], str | None]:
    """The same of those that wait for another try; `error` says why the last one did not do."""
    return _page(db, RETRYING, after, limit)


def _page(
    db: Database, query: dict[str, Any], after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    from_there = query | ({"_id": {"$gt": after}} if after else {})
    rows = list(db.due.find(from_there, {"data": 0}).sort("_id", 1).limit(limit + 1))
    return rows[:limit], rows[limit - 1]["_id"] if len(rows) > limit else None


def finish(db: Database, *works: Work) -> None:
    """Ends the rows, in the transaction that notes the outcome. Raises leases.Lost when one was given to another, or
    taken away. A lease that ran out while nobody took the row still ends it: the token says whose it is."""
    gone, until = {"token": "", "leased_until": ""}, mongo.settings(db).retention.due_until()
    change = {"$set": {"state": DONE, "ended_at": clock.now(), "expires_at": until}, "$unset": gone}
    done = db.due.bulk_write([UpdateOne({"_id": work.id, "token": work.token}, change) for work in works])
    if done.matched_count < len(works):
        raise leases.Lost(", ".join(work.id for work in works))


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


def give_back(db: Database, work: Work) -> None:
    """Not begun: another may have it at once, and this run does not count."""
    db.due.update_one(
        {"_id": work.id, "token": work.token, "state": RUNNING},
        {"$set": {"state": WAITING}, "$inc": {"attempts": -1}, "$unset": {"token": "", "leased_until": ""}},
    )


def give_back_expired(db: Database) -> None:
    """What a dead or paused process held is waiting again."""
    expired = {"state": RUNNING, "$expr": {"$lt": ["$leased_until", "$$NOW"]}}
    given = db.due.update_many(expired, {"$set": {"state": WAITING}, "$unset": {"token": "", "leased_until": ""}})
    if given.modified_count:
        log.warning("leases ran out", rows=given.modified_count)
