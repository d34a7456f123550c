"""Edits of dead letters, as a second person looks at them: to review, once, and never one's own."""

from typing import Any

from pymongo.database import Database

from shared import audit, clock, mongo
from shared.inbox import taking
from shared.inbox.dead_letters import settling
from shared.inbox.dead_letters.refusals import NoSuchEdit, OwnEdit, ReviewedAlready

VERDICTS = APPROVED, OBJECTED = "approved", "objected"


def edits(
    db: Database, reviewed: bool = False, after: str | None = None, limit: int = 50, event_id: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of edits by id, without the contents, and the cursor of the next page."""
    query: dict[str, Any] = {"review": {"$ne": None} if reviewed else None}
    query |= {"_id": {"$gt": after}} if after else {}
    query |= {"event_id": event_id} if event_id else {}
    rows = list(db.dead_letter_edits.find(query, {"original": 0, "edited": 0}).sort("_id", 1).limit(limit + 1))
    return rows[:limit], rows[limit - 1]["_id"] if len(rows) > limit else None


def edits_of(db: Database, event_id: str) -> list[dict[str, Any]]:
    return list(db.dead_letter_edits.find({"event_id": event_id}, {"original": 0, "edited": 0}).sort("at", 1))


def to_review(db: Database) -> int:
    return db.dead_letter_edits.count_documents({"review": None})


def get_edit(db: Database, edit_id: str) -> dict[str, Any]:
    """One edit whole, with both versions. Raises NoSuchEdit."""
    row = db.dead_letter_edits.find_one({"_id": edit_id})
    if row is None:
        raise NoSuchEdit
    return row


@mongo.transactional
def review(db: Database, edit_id: str, verdict: str, note: str, by: audit.Who) -> None:
    """A second person's verdict, once. Raises NoSuchEdit, OwnEdit, ReviewedAlready."""
    row = get_edit(db, edit_id)
    if row["by"]["id"] == by.id:
        raise OwnEdit
    told = {"by": settling.who(by), "at": clock.now(), "verdict": verdict, "note": note}
    kept = {"review": told, "expires_at": taking.expiry(db)}
    if not db.dead_letter_edits.update_one({"_id": edit_id, "review": None}, {"$set": kept}).matched_count:
        raise ReviewedAlready
    audit.record(db, by, "review edit", row["event_id"], edit=edit_id, verdict=verdict)
