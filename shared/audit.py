"""Who did, saw or was refused what: ids only, never names or contents. Written in the transaction that it tells of."""

from typing import Any, Protocol

from bson import ObjectId
from pymongo import DESCENDING, IndexModel
from pymongo.database import Database

from shared import clock, events

COLLECTIONS = {
    "audit": [
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("actor.id", 1), ("_id", DESCENDING)]),
        IndexModel([("subject", 1), ("_id", DESCENDING)]),
    ]
}


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
            "actor": {"id": actor.id, "kind": actor.kind} if actor else {"id": "nobody", "kind": "public"},
            "action": action,
            "subject": subject[:200],
            "outcome": outcome,
            "correlation": events.cause(),
            "ids": ids,
        }
    )


def entries(
    db: Database,
    *,
    actor: str | None = None,
    subject: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[dict[str, Any]], str | None]:
    """Newest first, and the cursor of the next page."""
    wanted: dict[str, Any] = {}
    if actor:
        wanted["actor.id"] = actor
    if subject:
        wanted["subject"] = subject
    if after and ObjectId.is_valid(after):
        wanted["_id"] = {"$lt": ObjectId(after)}
    rows = list(db.audit.find(wanted).sort("_id", DESCENDING).limit(limit + 1))
    return rows[:limit], str(rows[limit - 1]["_id"]) if len(rows) > limit else None
