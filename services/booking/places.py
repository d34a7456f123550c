"""Places: one document each, free, held or taken. Claimed by one guarded update, so overselling cannot be expressed.

`_id` = slot and number. A claim is held for whoever asks under one `holder` (the scope of the idempotency key), so that
a repeated request finds its own again; the unique index on slot and holder keeps repeats that run at the same time on
one place. Expiry is set and checked in the database's own time. A process that dies between claim and booking leaves a
hold, which runs out by itself.

Where more places are with somebody than the slot is to have by now, each of its places is marked `over` (capacity.py):
given back, it is gone instead of free.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.booking import refusals
from shared import leases, mongo

FREE, HELD, TAKEN = "free", "held", "taken"
CLAIM_SECONDS = 120
MADE_AT_ONCE = 1000  # places in one transaction
RUN_OUT = {"$expr": {"$lte": ["$expires_at", "$$NOW"]}}
STAYS = {"over": {"$exists": False}}

COLLECTIONS: dict[str, list[IndexModel]] = {
    "slots": [
        IndexModel([("office_id", 1), ("pathway_id", 1), ("starts_at", 1)], name="times"),
        IndexModel([("starts_at", ASCENDING)], name="start"),
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


class HoldLost(Exception):
    """Another try of the same request is ahead, or the hold ran out: look again."""


Refused = refusals.SlotTaken | HoldLost


def claim(db: Database, slot_id: str, holder: str) -> str:
    """The id of a place held for `holder`: the first that is free, its own from an earlier try, or one that ran out.
    Raises SlotTaken; HoldLost when another try of the same request has just taken one."""
    try:
        place = _hold(db, {"slot_id": slot_id, "state": FREE}, holder) or _hold(
            db, {"slot_id": slot_id, "state": HELD, "$or": [{"holder": holder}, RUN_OUT | STAYS]}, holder
        )
    except DuplicateKeyError:  # it has one already
        place = _hold(db, {"slot_id": slot_id, "holder": holder, "state": HELD}, holder)
        if place is None:
            raise HoldLost(slot_id) from None
    if place is None:
        raise refusals.SlotTaken()
    return place["_id"]


def claim_all(db: Database, wanted: Sequence[tuple[str, str]]) -> list[str | Refused]:
    """The same for several (slot, holder) at once, in their order: a place for each, or what it was refused with. As
    many commands as for one, unless there is more to it than a place that is free or a slot that is full."""
    if len(wanted) < 2:
        return [_claim_alone(db, *one) for one in wanted]
    held = _hold_free(db, wanted)
    left = [one for one in wanted if one not in held]
    hopeful = _not_full(db, left) if left else set()
    return [held.get(one) or (_claim_alone(db, *one) if one[0] in hopeful else refusals.SlotTaken()) for one in wanted]


def _claim_alone(db: Database, slot_id: str, holder: str) -> str | Refused:
    try:
        return claim(db, slot_id, holder)
    except (refusals.SlotTaken, HoldLost) as refused:
        return refused


def _hold_free(db: Database, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Each update takes the first place that is free, by its index. One that meets the holder's own place of an earlier
    try changes nothing; that place is found like a new one, and `confirm` sees whether it is still held."""
    free = [
        UpdateOne({"slot_id": slot_id, "state": FREE}, [{"$set": _held_by(holder)}], hint="first_free")
        for slot_id, holder in wanted
    ]
    try:
        _at_once(db.places).bulk_write(free, ordered=False)
    except BulkWriteError as error:
        if any(one["code"] != mongo.DUPLICATE_KEY for one in error.details["writeErrors"]):
            raise
    mine = {"$or": [{"slot_id": slot_id, "holder": holder} for slot_id, holder in wanted], "state": HELD}
    return {(row["slot_id"], row["holder"]): row["_id"] for row in db.places.find(mine, {"slot_id": 1, "holder": 1})}


def _not_full(db: Database, wanted: Sequence[tuple[str, str]]) -> set[str]:
    """The slots of which a place is free, is one of these holders', or was held for too long."""
    slots, holders = ([one[at] for one in wanted] for at in (0, 1))
    hope = [{"state": FREE}, {"holder": {"$in": holders}}, {"state": HELD, **RUN_OUT, **STAYS}]
    return {row["slot_id"] for row in db.places.find({"slot_id": {"$in": slots}, "$or": hope}, {"slot_id": 1})}


def _held_by(holder: str) -> dict[str, Any]:
    return {"state": HELD, "holder": {"$literal": holder}, "expires_at": leases.until(CLAIM_SECONDS)}


def _hold(db: Database, wanted: dict[str, Any], holder: str) -> dict[str, Any] | None:
    change = [{"$set": _held_by(holder)}]
    return _at_once(db.places).find_one_and_update(
        wanted, change, {"_id": 1}, sort=[("number", ASCENDING)], return_document=ReturnDocument.AFTER
    )


