"""What keeps booking's own data in order: what is offered, slots ahead, the advice about free places."""

from datetime import timedelta
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.booking import calendar_schemas, pathway_schemas, places, refusals, renewal, store
from shared import clock

Row = dict[str, Any]
INTAKE = ("intake", "intakes")  # theirs who are in charge of the office, from the first day on


def load(db: Database, pathways: list[Row], offices: list[Row], partners: list[Row]) -> None:
    """What the files have. May run again: an intake that was changed since stays. Raises marshmallow.ValidationError
    for a calendar, or rules of a pathway, that are not right."""
    for pathway in pathways:
        calendar_schemas.LIMITS.load(pathway)
        pathway_schemas.RULES.load(pathway)
    offices = [office | calendar_schemas.of_office(office) for office in offices]
    for collection, rows in ((db.pathways, pathways), (db.offices, offices), (db.partners, partners)):
        for number, row in enumerate(rows):
            _put(collection, row, number)


def _put(collection: Collection, row: Row, number: int) -> None:
    first = {name: row[name] for name in INTAKE if name in row}
    rest = {name: value for name, value in row.items() if name not in ("id", *INTAKE)} | {"order": number}
    collection.update_one({"_id": row["id"]}, {"$set": rest, "$setOnInsert": first}, upsert=True)


def set_calendar(db: Database, office_id: str, said: Row) -> renewal.Renewal:
    """What a file or a form says of an office's opening hours, holidays, exceptions and limits; what it does not name
    stays. Nobody loses an appointment by it: whom it concerns says `renewal.concerned`. Raises
    marshmallow.ValidationError; Changed, when somebody else has changed meanwhile what it was checked with."""
    row = db.offices.find_one({"_id": office_id})
    if row is None:
        raise refusals.UnknownOffice()
    names = calendar_schemas.CALENDAR.fields.keys() - {"id"}
    known = {name: row[name] for name in names & row.keys()}
    checked = calendar_schemas.CALENDAR.load({"id": office_id, **known, **said})
    as_read = {"_id": office_id, **dict.fromkeys(names), **known}
    changed = db.offices.update_one(as_read, {"$set": {name: checked[name] for name in names & said.keys()}})
    if not changed.matched_count:
        raise refusals.Changed()
    return renewal.renew(db, office_id)


def set_mode(db: Database, pathway_id: str, mode: str) -> None:
    """Whoever has an appointment keeps it; its places are drawn from the first window on."""
    if not db.pathways.update_one({"_id": pathway_id}, {"$set": {"mode": mode}}).matched_count:
        raise refusals.UnknownPathway()


def renew_slots(db: Database) -> renewal.Renewal:
    """Slots of every office as its calendar gives them, from now to the horizon of each pathway; new ones wherever
    intake is not closed."""
    return sum((renewal.renew(db, office.id) for office in store.offices(db)), renewal.Renewal())


def wake_places(db: Database) -> int:
    """Places whose rest is over, or whose hold ran out, are free again and counted. How many."""
    return places.wake(db)


def count_places(db: Database) -> int:
    """Frees claims that ran out and corrects what listings show. How many slots were wrong."""
    return places.sweep(db, clock.now() - timedelta(hours=1))
