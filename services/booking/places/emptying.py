"""Places of many cancelled appointments, or offers, given back in one go, in the transaction that cancels them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from pymongo import DeleteOne, UpdateOne
from pymongo.database import Database

from services.booking.places.documents import FREE, RESERVED, TAKEN

Row = dict[str, Any]


def taken_by(db: Database, wanted: Mapping[str, str]) -> list[Row]:
    """Of these places (id to appointment) those that really are their appointment's."""
    fields = {"slot_id": 1, "appointment_id": 1, "over": 1}
    found = db.places.find({"_id": {"$in": list(wanted)}, "state": TAKEN}, fields)
    return [row for row in found if row["appointment_id"] == wanted[row["_id"]]]


def release_all(db: Database, taken: list[Row]) -> list[str]:
    """Of `taken_by`, as `release` does it for one. The slots of which a place has become free, as often as that."""
    go = _too_many(db, [row for row in taken if row.get("over")])
    stay = [row for row in taken if row["_id"] not in go]
    if stay:
        gone = {"holder": "", "expires_at": "", "appointment_id": "", "over": "", "aside": ""}
        ids = [row["_id"] for row in stay]
        db.places.update_many({"_id": {"$in": ids}, "state": TAKEN}, {"$set": {"state": FREE}, "$unset": gone})
    return [row["slot_id"] for row in stay]


def take_back_all(db: Database, promised: Mapping[str, str]) -> None:
    """Of these places (id to request) those that are promised so: with nobody again, or gone."""
    fields = {"slot_id": 1, "request_id": 1, "over": 1}
    found = db.places.find({"_id": {"$in": list(promised)}, "state": RESERVED}, fields)
    mine = [row for row in found if row.get("request_id") == promised[row["_id"]]]
    gone = _too_many(db, [row for row in mine if row.get("over")])
    stay = [row["_id"] for row in mine if row["_id"] not in gone]
    if stay:
        db.places.update_many({"_id": {"$in": stay}, "state": RESERVED}, {"$unset": {"request_id": "", "over": ""}})


def _too_many(db: Database, over: list[Row]) -> set[str]:
    """Removes those that are gone instead of free: of each slot at most as many as it has too many. Their ids."""
    if not over:
        return set()
    of_slot: dict[str, list[str]] = defaultdict(list)
    for row in over:
        of_slot[row["slot_id"]].append(row["_id"])
    slots = {row["_id"]: row for row in db.slots.find({"_id": {"$in": list(of_slot)}}, {"over_by": 1, "capacity": 1})}
    going = {id: ids[: slots[id]["over_by"] if id in slots else None] for id, ids in of_slot.items()}
    gone = {place for ids in going.values() for place in ids}
    db.places.delete_many({"_id": {"$in": list(gone)}, "state": {"$in": [TAKEN, RESERVED]}})
    less = Counter({id: len(ids) for id, ids in going.items() if id in slots})
    enough = [id for id, number in less.items() if slots[id]["over_by"] == number]
    if less:
        empty = {id for id in enough if not slots[id]["capacity"]}
        changes = [_fewer(id, number, id in empty) for id, number in less.items()]
        db.slots.bulk_write(changes, ordered=False)
    if enough:
        db.places.update_many({"slot_id": {"$in": enough}}, {"$unset": {"over": ""}})
    return gone


def _fewer(slot_id: str, number: int, is_empty: bool) -> UpdateOne | DeleteOne:
    return DeleteOne({"_id": slot_id}) if is_empty else UpdateOne({"_id": slot_id}, {"$inc": {"over_by": -number}})
