"""Case notes: what staff write about an appointment, for their office only. Sealed, bound to the person, and gone with
them; in no event, log or address."""

import uuid
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from shared import clock, mongo

REQUESTS = "request_scope"
COLLECTIONS: dict[str, list[IndexModel]] = {
    "case_notes": [
        IndexModel([("appointment_id", ASCENDING), ("at", ASCENDING)], name="appointment"),
        IndexModel([("person_id", ASCENDING)], name="person"),
        IndexModel([("request.scope", ASCENDING)], name=REQUESTS, unique=True),
    ]
}
Note = dict[str, Any]  # id, at, by, text


def add(db: Database, appointment_id: str, person_id: str, account: str, text: str, request: dict[str, str]) -> Note:
    row = {
        "_id": str(uuid.uuid4()),
        "appointment_id": appointment_id,
        "person_id": person_id,
        "by": account,
        "at": clock.now(),
        "sealed": mongo.settings(db).seal_keys.seal({"text": text}, person_id),
        "request": request,
    }
    db.case_notes.insert_one(row)
    return _opened(db, row)


def of(db: Database, appointment_id: str) -> list[Note]:
    """Oldest first."""
    return [_opened(db, row) for row in db.case_notes.find({"appointment_id": appointment_id}).sort("at", ASCENDING)]


def by_request(db: Database, scope: str) -> tuple[Note, dict[str, str]] | None:
    """What this request wrote, and the request."""
    row = db.case_notes.find_one({"request.scope": scope})
    return (_opened(db, row), row["request"]) if row else None


def erase(db: Database, person_id: str) -> None:
    db.case_notes.delete_many({"person_id": person_id})


def _opened(db: Database, row: dict[str, Any]) -> Note:
    text = mongo.settings(db).seal_keys.open(row["sealed"], row["person_id"])["text"]
    return {"id": row["_id"], "at": row["at"], "by": row["by"], "text": text}
