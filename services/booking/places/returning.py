"""Places given back: free again, or gone where more are with somebody than the slot is to have."""

from typing import Any

from pymongo import ReturnDocument
from pymongo.database import Database

from services.booking.places.documents import FREE, HELD, STAYS, TAKEN
from shared import mongo


def give_back(db: Database, place_id: str, holder: str) -> None:
    """Not held any more, if it is still only held for `holder`; one that was taken meanwhile stays taken."""
    mine = {"_id": place_id, "state": HELD, "holder": holder}
    if not _free(db, mine):
        remove(db, mine)


def release(db: Database, place_id: str, appointment_id: str) -> bool:
    """After a cancellation; True when it is free again, False when it is gone. Raises RuntimeError when the place is
    not this appointment's."""
    mine = {"_id": place_id, "state": TAKEN, "appointment_id": appointment_id}
    if _free(db, mine):
        return True
    if not remove(db, mine):
        raise RuntimeError(f"place {place_id} is not taken by appointment {appointment_id}")
    return False


def _free(db: Database, wanted: dict[str, Any]) -> int:
    gone = {"holder": "", "expires_at": "", "appointment_id": ""}
    return db.places.update_one(wanted | STAYS, {"$set": {"state": FREE}, "$unset": gone}).matched_count


@mongo.transactional
def remove(db: Database, wanted: dict[str, Any]) -> bool:
    """One of too many is gone, if it is there. The others stay places as any, once they are not too many any more."""
    place = db.places.find_one_and_delete(wanted | {"over": True})
    if place is None:
        return False
    id, counted = place["slot_id"], place["state"] == HELD  # what is held counts as free until it is booked
    less = {"$inc": {"over_by": -1, "free": -int(counted)}}
    slot = db.slots.find_one_and_update({"_id": id}, less, return_document=ReturnDocument.AFTER)
    if slot and slot["over_by"] == 0:
        db.places.update_many({"slot_id": id}, {"$unset": {"over": ""}})
        db.slots.delete_one({"_id": id, "capacity": 0})
    return True
