"""Places held back for who walks in: neither free nor held, so the public cannot claim them, and no clock runs on them.

The last of a time, by number. Its desk gives them to walk-ins (claiming.py); what was given is a place as any from then
on. From `walk_ins_until` of the slot on, where it says so, those that are left are everybody's.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

from services.booking.places.counting import recount
from services.booking.places.documents import FREE, HELD_BACK, STAYS, WALK_IN
from shared import mongo


def held_back(db: Database, slot_ids: Iterable[str]) -> Counter[str]:
    """How many of each slot are left."""
    found = db.places.find({"slot_id": {"$in": list(slot_ids)}, "state": WALK_IN}, {"slot_id": 1})
    return Counter(row["slot_id"] for row in found)


@mongo.transactional
def hold_back(db: Database, slot_id: str, number: int, until: datetime | None) -> None:
    """So many from now on, as far as places are nobody's. A place that is claimed at this moment is written by both
    sides, so one of them sees the other."""
    said = {"$set": {"walk_ins": number, "walk_ins_until": until}} if until else _never(number)
    if not db.slots.update_one({"_id": slot_id}, said).matched_count:
        return
    by_number = [("number", ASCENDING)]
    left = [row["_id"] for row in db.places.find({"slot_id": slot_id, "state": WALK_IN}, {"_id": 1}, sort=by_number)]
    _free(db, left[: max(len(left) - number, 0)])
    if len(left) < number:
        free = {"slot_id": slot_id, "state": FREE} | STAYS
        last = db.places.find(free, {"_id": 1}, sort=[("number", DESCENDING)], limit=number - len(left))
        db.places.update_many({"_id": {"$in": [row["_id"] for row in last]}, "state": FREE}, {"$set": HELD_BACK})
    recount(db, slot_id)


def _never(number: int) -> dict[str, dict[str, object]]:
    return {"$set": {"walk_ins": number}, "$unset": {"walk_ins_until": ""}}


def _free(db: Database, place_ids: list[str]) -> None:
    if place_ids:
        gone = {"walk_in": "", "aside": ""}
        db.places.update_many({"_id": {"$in": place_ids}, "state": WALK_IN}, {"$set": {"state": FREE}, "$unset": gone})


def for_everybody(db: Database, now: datetime) -> int:
    """Those whose time to walk in is over. Of how many slots."""
    slots = [row["_id"] for row in db.slots.find({"walk_ins_until": {"$lte": now}}, {"_id": 1})]
    for slot_id in slots:
        hold_back(db, slot_id, 0, None)
        db.places.update_many({"slot_id": slot_id, "walk_in": True}, {"$unset": {"walk_in": ""}})  # claimed just now
    return len(slots)
