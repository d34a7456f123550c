"""Places kept for who comes before others: at rest for nobody yet, then held for one of them.

Both are places as at rest or held for anybody (documents.py), for longer: nobody else can claim them, and no process
has to stay alive for that. Where no worker looks at them for a day, they are free for everybody.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.booking.places.documents import HELD, KEPT, RESTS, STAYS
from services.booking.places.parties import holders
from services.booking.places.reserving import NotThere
from services.booking.places.returning import NOBODYS, moment, remove
from shared import clock, leases, mongo

A_MINUTE = timedelta(minutes=1)
KEPT_MINUTES = (KEPT // A_MINUTE, KEPT // A_MINUTE)  # as a rest
STILL = {"$expr": {"$gt": ["$expires_at", "$$NOW"]}}


def at_rest(db: Database, after: datetime) -> Counter[str]:
    """How many places of each slot later than `after` are nobody's and cannot be claimed."""
    wanted = {"starts_at": {"$gt": after}, **RESTS, **STAYS, **STILL}
    return Counter(row["slot_id"] for row in db.places.find(wanted, {"slot_id": 1}, hint="held"))


def keep(db: Database, slot_id: str, holder: str, size: int, until: datetime) -> tuple[str, ...]:
    """In a transaction: the places, held for one of them until a day after `until`, so that whoever looks late still
    finds them. Raises NotThere."""
    wanted = {"slot_id": slot_id, **RESTS, **STAYS, **STILL}
    found = [row["_id"] for row in db.places.find(wanted, {"_id": 1}, sort=[("number", ASCENDING)], limit=size)]
    if len(found) < size:
        raise NotThere
    seconds = (until - clock.now() + KEPT).total_seconds()
    held = {"expires_at": leases.until(seconds), "aside": True}
    names = zip(found, holders(holder, size), strict=True)
    kept = [UpdateOne({"_id": place}, [{"$set": held | {"holder": {"$literal": name}}}]) for place, name in names]
    try:
        db.places.bulk_write(kept)
    except BulkWriteError as error:
        if mongo.violated(error) is None:
            raise
        raise NotThere from None  # another worker has just kept one of this time for the same person
    return tuple(found)


def let_go(db: Database, place_ids: Sequence[str], holder: str) -> None:
    """Not wanted: at rest for the next of them. Has no effect on one that was taken, or ran out, meanwhile."""
    rests: dict[str, Any] = {**NOBODYS, "expires_at": leases.until(KEPT.total_seconds()), "aside": True}
    for place, name in zip(place_ids, holders(holder, len(place_ids)), strict=True):
        mine = {"_id": place, "state": HELD, "holder": name}
        if not db.places.update_one(mine | STAYS, [{"$set": rests}]).matched_count:
            remove(db, mine)


def for_everybody(db: Database, slot_ids: Iterable[str], rest: tuple[int, int]) -> None:
    """What was kept and suits none of them rests as any other place that was given back."""
    longer = {"$expr": {"$gt": ["$expires_at", leases.until(rest[1] * 60 + 1)]}}
    for slot in slot_ids:
        seconds = moment(rest)
        db.places.update_many({"slot_id": slot, **RESTS, **longer}, [{"$set": {"expires_at": leases.until(seconds)}}])
