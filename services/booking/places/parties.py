"""Several places of one slot for one party, all or none; places kept aside for a hold.

One transaction claims them in the order of their numbers, so that of two parties who want the same ones one comes
first, and a process that dies has claimed none. Each has a holder of its own, made from the party's.

What is kept aside for a hold is not counted as free meanwhile (`aside`), and only the last places by number may be so:
those above the share that holds leave to everybody. So no crowd of holds, however many there are at the same moment,
has more of a slot than its share, and no counter is needed for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.booking import refusals
from services.booking.places.claiming import CLAIM_SECONDS, HoldLost, Refused, claim, claim_all
from services.booking.places.counting import count
from services.booking.places.documents import FREE, HELD, PUBLIC, RUN_OUT, STAYS, WALK_IN
from shared import leases, mongo

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """By one party. `is_held`: it has been holding them, and wants those. `walk_in`: also what is held back so."""

    slot_id: str
    holder: str
    size: int = 1
    is_held: bool = False
    walk_in: bool = False


def claim_each(db: Database, wanted: Sequence[Wanted]) -> list[tuple[str, ...] | Refused | refusals.HoldExpired]:
    """For several parties at once, in their order: their places, or what each was refused with. Those who want a place
    each cost as many commands as one of them."""
    alone = [one for one in wanted if one.size == 1 and not one.is_held and not one.walk_in]
    claimed = iter(claim_all(db, [(one.slot_id, one.holder) for one in alone]))
    holding = {one.holder: (one.slot_id, one.size) for one in wanted if one.is_held}
    still = kept(db, holding) if holding else {}
    found: list[tuple[str, ...] | Refused | refusals.HoldExpired] = []
    for one in wanted:
        if one.is_held:
            found.append(still.get(one.holder) or refusals.HoldExpired())
        elif one.size > 1 or one.walk_in:
            found.append(_claim_party(db, one))
        else:
            place = next(claimed)
            found.append((place,) if isinstance(place, str) else place)
    return found


def _claim_party(db: Database, wanted: Wanted) -> tuple[str, ...] | Refused:
    try:
        return claim_party(db, wanted.slot_id, wanted.holder, wanted.size, wanted.walk_in)
    except (refusals.SlotTaken, HoldLost) as refused:
        return refused


def holders(holder: str, size: int) -> list[str]:
    """Whom each place of a party is held for."""
    return [holder, *(f"{holder}.{number}" for number in range(2, size + 1))]


def claim_party(db: Database, slot_id: str, holder: str, size: int, walk_in: bool = False) -> tuple[str, ...]:
    """The places of a party, all or none: held for it as `claim` holds one. Raises SlotTaken, HoldLost."""
    if size == 1:
        return (claim(db, slot_id, holder, walk_in),)
    try:
        found, awoken = _claim_several(db, slot_id, holders(holder, size), walk_in)
    except BulkWriteError as error:
        if mongo.violated(error) is None:
            raise
        raise HoldLost(slot_id) from None  # another try of this request has taken them already
    if awoken:
        count(db, {slot_id: awoken})
    return found


@mongo.transactional
def _claim_several(db: Database, slot_id: str, names: list[str], walk_in: bool) -> tuple[tuple[str, ...], int]:
    """The places, and how many of them had been kept aside for somebody until their time ran out."""
    wanted = {"slot_id": slot_id, "state": HELD, "holder": {"$in": names}}
    known = {row["holder"]: row["_id"] for row in db.places.find(wanted, {"holder": 1})}
    missing = [name for name in names if name not in known]
    rows = _first(db, slot_id, 0, len(missing), walk_in)
    if len(rows) < len(missing):
        raise refusals.SlotTaken()
    known |= {name: row["_id"] for name, row in zip(missing, rows, strict=True)}
    _hold(db, known, {"expires_at": leases.until(CLAIM_SECONDS), "aside": "$$REMOVE"})
    return tuple(known[name] for name in names), sum("aside" in row for row in rows)


def keep_aside(
    db: Database, slot_id: str, holder: str, size: int, seconds: float, above: int
) -> tuple[tuple[str, ...], datetime, int]:
    """Kept for a hold, inside its transaction: the places, until when, and how many of them less are free by that.
    Only places with a number above `above`. Raises SlotTaken when there are not enough at all, TooManyHolds when there
    are, but not for holds."""
    rows = _first(db, slot_id, above, size)
    if len(rows) < size:
        raise refusals.TooManyHolds() if len(_first(db, slot_id, 0, size)) == size else refusals.SlotTaken()
    places = [row["_id"] for row in rows]
    _hold(
        db, dict(zip(holders(holder, size), places, strict=True)), {"expires_at": leases.until(seconds), "aside": True}
    )
    (until,) = db.places.distinct("expires_at", {"_id": {"$in": places}})
    return tuple(places), until, size - sum("aside" in row for row in rows)


def kept(db: Database, wanted: dict[str, tuple[str, int]]) -> dict[str, tuple[str, ...]]:
    """By holder the places that are still kept for it, where none is missing; `wanted`: slot and number of each."""
    names = {name: holder for holder, (_, size) in wanted.items() for name in holders(holder, size)}
    slots = [slot_id for slot_id, _ in wanted.values()]
    still = {"state": HELD, "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
    mine = {"slot_id": {"$in": slots}, "holder": {"$in": list(names)}, **still}
    found = {row["holder"]: row["_id"] for row in db.places.find(mine, {"holder": 1})}
    whole = {holder: [found.get(name) for name in holders(holder, size)] for holder, (_, size) in wanted.items()}
    return {holder: tuple(one for one in places if one) for holder, places in whole.items() if all(places)}


def _first(db: Database, slot_id: str, above: int, size: int, walk_in: bool = False) -> list[Row]:
    """The first that are nobody's, by number; for who walks in those that are held back before others."""
    more = [{"state": WALK_IN}, {"state": HELD, **RUN_OUT, **STAYS}] if walk_in else []
    nobodys = [{"state": FREE}, {"state": HELD, **RUN_OUT, **STAYS, **PUBLIC}, *more]
    wanted = {"slot_id": slot_id, "number": {"$gt": above}, "$or": nobodys}
    order = [("walk_in", DESCENDING), ("number", ASCENDING)] if walk_in else [("number", ASCENDING)]
    return list(db.places.find(wanted, {"aside": 1}, sort=order, limit=size)) if size else []


def _hold(db: Database, places: dict[str, str], more: Row) -> None:
    held = [
        UpdateOne({"_id": place}, [{"$set": {"state": HELD, "holder": {"$literal": holder}, **more}}])
        for holder, place in places.items()
    ]
    db.places.bulk_write(held)
