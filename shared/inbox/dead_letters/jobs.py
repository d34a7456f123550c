"""Trying again all dead letters of one cause, or of one case in its order: a job that a person can follow and stop.

*Durable.* The job is a document and a `due` row, both written in one transaction; the service's worker takes it up
under a lease and works it off in slices, so a restart goes on where the last letter ended. Without a worker it waits.

*One letter, one transaction*: its effect, its mark, its result and the job's count. The count is a guarded write (the
job still runs), so after a stop is committed no further letter is handled; and two workers, one of them paused for
longer than its lease, cannot count a letter twice: the second finds it settled.

*Once at a time*: `active` is unique, so of two people who begin the same retry one is told of the other's.

*It ends.* Only letters that were there at the beginning are tried, each once (`tried_in`): those that fail stay dead
letters, those of which an earlier one of their case failed have to wait.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared import audit, clock, due, mongo
from shared.inbox import taking
from shared.inbox.dead_letters import settling
from shared.inbox.dead_letters.refusals import (
    Awaited,
    NoSuchDeadLetter,
    NoSuchRetry,
    NotItsTurn,
    RetryRunning,
    StillFailing,
)
from shared.inbox.records import Reading
from shared.inbox.taking import DEAD

RETRY = "retry_dead_letters"
RUNNING, FINISHED, STOPPED = "running", "finished", "stopped"
HANDLED, FAILED, WAITS = "handled", "failed", "waits"
SLICE, SLICE_SECONDS = 100, 15  # well within a lease
_EXPIRES = IndexModel([("expires_at", 1)], name="retention", expireAfterSeconds=0)
COLLECTIONS = {
    "dead_letter_edits": [
        IndexModel([("review", 1), ("_id", 1)], name="review"),
        IndexModel([("event_id", 1), ("at", 1)], name="letter"),
        IndexModel([("topic", 1), ("key", 1)], name="case"),
        _EXPIRES,
    ],
    "dead_letter_retries": [
        IndexModel([("active", 1)], name="active", unique=True, partialFilterExpression={"active": {"$exists": True}}),
        IndexModel([("request.scope", 1)], name="request", unique=True),
        IndexModel([("at", DESCENDING)], name="at"),
        _EXPIRES,
    ],
    "dead_letter_results": [IndexModel([("job", 1), ("_id", 1)], name="job"), _EXPIRES],
}


@dataclass(frozen=True)
class By:
    """Who began it: for the audit rows of a process in which nobody is signed in."""

    id: str
    kind: str


def begin(db: Database, scope: dict[str, str], by: audit.Who, request: dict[str, str]) -> tuple[dict[str, Any], bool]:
    """The job, and whether this very request had made it before. `scope`: `{group}`, or `{topic, key}` for a case.
    Raises RetryRunning; NoSuchDeadLetter when there is nothing to try."""
    for _ in range(2):
        try:
            return _begin(db, scope, by, request)
        except DuplicateKeyError:
            known = db.dead_letter_retries.find_one({"request.scope": request["scope"]})
            running_ = db.dead_letter_retries.find_one({"active": _name(scope)})
            if known is None and running_ is not None:
                raise RetryRunning(job=running_["_id"]) from None
    raise RetryRunning(job="")


@mongo.transactional
def _begin(db: Database, scope: dict[str, str], by: audit.Who, request: dict[str, str]) -> tuple[dict[str, Any], bool]:
    known = db.dead_letter_retries.find_one({"request.scope": request["scope"]})
    if known:
        return known, True
    now = clock.now()
    total = db.inbox.count_documents({"state": DEAD, **scope, "at": {"$lte": now}})
    if not total:
        raise NoSuchDeadLetter
    job: dict[str, Any] = {
        "_id": str(uuid.uuid4()),
        "scope": scope,
        "active": _name(scope),
        "state": RUNNING,
        "by": settling.who(by),
        "at": now,
        "total": total,
        "counts": {HANDLED: 0, FAILED: 0, WAITS: 0},
        "request": request,
    }
    db.dead_letter_retries.insert_one(job)
    due.add(db, RETRY, settling.LANE, {"job": job["_id"]}, id=f"{RETRY}:{job['_id']}")
    audit.record(db, by, "retry dead letters", job["_id"], **scope)
    return job, False


def _name(scope: dict[str, str]) -> str:
    return "|".join(f"{name}={scope[name]}" for name in sorted(scope))


@mongo.transactional
def stop(db: Database, job_id: str, by: audit.Who) -> dict[str, Any]:
    """The job, which tries no further letter from now on. One that has ended stays as it is. Raises NoSuchRetry."""
    _end(db, job_id, STOPPED)
    due.cancel(db, f"{RETRY}:{job_id}")
    audit.record(db, by, "stop retry", job_id)
    return get_retry(db, job_id)


def _end(db: Database, job_id: str, state: str) -> None:
    ended = {"state": state, "ended_at": clock.now(), "expires_at": taking.expiry(db)}
    db.dead_letter_retries.update_one({"_id": job_id, "state": RUNNING}, {"$set": ended, "$unset": {"active": ""}})


def get_retry(db: Database, job_id: str) -> dict[str, Any]:
    """One job with its counts. Raises NoSuchRetry."""
    row = db.dead_letter_retries.find_one({"_id": job_id})
    if row is None:
        raise NoSuchRetry
    return _shown(row)


def retries(db: Database, limit: int = 50) -> list[dict[str, Any]]:
    """The last ones, newest first."""
    return [_shown(row) for row in db.dead_letter_retries.find().sort("at", DESCENDING).limit(limit)]


def running(db: Database) -> list[dict[str, Any]]:
    return [_shown(row) for row in db.dead_letter_retries.find({"active": {"$exists": True}}).sort("at", DESCENDING)]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """`tried` of `total`; when it has ended, the rest had been settled by somebody else or was not come to."""
    return row | {"tried": sum(row["counts"].values())}


def results(
    db: Database, job_id: str, after: str | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], str | None]:
    """What came of each letter, in the order in which they were tried, and the cursor of the next page."""
    query: dict[str, Any] = {"job": job_id} | ({"_id": {"$gt": after}} if after else {})
    rows = list(db.dead_letter_results.find(query).sort("_id", 1).limit(limit + 1))
    return rows[:limit], rows[limit - 1]["_id"] if len(rows) > limit else None


def due_work(reading: Reading) -> dict[str, Callable[[Database, due.Work], None]]:
    """What a service's worker runs for its dead letters."""
    return {
        RETRY: lambda db, work: _work_off(db, work, reading),
        settling.GO_ON: lambda db, work: _go_on(db, work, reading),
    }


