"""What keeps booking's own data in order: what is offered, slots ahead, the advice about free places."""

import dataclasses
import hashlib
import json
from datetime import timedelta
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.booking import calendar_schemas, model, pathway_schemas, places, refusals, renewal, store
from services.booking.model import calendar
from shared import clock, due

Row = dict[str, Any]
LANE, MOVE = "upkeep", "move_concerned"
SECOND_THOUGHTS = timedelta(minutes=10)  # in which a calendar that was wrong is put right, and nobody is moved
CALENDAR_NAMES = calendar_schemas.CALENDAR.fields.keys() - {"id"}
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


def set_calendar(db: Database, office_id: str, said: Row, seen: str | None = None) -> renewal.Renewal:
    """What a file or a form says of an office's opening hours, holidays, exceptions and limits; what it does not name
    stays. Nobody loses an appointment by it: whom it concerns says `renewal.concerned`, and they are moved. Raises
    marshmallow.ValidationError; Changed, when somebody else has changed meanwhile what it was checked with, or `seen`,
    the version that somebody looked at before they changed it."""
    _write_calendar(db, office_id, said, seen)
    return _renew(db, office_id)


def _renew(db: Database, office_id: str) -> renewal.Renewal:
    """Whom it concerns is moved a little later, as far as there are other times (actions/moving.py)."""
    renewed = renewal.renew(db, office_id)
    if renewal.concerned(db, office_id):
        at = clock.now() + SECOND_THOUGHTS
        due.add(db, MOVE, LANE, {"office": office_id}, due_at=at, id=f"{MOVE}.{office_id}.{at:%Y%m%dT%H%M}")
    return renewed


def close(db: Database, office_id: str, closed: list[Row]) -> None:
    """Adds times on which the office is closed; extra days that lie there go. Slots that are there stay for the caller
    to withdraw. May run again. Raises as `set_calendar` does."""
    exceptions = store.office(db, office_id).exceptions
    new = [row for row in closed if row not in exceptions.get("closed", [])]
    if new:
        _write_calendar(db, office_id, {"exceptions": calendar.closed_too(exceptions, new)})


def would_concern(db: Database, office_id: str, said: Row) -> tuple[list[model.Appointment], str]:
    """Whom such a calendar would concern, as things stand, by start, and the version that it would change. Raises
    marshmallow.ValidationError."""
    known = _calendar_of(db, office_id)
    checked = calendar_schemas.CALENDAR.load({"id": office_id, **known, **said})
    office = dataclasses.replace(store.office(db, office_id), **{name: checked[name] for name in said})
    return renewal.would_concern(db, office), _version(known)


def calendar_version(db: Database, office_id: str) -> str:
    return _version(_calendar_of(db, office_id))


def _version(known: Row) -> str:
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:32]


def _calendar_of(db: Database, office_id: str) -> Row:
    row = db.offices.find_one({"_id": office_id})
    if row is None:
        raise refusals.UnknownOffice()
    return {name: row[name] for name in CALENDAR_NAMES & row.keys()}


def _write_calendar(db: Database, office_id: str, said: Row, seen: str | None = None) -> None:
    known, names = _calendar_of(db, office_id), CALENDAR_NAMES
    if seen is not None and seen != _version(known):
        raise refusals.Changed()
    checked = calendar_schemas.CALENDAR.load({"id": office_id, **known, **said})
    as_read = {"_id": office_id, **dict.fromkeys(names), **known}
    changed = db.offices.update_one(as_read, {"$set": {name: checked[name] for name in names & said.keys()}})
    if not changed.matched_count:
        raise refusals.Changed()


def set_mode(db: Database, pathway_id: str, mode: str) -> None:
    """Whoever has an appointment keeps it; its places are drawn from the first window on."""
    if not db.pathways.update_one({"_id": pathway_id}, {"$set": {"mode": mode}}).matched_count:
        raise refusals.UnknownPathway()


def renew_slots(db: Database) -> renewal.Renewal:
    """Slots of every office as its calendar gives them, from now to the horizon of each pathway; new ones wherever
    intake is not closed."""
    return sum((_renew(db, office.id) for office in store.offices(db)), renewal.Renewal())


def wake_places(db: Database) -> int:
    """Places whose rest is over, or whose hold ran out, are free again and counted; what was held back for walk-ins is
    everybody's when its time has come. How many of the former."""
    places.open_walk_ins(db, clock.now())
    return places.wake(db)


def count_places(db: Database) -> int:
    """Frees claims that ran out and corrects what listings show. How many slots were wrong."""
    return places.sweep(db, clock.now() - timedelta(hours=1))