def confirm(db: Database, *held: tuple[str, str, str]) -> None:
    """Taken, each if it is still held: (place, holder, appointment). Raises HoldLost."""
    if db.places.bulk_write([_taken(*one) for one in held]).matched_count < len(held):
        raise HoldLost


def _taken(place_id: str, holder: str, appointment_id: str) -> UpdateOne:
    still_mine = {"_id": place_id, "state": HELD, "holder": holder, "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
    return UpdateOne(
        still_mine, {"$set": {"state": TAKEN, "appointment_id": appointment_id}, "$unset": {"expires_at": ""}}
    )


def give_back(db: Database, place_id: str, holder: str) -> None:
    """Not held any more, if it is still only held for `holder`; one that was taken meanwhile stays taken."""
    mine = {"_id": place_id, "state": HELD, "holder": holder}
    if not _free(db, mine):
        _remove(db, mine)


def release(db: Database, place_id: str, appointment_id: str) -> bool:
    """After a cancellation; True when it is free again, False when it is gone. Raises RuntimeError when the place is
    not this appointment's."""
    mine = {"_id": place_id, "state": TAKEN, "appointment_id": appointment_id}
    if _free(db, mine):
        return True
    if not _remove(db, mine):
        raise RuntimeError(f"place {place_id} is not taken by appointment {appointment_id}")
    return False


def _free(db: Database, wanted: dict[str, Any]) -> int:
    gone = {"holder": "", "expires_at": "", "appointment_id": ""}
    return db.places.update_one(wanted | STAYS, {"$set": {"state": FREE}, "$unset": gone}).matched_count


@mongo.transactional
def _remove(db: Database, wanted: dict[str, Any]) -> bool:
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


def count(db: Database, slots: Iterable[str], more: int) -> None:
    """Keeps the advice beside these slots: so many places more are free, as often as a slot is named. After the
    transaction, since all who book a slot at the same time write it; a count that a crash left out is made good by the
    sweep."""
    _at_once(db.slots).bulk_write([UpdateOne({"_id": slot}, {"$inc": {"free": more}}) for slot in slots], ordered=False)


def sweep(db: Database, since: datetime) -> int:
    """Frees holds that ran out and corrects the advice of slots from `since` on. How many slots were wrong."""
    gone = {"holder": "", "expires_at": ""}
    run_out = {"state": HELD, **RUN_OUT}
    db.places.update_many(run_out | STAYS, {"$set": {"state": FREE}, "$unset": gone}, hint="held")
    for place in db.places.find(run_out, {"_id": 1}, hint="held"):
        _remove(db, run_out | place)
    to_come = {"$match": {"starts_at": {"$gte": since}}}
    is_free = {"$cond": [{"$eq": ["$state", FREE]}, 1, 0]}
    counts = db.places.aggregate([to_come, {"$group": {"_id": "$slot_id", "free": {"$sum": is_free}}}])
    shown = {row["_id"]: row["free"] for row in db.slots.find({"starts_at": {"$gte": since}}, {"free": 1})}
    wrong = [row for row in counts if shown.get(row["_id"], row["free"]) != row["free"]]
    for row in wrong:
        _recount(db, row["_id"])
    return len(wrong)


def _recount(db: Database, slot_id: str) -> None:
    free = db.places.count_documents({"slot_id": slot_id, "$or": [{"state": FREE}, {"state": HELD, **RUN_OUT}]})
    db.slots.update_one({"_id": slot_id}, {"$set": {"free": free}})


def _at_once(collection: Collection) -> Collection:
    """Written by the primary, not waited for until the majority has it too: for what is no promise to anybody. A hold
    that a change of primary undid is missed by `confirm`, whose transaction is waited for; advice is swept."""
    return collection.with_options(write_concern=WriteConcern(w=1))


def add(db: Database, slots: list[dict[str, Any]]) -> int:
    """Those slots that are not there yet, each with its places. How many were new."""
    step = max(MADE_AT_ONCE // max((slot["capacity"] for slot in slots), default=1), 1)
    return sum(_add(db, slots[at : at + step]) for at in range(0, len(slots), step))


@mongo.transactional
def _add(db: Database, slots: list[dict[str, Any]]) -> int:
    """A slot and its places at once, since another may make or withdraw the same one. Places without a slot, which
    earlier releases could leave, go."""
    known = {row["_id"] for row in db.slots.find({"_id": {"$in": [one["_id"] for one in slots]}}, {"_id": 1})}
    made = [one for one in slots if one["_id"] not in known]
    if made:
        db.slots.insert_many([slot | {"free": slot["capacity"]} for slot in made])
        db.places.delete_many({"slot_id": {"$in": [slot["_id"] for slot in made]}})
        db.places.insert_many([new(slot, number) for slot in made for number in range(1, slot["capacity"] + 1)])
    return len(made)


def new(slot: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "_id": f"{slot['_id']}.{number:03}",
        "slot_id": slot["_id"],
        "number": number,
        "state": FREE,
        "starts_at": slot["starts_at"],
    }