def _go_on(db: Database, work: due.Work, reading: Reading) -> None:
    _, to_the_end = taking.release_for(db, reading, work.data["case"], SLICE_SECONDS)
    if not to_the_end:
        raise due.Later("more", after=timedelta(0))


def _work_off(db: Database, work: due.Work, reading: Reading) -> None:
    """One slice. Raises due.Later while there is more to do."""
    until = time.monotonic() + SLICE_SECONDS
    job = db.dead_letter_retries.find_one({"_id": work.data["job"], "state": RUNNING})
    if job is None:
        return
    open_ = {"state": DEAD, **job["scope"], "at": {"$lte": job["at"]}, "tried_in": {"$ne": job["_id"]}}
    order = [("topic", 1), ("key", 1), ("sequence", 1), ("_id", 1)]
    found = [row["_id"] for row in db.inbox.find(open_, {"_id": 1}).sort(order).limit(SLICE)]
    for event_id in found:
        if time.monotonic() > until:
            break
        try:
            try_one(db, job, event_id, reading)
        except settling.Abandoned:
            return
    if found:
        raise due.Later("more", after=timedelta(0))
    _finish(db, job["_id"], work)


@mongo.transactional
def _finish(db: Database, job_id: str, work: due.Work) -> None:
    _end(db, job_id, FINISHED)
    due.finish(db, work)


def try_one(db: Database, job: dict[str, Any], event_id: str, reading: Reading) -> None:
    """Raises settling.Abandoned when the job was stopped."""

    def note(db: Database, outcome: str, error: str | None) -> None:
        _note(db, job["_id"], event_id, outcome, error)

    try:
        settling.retry(db, event_id, reading, By(**job["by"]), note)
    except (NotItsTurn, Awaited) as refusal:
        mongo.transactional(note)(db, WAITS, refusal.code)
    except (StillFailing, NoSuchDeadLetter):
        return  # noted; or settled by somebody else meanwhile


def _note(db: Database, job_id: str, event_id: str, outcome: str, error: str | None) -> None:
    """The result of one letter, in the transaction that settles it or not."""
    runs = {"_id": job_id, "state": RUNNING}
    row = db.dead_letter_retries.find_one_and_update(runs, {"$inc": {f"counts.{outcome}": 1}})
    if row is None:
        raise settling.Abandoned
    number = sum(row["counts"].values()) + 1
    letter = db.inbox.find_one_and_update({"_id": event_id}, {"$set": {"tried_in": job_id}}) or {}
    about = {name: letter.get(name) for name in ("topic", "key", "type", "sequence")}
    told = {"job": job_id, "event_id": event_id, "outcome": outcome, "error": error, "at": clock.now()}
    kept = about | told | {"expires_at": taking.expiry(db)}
    db.dead_letter_results.insert_one({"_id": f"{job_id}:{number:08}", **kept})
