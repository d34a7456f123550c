"""What is offered: pathways, offices, partners, slots."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from services.booking import intakes, model, places, refusals
from services.booking.model.calendar import wall
from services.booking.store.rows import of
from shared import clock

COLLECTIONS: dict[str, list[IndexModel]] = {"pathways": [], "offices": [], "partners": []}


def pathways(db: Database) -> list[model.Pathway]:
    return [_pathway(row) for row in db.pathways.find().sort([("order", 1), ("_id", 1)])]


def pathway(db: Database, id: str) -> model.Pathway:
    row = db.pathways.find_one({"_id": id})
    if row is None:
        raise refusals.UnknownPathway()
    return _pathway(row)


def offices(db: Database, pathway: str | None = None) -> list[model.Office]:
    wanted = {"pathways": pathway} if pathway else {}
    return [_office(row) for row in db.offices.find(wanted).sort([("order", 1), ("_id", 1)])]


def office(db: Database, id: str) -> model.Office:
    row = db.offices.find_one({"_id": id})
    if row is None:
        raise refusals.UnknownOffice()
    return _office(row)


def partners(db: Database) -> list[model.Partner]:
    return [model.Partner(**of(model.Partner, row)) for row in db.partners.find().sort([("order", 1), ("_id", 1)])]


def slot(db: Database, id: str) -> model.Slot:
    """Raises SlotGone."""
    found = slots(db, [id])
    if not found:
        raise refusals.SlotGone()
    return found[0]


def slots(db: Database, ids: Iterable[str]) -> list[model.Slot]:
    """Those of them that there are."""
    return [_slot(row) for row in db.slots.find({"_id": {"$in": list(ids)}})]


def slots_between(
    db: Database, pathway_id: str, offices: Iterable[str], starts: datetime, ends: datetime
) -> list[model.Slot]:
    """Those of a pathway at some offices that begin in that time."""
    wanted = {"office_id": {"$in": list(offices)}, "pathway_id": pathway_id, "starts_at": {"$gte": starts, "$lt": ends}}
    return [_slot(row) for row in db.slots.find(wanted).sort([("starts_at", ASCENDING), ("_id", ASCENDING)])]


def free_slots(db: Database, office_id: str, pathway_id: str, from_: date, to: date) -> list[model.Slot]:
    """Times still free, by start, from the day `from_` through the day `to` of the office, as far as they may be booked
    now (model/limits.py). The count is advice and may be a second old."""
    return [_slot(row) for row in _free(db, office(db, office_id), pathway_id, from_, to)]


def free_times(db: Database, at: model.Office, pathway_id: str, from_: date, to: date) -> list[dict[str, Any]]:
    """The same as programs are told it, by the hundred: the fields of answers.SlotOut, written already."""
    found = _free(db, at, pathway_id, from_, to, {"starts_at": 1, "ends_at": 1, "timezone": 1, "free": 1})
    return [
        {
            "id": row["_id"],
            "starts_at": clock.rfc3339(row["starts_at"]),
            "ends_at": clock.rfc3339(row["ends_at"]),
            "timezone": row["timezone"],
            "free": row["free"],
        }
        for row in found
    ]


def free_later(db: Database, office_id: str, pathway_id: str, most: int) -> list[model.Slot]:
    """Times to come with a free place, by start, whatever the public may book: for who has to be moved."""
    wanted = {"office_id": office_id, "pathway_id": pathway_id, "starts_at": {"$gt": clock.now()}, "free": {"$gt": 0}}
    found = db.slots.find(wanted | {"capacity": {"$gt": 0}}, sort=[("starts_at", ASCENDING)], limit=most)
    return [_slot(row) for row in found]


def free_at_the_desk(db: Database, at: model.Office, pathway_id: str, on: date) -> list[model.Slot]:
    """What staff may book on a day of the office: every time that is not over yet with a free place, whatever intake
    and notice say to the public, or with one that is held back for who walks in."""
    begin, end = wall.day_bounds(at.timezone, on)
    wanted = {
        "office_id": at.id,
        "pathway_id": pathway_id,
        "starts_at": {"$gte": begin, "$lt": end},
        "ends_at": {"$gt": clock.now()},
        "$or": [{"free": {"$gt": 0}}, {"walk_ins": {"$gt": 0}}],
    }
    found = [_slot(row) for row in db.slots.find(wanted, sort=[("starts_at", ASCENDING)])]
    left = places.held_back(db, [slot.id for slot in found if slot.walk_ins])
    there = [replace(slot, walk_ins=left[slot.id]) for slot in found]
    return [slot for slot in there if slot.free > 0 or slot.walk_ins]


def _free(
    db: Database, at: model.Office, pathway_id: str, from_: date, to: date, fields: dict[str, int] | None = None
) -> list[dict[str, Any]]:
    if not intakes.takes(db, at, pathway_id):
        return []
    begin, end = wall.day_bounds(at.timezone, from_)[0], wall.day_bounds(at.timezone, to)[1]
    wanted_pathway = pathway(db, pathway_id)
    if wanted_pathway.mode == model.REQUEST_WINDOW:
        return []  # what is free there is drawn, or the office's
    earliest, latest = at.limits_of(wanted_pathway).window(clock.now(), at.timezone)
    wanted = {
        "office_id": at.id,
        "pathway_id": pathway_id,
        "starts_at": {"$gte": max(begin, earliest), "$lt": min(end, latest)},
        "free": {"$gt": 0},
    }
    return list(db.slots.find(wanted, fields, sort=[("starts_at", ASCENDING)], batch_size=1000))


def _pathway(row: dict[str, Any]) -> model.Pathway:
    return model.Pathway(**of(model.Pathway, row))


def _office(row: dict[str, Any]) -> model.Office:
    values = of(model.Office, row)
    own = {pathway: _intake(one) for pathway, one in (row.get("intakes") or {}).items()}
    return model.Office(**{**values, "intake": _intake(row.get("intake")), "intakes": own})


def _intake(row: dict[str, Any] | None) -> model.Intake:
    return model.Intake(**of(model.Intake, row or {}))


def _slot(row: dict[str, Any]) -> model.Slot:
    return model.Slot(**of(model.Slot, row))
