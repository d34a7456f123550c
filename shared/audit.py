"""Who did, saw or was refused what: ids only, never names or contents. Written in the transaction that it tells of."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from bson import ObjectId
from pymongo import DESCENDING, IndexModel
from pymongo.database import Database

from shared import clock, events, mongo

COLLECTIONS = {
    "audit": [
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("actor.id", 1), ("_id", DESCENDING)]),
        IndexModel([("subject", 1), ("_id", DESCENDING)]),
        IndexModel([("action", 1), ("_id", DESCENDING)]),
        IndexModel([("outcome", 1), ("_id", DESCENDING)]),
        IndexModel([("expires_at", 1)], name="retention", expireAfterSeconds=0),
    ]
}
SAME_VIEW = timedelta(minutes=10)
NOBODY = "nobody"


class Who(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...


def record(db: Database, actor: Who | None, action: str, subject: str, outcome: str = "allowed", **ids: Any) -> None:
    """`outcome`: allowed, refused, failed. `ids`: more to find it by (partner_id=…, office_id=…)."""
    db.audit.insert_one(
        {
            "at": clock.now(),
            "actor": {"id": actor.id, "kind": actor.kind} if actor else {"id": NOBODY, "kind": "public"},
            "action": action,
            "subject": subject[:200],
            "outcome": outcome,
            "correlation": events.cause(),
            "ids": ids,
            "expires_at": mongo.settings(db).retention.audit_until(),
        }
    )


def seen(db: Database, actor: Who | None, action: str, subject: str, outcome: str = "allowed") -> None:
    """Records a view, or a refusal of one, that may come again every few seconds: a page that refreshes itself, a
    script that watches. The same by the same actor is one row in ten minutes."""
    recently = {"$gt": ObjectId.from_datetime(clock.now() - SAME_VIEW)}
    same = {"actor.id": actor.id if actor else NOBODY, "action": action, "subject": subject[:200], "outcome": outcome}
    if db.audit.find_one(same | {"_id": recently}, {"_id": 1}) is None:
        record(db, actor, action, subject, outcome)


def entries(
    db: Database,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    outcome: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[dict[str, Any]], str | None]:
    """Newest first, and the cursor of the next page. `since` and `until` to the second."""
    named = {"actor.id": actor, "action": action, "subject": subject, "outcome": outcome}
    wanted: dict[str, Any] = {name: value for name, value in named.items() if value}
    within: dict[str, Any] = {}
    if since:
        within["$gte"] = _first_of(since)
    if until:
        within["$lt"] = _first_of(until)
    if after and ObjectId.is_valid(after):
        within["$lt"] = min(ObjectId(after), within.get("$lt", ObjectId(after)))
    if within:
        wanted["_id"] = within
    rows = list(db.audit.find(wanted).sort("_id", DESCENDING).limit(limit + 1))
    return rows[:limit], str(rows[limit - 1]["_id"]) if len(rows) > limit else None


def _first_of(moment: datetime) -> ObjectId:
    """The first id of that second; ids count from 1970 to 2106."""
    seconds = min(max(int(moment.timestamp()), 0), 2**32 - 1)
    return ObjectId.from_datetime(datetime.fromtimestamp(seconds, UTC))


def actions(db: Database) -> list[str]:
    """The words that stand in `action`, for a choice."""
    return sorted(db.audit.distinct("action"))
