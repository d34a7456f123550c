"""What a place is: its document, states and indexes; made with its slot."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, WriteConcern
from pymongo.collection import Collection as Documents
from pymongo.database import Database

from shared import clock, mongo

FREE, HELD, TAKEN = "free", "held", "taken"
RESERVED = "reserved"  # for a request window: reserving.py
WALK_IN = "walk_in"  # for who walks in: walk_ins.py
MADE_AT_ONCE = 1000  # places in one transaction
RUN_OUT = {"$expr": {"$lte": ["$expires_at", "$$NOW"]}}
STAYS = {"over": {"$exists": False}}
PUBLIC = {"walk_in": {"$exists": False}}
HELD_BACK = {"state": WALK_IN, "walk_in": True, "aside": True}
RESTS = {"state": HELD, "holder": {"$exists": False}}
KEPT = timedelta(days=1)  # at rest for who comes before others, until they have been looked for
COLLECTIONS: dict[str, list[IndexModel]] = {
    "slots": [
        IndexModel([("office_id", 1), ("pathway_id", 1), ("starts_at", 1)], name="times"),
        IndexModel([("starts_at", ASCENDING)], name="start"),
        IndexModel([("walk_ins_until", ASCENDING)], name="walk_ins", sparse=True),
        IndexModel(
            [("office_id", ASCENDING), ("starts_at", ASCENDING)],
            name="over",
            partialFilterExpression={"over_by": {"$gt": 0}},
        ),
    ],
    "places": [
        IndexModel([("slot_id", ASCENDING), ("number", ASCENDING)], name="slot", unique=True),
        IndexModel(
            [("slot_id", ASCENDING), ("holder", ASCENDING)],
            name="one_per_holder",
            unique=True,
            partialFilterExpression={"holder": {"$exists": True}},
        ),
        IndexModel(
            [("slot_id", ASCENDING), ("number", ASCENDING)],
            name="first_free",
            partialFilterExpression={"state": FREE},
        ),
        IndexModel(
            [("slot_id", ASCENDING), ("expires_at", ASCENDING)],
            name="held",
            partialFilterExpression={"state": HELD},
        ),
        IndexModel([("starts_at", ASCENDING), ("slot_id", ASCENDING)], name="start"),
    ],
}


def at_once(collection: Documents) -> Documents:
    """Written by the primary, not waited for until the majority has it too: for what is no promise to anybody. A hold
    that a change of primary undid is missed by `confirm`, whose transaction is waited for; advice is swept."""
    return collection.with_options(write_concern=WriteConcern(w=1))


def add(db: Database, slots: list[dict[str, Any]], kept: Collection[str] = ()) -> int:
    """Those slots that are not there yet, each with its places. How many were new. `kept`: pathways of which they are
    kept for who comes before others (keeping.py)."""
    step = max(MADE_AT_ONCE // max((slot["capacity"] for slot in slots), default=1), 1)
    return sum(_add(db, slots[at : at + step], kept) for at in range(0, len(slots), step))


@mongo.transactional
def _add(db: Database, slots: list[dict[str, Any]], kept: Collection[str]) -> int:
    """A slot and its places at once, since another may make or withdraw the same one. Places without a slot, which
    earlier releases could leave, go."""
    known = {row["_id"] for row in db.slots.find({"_id": {"$in": [one["_id"] for one in slots]}}, {"_id": 1})}
    made = [one for one in slots if one["_id"] not in known]
    if made:
        first = {slot["_id"]: slot["pathway_id"] in kept for slot in made}
        db.slots.insert_many([slot | {"free": 0 if first[slot["_id"]] else _public(slot)} for slot in made])
        db.places.delete_many({"slot_id": {"$in": [slot["_id"] for slot in made]}})
        numbered = [(slot, number) for slot in made for number in range(1, slot["capacity"] + 1)]
        db.places.insert_many([_new(slot, number, first[slot["_id"]]) for slot, number in numbered])
    return len(made)


def _new(slot: dict[str, Any], number: int, kept: bool) -> dict[str, Any]:
    return new(slot, number) | HELD_BACK if number > _public(slot) else new(slot, number, kept)


def _public(slot: dict[str, Any]) -> int:
    """How many of a new slot's places, the first by number, are not held back for who walks in."""
    return max(slot["capacity"] - slot.get("walk_ins", 0), 0)


def new(slot: dict[str, Any], number: int, kept: bool = False) -> dict[str, Any]:
    """`kept`: at rest for who comes before others (keeping.py)."""
    rests = {"state": HELD, "aside": True, "expires_at": clock.now() + KEPT}
    place = {
        "_id": f"{slot['_id']}.{number:03}",
        "slot_id": slot["_id"],
        "number": number,
        "state": FREE,
        "starts_at": slot["starts_at"],
    }
    return place | rests if kept else place
