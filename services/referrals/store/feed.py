"""Every event a partner was ever sent, numbered per partner in the transaction that it comes from."""

from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.database import Database

GAP = 1_000_000


def add_partner_event(
    db: Database, partner_id: str, event_id: str, body: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """`body` is what the webhook carries. Raises LookupError for a partner that is not there."""
    counted = db.partners.find_one_and_update(
        {"_id": partner_id}, {"$inc": {"events": 1}}, return_document=ReturnDocument.AFTER
    )
    if counted is None:
        raise LookupError(f"no partner {partner_id}")
    event = {
        "_id": event_id,
        "partner_id": partner_id,
        "n": counted["events"],
        "type": body["type"],
        "referral_id": body["data"].get("referral"),
        "body": body,
        "at": at,
    }
    db.partner_events.insert_one(event)
    return event


def leave_gap(db: Database) -> None:
    """A restored database does not know which numbers it gave last: partners, who ask for what comes after one, are
    given none twice."""
    db.partners.update_many({"events": {"$exists": True}}, {"$inc": {"events": GAP}})


def partner_event(db: Database, event_id: str) -> dict[str, Any]:
    found = db.partner_events.find_one({"_id": event_id})
    if found is None:
        raise LookupError(f"no partner event {event_id}")
    return found


def partner_events(
    db: Database, partner_id: str, after: int, types: list[str] | None, limit: int
) -> list[dict[str, Any]]:
    query: dict[str, Any] = {"partner_id": partner_id, "n": {"$gt": after}}
    if types:
        query["type"] = {"$in": types}
    return list(db.partner_events.find(query).sort("n", 1).limit(limit))


def redact(db: Database, referral_id: str) -> None:
    """The events stay in their places; of the case they tell no more than its id."""
    db.partner_events.update_many({"referral_id": referral_id}, {"$set": {"body.data": {"referral": referral_id}}})
