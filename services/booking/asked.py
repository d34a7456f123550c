"""How often something is asked for about one contact or reference within 24 hours: counted whether it is known here or
not, so that being refused tells nothing."""

from datetime import datetime, timedelta

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import refusals
from shared import clock

COLLECTIONS: dict[str, list[IndexModel]] = {"asked": [IndexModel("expires_at", expireAfterSeconds=0)]}
WITHIN = timedelta(hours=24)
CODE, VERIFICATION = KINDS = ("code", "verification")


class UsedUp(Exception):
    """It has been asked for as often as it may be."""


def count(db: Database, kind: str, about: str, most: int) -> None:
    """Once more, inside the transaction of what is done about it. Raises UsedUp."""
    now = clock.now()
    has_left = [{f"at.{most - 1}": {"$exists": False}}, {"at.0": {"$lte": now - WITHIN}}]
    change = {"$push": {"at": {"$each": [now], "$slice": -most}}, "$set": {"expires_at": now + WITHIN}}
    try:
        db.asked.update_one({"_id": f"{kind}|{about}", "$or": has_left}, change, upsert=True)
    except DuplicateKeyError:
        raise UsedUp from None


def too_often(db: Database, kind: str, about: str) -> refusals.AskedTooOften:
    """What to refuse it with: it says when there is one more."""
    now = clock.now()
    at: list[datetime] = (db.asked.find_one({"_id": f"{kind}|{about}"}) or {}).get("at") or [now]
    return refusals.AskedTooOften(retry_after=(at[0] + WITHIN - now).total_seconds() + 1)


def forget(db: Database, prints: tuple[str, ...]) -> None:
    db.asked.delete_many({"_id": {"$in": [f"{kind}|{one}" for kind in KINDS for one in prints]}})
