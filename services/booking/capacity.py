"""How many places a slot has, changed while people book it: raised, lowered, withdrawn. Nobody loses a place by it.

One transaction decides from the slot's places, as they are, what is added and what is removed. A place that is claimed,
confirmed or given back in between is written by both sides, so one of them sees the other: places that go are deleted;
where more are with somebody than the slot is to have, every place that is left is marked (`over`), and a place so
marked is never free again (places). So there are always `capacity + over_by` places, and none of them is free while
`over_by` is more than 0. Two changes at the same time both write the slot. What is only kept for who comes before
others goes where it has to, and they are in line again (in_line.py).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DeleteOne, UpdateOne
from pymongo.database import Database

from services.booking import in_line, model, places
from services.booking.model import capacity as rules
from shared import mongo

NOBODYS = {
    "$or": [{"state": places.FREE}, {"state": places.WALK_IN}, {"state": places.HELD, **places.RUN_OUT}, places.RESTS]
}


@mongo.transactional
def change(db: Database, slot_id: str, capacity: int, kept: bool = False) -> None:
    """0 withdraws the slot: it goes at once, or with the last who has a place there. `kept`: what is added is for who
    comes before others first (places/keeping.py)."""
    other = {"_id": slot_id, "capacity": {"$ne": capacity}}
    slot = db.slots.find_one_and_update(other, {"$set": {"capacity": capacity}})
    if slot is None:
        return  # somebody else has just done it
    there = list(db.places.find({"slot_id": slot_id}, {"number": 1, "state": 1, "holder": 1}))
    ids = {row["number"]: row["_id"] for row in there}
    free = {row["number"]: "aside" not in row for row in db.places.find({"slot_id": slot_id, **NOBODYS})}
    first = in_line.of_slots(db, [slot_id])
    yielding = [number for number in _kept(first, there) if number not in free]
    now = rules.change(ids.keys() - free.keys() - set(yielding), free.keys(), capacity, yielding)
    if now.remove:
        db.places.delete_many({"slot_id": slot_id, "number": {"$in": now.remove}})
        in_line.come_back(db, first, {ids[number] for number in now.remove})
    if now.add:
        db.places.insert_many([places.new(slot, number, kept) for number in now.add])
    mark = {"$set": {"over": True}} if now.over_by else {"$unset": {"over": ""}}
    db.places.update_many({"slot_id": slot_id}, mark)
    added = 0 if kept else len(now.add)
    more = added - sum(free.get(number, False) for number in now.remove)  # what rests, or is kept, was not counted
    db.slots.update_one({"_id": slot_id}, {"$set": {"over_by": now.over_by}, "$inc": {"free": more}})
    if capacity == now.over_by == 0:
        db.slots.delete_one({"_id": slot_id})


def _kept(first: Iterable[model.Appointment], there: Iterable[dict[str, Any]]) -> list[int]:
    """Numbers of the places that are kept for them, in their order."""
    held = {row["holder"]: row["number"] for row in there if row["state"] == places.HELD and "holder" in row}
    names = (name for one in first if one.kept for name in places.holders(one.holder, len(one.kept.place_ids)))
    return [held[name] for name in names if name in held]


@mongo.transactional
def withdraw(db: Database, slot_ids: Sequence[str]) -> None:
    """Several slots at once, and also from whoever only holds a place, who finds it gone when they confirm it; for whom
    one is kept is in line again. So once this is committed nobody comes to have a place there who has none yet, nor is
    promised one."""
    fields = {"slot_id": 1, "state": 1, "aside": 1, "request_id": 1}
    known = list(db.places.find({"slot_id": {"$in": slot_ids}}, fields))
    taken = Counter(row["slot_id"] for row in known if _is_somebodys(row))
    gone = [row for row in known if not _is_somebodys(row)]
    fewer = Counter(row["slot_id"] for row in gone if _counts_as_free(row))
    db.places.delete_many({"_id": {"$in": [row["_id"] for row in gone]}})
    in_line.come_back(db, in_line.of_slots(db, slot_ids), {row["_id"] for row in gone})
    db.places.update_many({"slot_id": {"$in": list(taken)}}, {"$set": {"over": True}})
    db.slots.bulk_write([_withdrawn(slot_id, taken[slot_id], fewer[slot_id]) for slot_id in slot_ids], ordered=False)


def _is_somebodys(place: dict[str, Any]) -> bool:
    return place["state"] == places.TAKEN or "request_id" in place


def _counts_as_free(place: dict[str, Any]) -> bool:
    """Neither what rests nor what a request window reserved was."""
    return "aside" not in place and place["state"] != places.RESERVED


def _withdrawn(slot_id: str, taken: int, fewer: int) -> UpdateOne | DeleteOne:
    if not taken:
        return DeleteOne({"_id": slot_id})
    return UpdateOne({"_id": slot_id}, {"$set": {"capacity": 0, "over_by": taken}, "$inc": {"free": -fewer}})


def too_full(db: Database, office_id: str | None, after: datetime) -> list[dict[str, Any]]:
    """Slots later than `after` that more people have than there should be, by start; without an office of all."""
    wanted = {"over_by": {"$gt": 0}, "starts_at": {"$gt": after}} | ({"office_id": office_id} if office_id else {})
    return list(db.slots.find(wanted).sort([("starts_at", ASCENDING), ("_id", ASCENDING)]))
