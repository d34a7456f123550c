"""Places given back: free again, after a rest where it is wanted; gone where more are with somebody than the slot is to
have."""

import secrets
from collections.abc import Iterable
from typing import Any

from pymongo import ReturnDocument
from pymongo.database import Database

from services.booking.places.documents import FREE, HELD, STAYS, TAKEN, WALK_IN
from shared import leases, mongo

NOBODYS = {"holder": "$$REMOVE", "appointment_id": "$$REMOVE"}
AT_ONCE = {  # one that is held back for who walks in, and that no walk-in was given after all, is so again
    "state": {"$cond": ["$walk_in", WALK_IN, FREE]},
    **NOBODYS,
    "expires_at": "$$REMOVE",
    "aside": {"$cond": ["$walk_in", True, "$$REMOVE"]},
}


def give_back(db: Database, place_id: str, holder: str) -> int:
    """Not held any more, if it is still only held for `holder`; one that was taken meanwhile stays taken. How many
    more are counted as free by that: what was claimed for a moment still was."""
    mine = {"_id": place_id, "state": HELD, "holder": holder}
    freed = db.places.find_one_and_update(mine | STAYS, [{"$set": AT_ONCE}], {"aside": 1})
    if freed is None:
        remove(db, mine)
    return int(freed is not None and "aside" in freed)


def release(db: Database, place_ids: Iterable[str], appointment_id: str, rest: tuple[int, int] = (0, 0)) -> int:
    """After a cancellation, or a change of time: how many are free again by now. `rest`: within how many minutes, at
    least and at most, they are nobody's and yet not free; all of them until the same moment, which nobody can know.
    Raises RuntimeError when one is not this appointment's."""
    seconds = moment(rest)
    rests = {"state": HELD, **NOBODYS, "aside": True, "expires_at": leases.until(seconds)}
    released = [_release(db, place_id, appointment_id, rests if seconds else AT_ONCE) for place_id in place_ids]
    return 0 if seconds else sum(released)


def moment(rest: tuple[int, int]) -> float:
    """Seconds, anywhere between the bounds."""
    least, most = (minutes * 60 for minutes in rest)
    return least + secrets.randbelow(max(most - least, 0) + 1)


def _release(db: Database, place_id: str, appointment_id: str, given: dict[str, Any]) -> bool:
    """False when it is gone."""
    mine = {"_id": place_id, "state": TAKEN, "appointment_id": appointment_id}
    if db.places.update_one(mine | STAYS, [{"$set": given}]).matched_count:
        return True
    if not remove(db, mine):
        raise RuntimeError(f"place {place_id} is not taken by appointment {appointment_id}")
    return False


@mongo.transactional
def remove(db: Database, wanted: dict[str, Any]) -> bool:
    """One of too many is gone, if it is there. The others stay places as any, once they are not too many any more."""
    place = db.places.find_one_and_delete(wanted | {"over": True})
    if place is None:
        return False
    # what is claimed counts as free until it is booked
    id, counted = place["slot_id"], place["state"] == HELD and "aside" not in place
    less = {"$inc": {"over_by": -1, "free": -int(counted)}}
    slot = db.slots.find_one_and_update({"_id": id}, less, return_document=ReturnDocument.AFTER)
    if slot and slot["over_by"] == 0:
        db.places.update_many({"slot_id": id}, {"$unset": {"over": ""}})
        db.slots.delete_one({"_id": id, "capacity": 0})
    return True
