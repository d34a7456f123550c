"""Places claimed, each by one guarded update, and confirmed."""

from collections.abc import Sequence
from typing import Any

from pymongo import ASCENDING, ReturnDocument, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.booking import refusals
from services.booking.places.counting import count
from services.booking.places.documents import FREE, HELD, PUBLIC, RUN_OUT, STAYS, TAKEN, WALK_IN, at_once
from shared import leases, mongo

CLAIM_SECONDS = 120


class HoldLost(Exception):
    """Another try of the same request is ahead, or the hold ran out: look again."""


Refused = refusals.SlotTaken | HoldLost


def claim(db: Database, slot_id: str, holder: str, walk_in: bool = False) -> str:
    """The id of a place held for `holder`: the first that is free, its own from an earlier try, or one that ran out.
    `walk_in`: one that is held back for such, if there is one. Raises SlotTaken; HoldLost when another try of the same
    request has just taken one."""
    run_out = {**RUN_OUT, **STAYS} if walk_in else {**RUN_OUT, **STAYS, **PUBLIC}
    try:
        place = (
            (_hold(db, {"slot_id": slot_id, "state": WALK_IN}, holder) if walk_in else None)
            or _hold(db, {"slot_id": slot_id, "state": FREE}, holder)
            or _hold(db, {"slot_id": slot_id, "state": HELD, "$or": [{"holder": holder}, run_out]}, holder)
        )
    except DuplicateKeyError:  # it has one already
        place = _hold(db, {"slot_id": slot_id, "holder": holder, "state": HELD}, holder)
        if place is None:
            raise HoldLost(slot_id) from None
    if place is None:
        raise refusals.SlotTaken()
    if place.get("aside"):
        count(db, {slot_id: +1})
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
        at_once(db.places).bulk_write(free, ordered=False)
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
    until = leases.until(CLAIM_SECONDS)
    return {"state": HELD, "holder": {"$literal": holder}, "expires_at": until, "aside": "$$REMOVE"}


def _hold(db: Database, wanted: dict[str, Any], holder: str) -> dict[str, Any] | None:
    """As it was before."""
    change = [{"$set": _held_by(holder)}]
    return at_once(db.places).find_one_and_update(
        wanted, change, {"aside": 1}, sort=[("number", ASCENDING)], return_document=ReturnDocument.BEFORE
    )


def settle(db: Database, place_ids: Sequence[str]) -> None:
    """Waits until the majority has what was claimed: a snapshot taken at once may be of the moment before. Changes
    nothing."""
    db.places.update_many({"_id": {"$in": list(place_ids)}}, {"$unset": {"settled": ""}})


def confirm(db: Database, *held: tuple[str, str, str]) -> None:
    """Taken, each if it is still held: (place, holder, appointment). Raises HoldLost."""
    if db.places.bulk_write([_taken(*one) for one in held]).matched_count < len(held):
        raise HoldLost


def _taken(place_id: str, holder: str, appointment_id: str) -> UpdateOne:
    still_mine = {"_id": place_id, "state": HELD, "holder": holder, "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
    gone = {"expires_at": "", "aside": "", "walk_in": ""}  # given back, it is a place as any
    taken = {"$set": {"state": TAKEN, "appointment_id": appointment_id}, "$unset": gone}
    return UpdateOne(still_mine, taken)
