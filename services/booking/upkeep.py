"""What keeps booking's own data in order: what is offered, slots ahead, the advice about free places."""

from datetime import timedelta
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.booking import places, schedule, store
from shared import clock

AHEAD_DAYS = 14
SLICE = 200

Row = dict[str, Any]


def load(db: Database, pathways: list[Row], offices: list[Row], partners: list[Row]) -> None:
    """What the files have. May run again: an intake that was changed since stays."""
    for collection, rows in ((db.pathways, pathways), (db.offices, offices), (db.partners, partners)):
        for number, row in enumerate(rows):
            _put(collection, row, number)


def _put(collection: Collection, row: Row, number: int) -> None:
    first = {"intake": row["intake"]} if "intake" in row else {}
    rest = {name: value for name, value in row.items() if name not in ("id", "intake")} | {"order": number}
    collection.update_one({"_id": row["id"]}, {"$set": rest, "$setOnInsert": first}, upsert=True)


def renew_slots(db: Database) -> int:
    """Slots for today and the two weeks ahead, wherever intake is not closed; those that are there stay. How many were
    new."""
    now, new = clock.now(), 0
    for office in store.offices(db):
        if office.intake.open:
            coming = [
                one for one in schedule.slots(office, office.today(now), AHEAD_DAYS + 1) if one["starts_at"] > now
            ]
            new += sum(places.add(db, coming[at : at + SLICE]) for at in range(0, len(coming), SLICE))
    return new


def count_places(db: Database) -> int:
    """Frees claims that ran out and corrects what listings show. How many slots were wrong."""
    return places.sweep(db, clock.now() - timedelta(hours=1))
