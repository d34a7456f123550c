"""The advice beside each slot how many of its places are free."""

from collections.abc import Mapping
from datetime import datetime

from pymongo import UpdateOne
from pymongo.database import Database

from services.booking.places.documents import FREE, HELD, PUBLIC, RUN_OUT, STAYS, at_once
from services.booking.places.returning import AT_ONCE, remove


def count(db: Database, more: Mapping[str, int]) -> None:
    """Keeps the advice beside these slots: so many places more are free, or less. After the transaction, since all who
    book a slot at the same time write it; a count that a crash left out is made good by the sweep."""
    changes = [UpdateOne({"_id": slot}, {"$inc": {"free": by}}) for slot, by in more.items() if by]
    if changes:
        at_once(db.slots).bulk_write(changes, ordered=False)


def wake(db: Database) -> int:
    """Frees places whose rest is over, or whose hold ran out, and counts them. How many."""
    over = {"state": HELD, "aside": True, **RUN_OUT}
    slots = {row["slot_id"] for row in db.places.find(over | STAYS, {"slot_id": 1}, hint="held")}
    woken = {slot: db.places.update_many({"slot_id": slot, **over, **STAYS}, [{"$set": AT_ONCE}]) for slot in slots}
    count(db, {slot: found.modified_count for slot, found in woken.items()})
    return sum(found.modified_count for found in woken.values())


def sweep(db: Database, since: datetime) -> int:
    """Frees holds that ran out and corrects the advice of slots from `since` on. How many slots were wrong."""
    run_out = {"state": HELD, **RUN_OUT}
    db.places.update_many(run_out | STAYS, [{"$set": AT_ONCE}], hint="held")
    for place in db.places.find(run_out, {"_id": 1}, hint="held"):
        remove(db, run_out | place)
    to_come = {"$match": {"starts_at": {"$gte": since}}}
    is_free = {"$cond": [{"$eq": ["$state", FREE]}, 1, 0]}
    counts = db.places.aggregate([to_come, {"$group": {"_id": "$slot_id", "free": {"$sum": is_free}}}])
    shown = {row["_id"]: row["free"] for row in db.slots.find({"starts_at": {"$gte": since}}, {"free": 1})}
    wrong = [row for row in counts if shown.get(row["_id"], row["free"]) != row["free"]]
    for row in wrong:
        recount(db, row["_id"])
    return len(wrong)


def recount(db: Database, slot_id: str) -> None:
    nobodys = [{"state": FREE}, {"state": HELD, **RUN_OUT, **PUBLIC}]
    free = db.places.count_documents({"slot_id": slot_id, "$or": nobodys})
    db.slots.update_one({"_id": slot_id}, {"$set": {"free": free}})
