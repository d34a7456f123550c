"""Places that a request window gives: reserved for it, promised to a request, taken when that is confirmed.

A reserved place is neither free nor held: nobody claims it, and no clock runs on it. It is with one request at most
(`request_id`), by a guarded update in the transaction of what becomes of the request; `window_id` stays with it, so
that it comes back to the waitlist when its appointment is cancelled.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, UpdateOne
from pymongo.database import Database

from services.booking.places.counting import recount
from services.booking.places.documents import FREE, RESERVED, STAYS, TAKEN
from services.booking.places.returning import remove


class NotThere(Exception):
    """A place is not as it was when it was decided about: look again."""


def reserve(db: Database, slots: Sequence[str], window_id: str) -> dict[str, int]:
    """What is free of these slots is the window's; how many of each it has, those of an earlier try too."""
    for slot in slots:
        mine = {"$set": {"state": RESERVED, "window_id": window_id}}
        db.places.update_many({"slot_id": slot, "state": FREE} | STAYS, mine)
        recount(db, slot)
    return _count(db, {"slot_id": {"$in": list(slots)}, "window_id": window_id})


def reservable(db: Database, slots: Sequence[str], window_id: str) -> dict[str, int]:
    """How many places of each slot are free, or reserved for this window already."""
    return _count(db, {"slot_id": {"$in": list(slots)}, "$or": [{"state": FREE} | STAYS, {"window_id": window_id}]})


def _count(db: Database, wanted: dict[str, Any]) -> dict[str, int]:
    count = {"$group": {"_id": "$slot_id", "places": {"$sum": 1}}}
    return {row["_id"]: row["places"] for row in db.places.aggregate([{"$match": wanted}, count])}


def unpromised(db: Database, window_id: str, slots: Iterable[str]) -> dict[str, list[str]]:
    """Places of a window that are with nobody, by slot, in their order."""
    wanted = {
        "slot_id": {"$in": list(slots)},
        "window_id": window_id,
        "state": RESERVED,
        "request_id": {"$exists": False},
    }
    found: dict[str, list[str]] = {}
    for row in db.places.find(wanted, {"slot_id": 1}).sort([("slot_id", ASCENDING), ("number", ASCENDING)]):
        found.setdefault(row["slot_id"], []).append(row["_id"])
    return found


def promise(db: Database, to: Mapping[str, str]) -> None:
    """Place to request. Raises NotThere."""
    updates = [
        UpdateOne(
            {"_id": place, "state": RESERVED, "request_id": {"$exists": False}}, {"$set": {"request_id": request}}
        )
        for place, request in to.items()
    ]
    if updates and db.places.bulk_write(updates).matched_count < len(updates):
        raise NotThere


def take_promised(db: Database, places: Sequence[str], request_id: str) -> None:
    """Confirmed: taken by the appointment of the same id. Raises NotThere."""
    mine = {"_id": {"$in": list(places)}, "state": RESERVED, "request_id": request_id}
    taken = {"$set": {"state": TAKEN, "appointment_id": request_id}, "$unset": {"request_id": ""}}
    if db.places.update_many(mine, taken).matched_count < len(places):
        raise NotThere


def take_back(db: Database, places: Sequence[str], request_id: str) -> None:
    """With nobody again: not confirmed, withdrawn. Raises NotThere."""
    mine = {"_id": {"$in": list(places)}, "state": RESERVED, "request_id": request_id}
    if db.places.update_many(mine, {"$unset": {"request_id": ""}}).matched_count < len(places):
        raise NotThere


def back_to_window(db: Database, places: Sequence[str], appointment_id: str, window_id: str) -> bool:
    """A cancelled appointment's, while the window's waitlist lasts; False when the window did not give them. Where
    there are too many, they are gone."""
    mine = {"_id": {"$in": list(places)}, "state": TAKEN, "appointment_id": appointment_id, "window_id": window_id}
    if not db.places.find_one(mine, {"_id": 1}):
        return False
    back = {"$set": {"state": RESERVED}, "$unset": {"appointment_id": "", "holder": ""}}
    db.places.update_many(mine | STAYS, back)
    for place in list(db.places.find(mine, {"_id": 1})):
        remove(db, mine | place)
    return True


def give_up(db: Database, slots: Iterable[str], window_id: str) -> None:
    """What is with nobody is free for the office, or gone where there were too many."""
    for slot in slots:
        mine = {"slot_id": slot, "window_id": window_id, "state": RESERVED, "request_id": {"$exists": False}}
        db.places.update_many(mine | STAYS, {"$set": {"state": FREE}, "$unset": {"window_id": ""}})
        for place in db.places.find(mine, {"_id": 1}):
            remove(db, mine | place)
        recount(db, slot)
