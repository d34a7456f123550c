"""Holds: added, found. What is kept by one, and until when, is with its places (places/parties.py)."""

from datetime import timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from services.booking import model
from services.booking.store.rows import of

REMEMBERED = timedelta(days=1)  # beyond its end: so long the same request has the same answer
COLLECTIONS: dict[str, list[IndexModel]] = {
    "holds": [
        IndexModel([("request.scope", ASCENDING)], name="request_scope", unique=True),
        IndexModel([("forget_at", ASCENDING)], name="forgotten", expireAfterSeconds=0),
    ],
}


def add_hold(db: Database, hold: model.Hold) -> None:
    """Raises DuplicateKeyError when the same request has made one."""
    row = {**vars(hold), "forget_at": hold.expires_at + REMEMBERED}
    db.holds.insert_one({"_id": row.pop("id"), **row})


def hold(db: Database, id: str) -> model.Hold | None:
    return _hold(db.holds.find_one({"_id": id}))


def hold_of_request(db: Database, scope: str) -> model.Hold | None:
    return _hold(db.holds.find_one({"request.scope": scope}))


def _hold(row: dict | None) -> model.Hold | None:
    return model.Hold(**of(model.Hold, row)) if row else None
