"""Places: one document each, free, held or taken. Claimed by one guarded update, so overselling cannot be expressed.

`_id` = slot and number. A claim is held for whoever asks under one `holder` (the scope of the idempotency key), so that
a repeated request finds its own again; the unique index on slot and holder keeps repeats that run at the same time on
one place. Expiry is set and checked in the database's own time. A process that dies between claim and booking leaves a
hold, which runs out by itself.
"""

from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import refusals
from shared import leases

FREE, HELD, TAKEN = "free", "held", "taken"
CLAIM_SECONDS = 120
EXPIRED = {"state": HELD, "$expr": {"$lte": ["$expires_at", "$$NOW"]}}

COLLECTIONS: dict[str, list[IndexModel]] = {
    "slots": [
        IndexModel([("office_id", 1), ("pathway_id", 1), ("starts_at", 1), ("free", 1)], name="listing"),
        IndexModel([("starts_at", ASCENDING)], name="start"),
    ],
    "places": [
        IndexModel([("slot_id", ASCENDING), ("number", ASCENDING)], name="slot", unique=True),
        IndexModel(
            [("slot_id", ASCENDING), ("holder", ASCENDING)],
            name="one_per_holder",
            unique=True,
            partialFilterExpression={"holder": {"$exists": True}},
        ),
        IndexModel([("state", ASCENDING), ("expires_at", ASCENDING)], name="expiry"),
        IndexModel([("starts_at", ASCENDING), ("slot_id", ASCENDING)], name="start"),
    ],
}


class HoldLost(Exception):
    """Another try of the same request is ahead, or the hold ran out: look again."""


def claim(db: Database, slot_id: str, holder: str) -> str:
    """The id of a place held for `holder`: its own from an earlier try, else the first that is free or run out.
    Raises SlotTaken; HoldLost when another try of the same request has just taken one."""
    own = {"slot_id": slot_id, "holder": holder, "state": HELD}
    free = {"slot_id": slot_id, "$or": [{"state": FREE}, EXPIRED]}
    try:
        # its own is looked for again at the end: a try at the same time may have held the last place in between
        place = _hold(db, own, holder) or _hold(db, free, holder) or _hold(db, own, holder)
    except DuplicateKeyError:
        raise HoldLost(slot_id) from None
    if place is None:
        raise refusals.SlotTaken()
    return place["_id"]


def _hold(db: Database, wanted: dict[str, Any], holder: str) -> dict[str, Any] | None:
    hold = {"state": HELD, "holder": {"$literal": holder}, "expires_at": leases.until(CLAIM_SECONDS)}
    return db.places.find_one_and_update(
        wanted, [{"$set": hold}], sort=[("number", ASCENDING)], return_document=ReturnDocument.AFTER
    )


def confirm(db: Database, place_id: str, holder: str, appointment_id: str) -> None:
    """Taken, if it is still held for `holder`. Raises HoldLost."""
    still_mine = {
        "_id": place_id,
        "state": HELD,
        "holder": holder,
        "$expr": {"$gt": ["$expires_at", "$$NOW"]},
    }
    change = {"$set": {"state": TAKEN, "appointment_id": appointment_id}, "$unset": {"expires_at": ""}}
    if not db.places.update_one(still_mine, change).matched_count:
        raise HoldLost(place_id)


def give_back(db: Database, place_id: str, holder: str) -> None:
    """Free again, if it is still only held for `holder`; one that was taken meanwhile stays taken."""
    _free(db, {"_id": place_id, "state": HELD, "holder": holder})


def release(db: Database, place_id: str, appointment_id: str) -> None:
    """Free again after a cancellation. Raises RuntimeError when the place is not this appointment's."""
    if not _free(db, {"_id": place_id, "state": TAKEN, "appointment_id": appointment_id}):
        raise RuntimeError(f"place {place_id} is not taken by appointment {appointment_id}")


def _free(db: Database, wanted: dict[str, Any]) -> int:
    gone = {"holder": "", "expires_at": "", "appointment_id": ""}
    return db.places.update_one(wanted, {"$set": {"state": FREE}, "$unset": gone}).matched_count


def recount(db: Database, slot_id: str) -> None:
    """Writes the advice beside the slot: how many places are free now."""
    free = db.places.count_documents({"slot_id": slot_id, "$or": [{"state": FREE}, EXPIRED]})
    db.slots.update_one({"_id": slot_id}, {"$set": {"free": free}})


def sweep(db: Database, since: datetime) -> int:
    """Frees holds that ran out and corrects the advice of slots from `since` on. How many slots were wrong."""
    gone = {"holder": "", "expires_at": ""}
    db.places.update_many(EXPIRED, {"$set": {"state": FREE}, "$unset": gone})
    to_come = {"$match": {"starts_at": {"$gte": since}}}
    is_free = {"$cond": [{"$eq": ["$state", FREE]}, 1, 0]}
    counts = db.places.aggregate([to_come, {"$group": {"_id": "$slot_id", "free": {"$sum": is_free}}}])
    shown = {row["_id"]: row["free"] for row in db.slots.find({"starts_at": {"$gte": since}}, {"free": 1})}
    wrong = [row for row in counts if shown.get(row["_id"], row["free"]) != row["free"]]
    for row in wrong:
        recount(db, row["_id"])
    return len(wrong)


def add(db: Database, slots: list[dict[str, Any]]) -> int:
    """Those slots that are not there yet, each with its places: the places first, so that a slot that is seen can be
    claimed. How many were new."""
    known = {row["_id"] for row in db.slots.find({"_id": {"$in": [one["_id"] for one in slots]}}, {"_id": 1})}
    new = [one for one in slots if one["_id"] not in known]
    if new:
        db.places.bulk_write([_upsert(place) for slot in new for place in _places_of(slot)], ordered=False)
        db.slots.bulk_write([_upsert(slot | {"free": slot["capacity"]}) for slot in new], ordered=False)
    return len(new)


def _places_of(slot: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "_id": f"{slot['_id']}.{number:03}",
            "slot_id": slot["_id"],
            "number": number,
            "state": FREE,
            "starts_at": slot["starts_at"],
        }
        for number in range(1, slot["capacity"] + 1)
    ]


def _upsert(row: dict[str, Any]) -> UpdateOne:
    return UpdateOne({"_id": row["_id"]}, {"$setOnInsert": row}, upsert=True)
