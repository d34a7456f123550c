"""Booking's collections: indexes, add, get, save, queries. What a place is and how it is claimed: places.py."""

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.booking import contacts, model, people, places, refusals
from services.booking.model.calendar import wall
from shared import clock, codes, mongo

REQUESTS = "request_scope"
ONE_LIVE = "one_live_per_person_and_pathway"

COLLECTIONS: dict[str, list[IndexModel]] = {
    "pathways": [],
    "offices": [],
    "partners": [],
    "appointments": [
        IndexModel([("reference", ASCENDING)], name="reference", unique=True),
        IndexModel([("request.scope", ASCENDING)], name=REQUESTS, unique=True),
        IndexModel([("case_id", ASCENDING)], name="case"),
        IndexModel([("person_id", ASCENDING)], name="person"),
        IndexModel([("office_id", ASCENDING), ("starts_at", ASCENDING), ("_id", ASCENDING)], name="day"),
        IndexModel(
            [("pathway_id", ASCENDING), ("fingerprints", ASCENDING)],
            name=ONE_LIVE,
            unique=True,
            partialFilterExpression={"live": True},
        ),
        IndexModel(
            [("referrals.request.scope", ASCENDING)],
            name="referral_request_scope",
            unique=True,
            partialFilterExpression={"referrals.request.scope": {"$exists": True}},
        ),
    ],
    **people.COLLECTIONS,
    **contacts.COLLECTIONS,
    **places.COLLECTIONS,
}


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
    return [model.Partner(**_of(model.Partner, row)) for row in db.partners.find().sort([("order", 1), ("_id", 1)])]


def slot(db: Database, id: str) -> model.Slot:
    """Raises SlotGone."""
    found = slots(db, [id])
    if not found:
        raise refusals.SlotGone()
    return found[0]


def slots(db: Database, ids: Iterable[str]) -> list[model.Slot]:
    """Those of them that there are."""
    return [_slot(row) for row in db.slots.find({"_id": {"$in": list(ids)}})]


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


def _free(
    db: Database, at: model.Office, pathway_id: str, from_: date, to: date, fields: dict[str, int] | None = None
) -> list[dict[str, Any]]:
    if not at.intake.is_open(clock.now()):
        return []
    begin, end = wall.day_bounds(at.timezone, from_)[0], wall.day_bounds(at.timezone, to)[1]
    earliest, latest = at.limits_of(pathway(db, pathway_id)).window(clock.now(), at.timezone)
    wanted = {
        "office_id": at.id,
        "pathway_id": pathway_id,
        "starts_at": {"$gte": max(begin, earliest), "$lt": min(end, latest)},
        "free": {"$gt": 0},
    }
    return list(db.slots.find(wanted, fields, sort=[("starts_at", ASCENDING)], batch_size=1000))


def find(db: Database, reference: str) -> model.Appointment | None:
    row = db.appointments.find_one({"reference": reference})
    return _appointment(row) if row else None


def case_of(db: Database, reference: str) -> str | None:
    """The case of a reference as people type it."""
    row = db.appointments.find_one({"reference": codes.read_reference(reference)}, {"case_id": 1})
    return row["case_id"] if row else None


def appointment(db: Database, reference: str) -> model.Appointment:
    found = find(db, reference)
    if found is None:
        raise refusals.UnknownAppointment()
    return found


def of_case(db: Database, case_id: str) -> model.Appointment:
    row = db.appointments.find_one({"case_id": case_id})
    if row is None:
        raise LookupError(f"no appointment of case {case_id}")
    return _appointment(row)


def of_person(db: Database, person_id: str) -> list[model.Appointment]:
    return [_appointment(row) for row in db.appointments.find({"person_id": person_id})]


def of_slot(db: Database, slot_id: str, office_id: str, starts_at: datetime) -> list[model.Appointment]:
    wanted = {"office_id": office_id, "starts_at": starts_at, "slot_id": slot_id}
    return [_appointment(row) for row in db.appointments.find(wanted)]


def by_requests(db: Database, scopes: Sequence[str]) -> list[model.Appointment]:
    """What these requests made; nothing of one that has made nothing."""
    return [_appointment(row) for row in db.appointments.find({"request.scope": {"$in": list(scopes)}})]


def live_with(db: Database, pathway_id: str, fingerprints: tuple[str, ...]) -> list[model.Appointment]:
    wanted = {"live": True, "pathway_id": pathway_id, "fingerprints": {"$in": list(fingerprints)}}
    return [_appointment(row) for row in db.appointments.find(wanted)]


class AlreadyThere(Exception):
    """Another appointment has what only one may have: the fields of `unique`."""

    def __init__(self, unique: Iterable[str]) -> None:
        super().__init__(*unique)
        self.unique = tuple(unique)


def add(db: Database, *appointments: model.Appointment) -> None:
    """Raises AlreadyThere."""
    now = clock.now()
    try:
        db.appointments.insert_many([_row(one) | {"created_at": now} for one in appointments])
    except BulkWriteError as error:
        unique = mongo.violated(error)
        if unique is None:
            raise
        raise AlreadyThere(unique) from None


def save(db: Database, appointment: model.Appointment) -> None:
    """Only over the version that the change was decided on. Raises Changed."""
    row = _row(appointment)
    saved = db.appointments.update_one({"_id": row.pop("_id"), "version": appointment.version - 1}, {"$set": row})
    if not saved.matched_count:
        raise refusals.Changed()


def day(db: Database, office_id: str, date: date) -> list[dict[str, Any]]:
    """The day's list of an office, by start: `appointment` and its `person`, opened (None when erased)."""
    begin, end = wall.day_bounds(office(db, office_id).timezone, date)
    wanted = {"office_id": office_id, "starts_at": {"$gte": begin, "$lt": end}}
    found = [_appointment(row) for row in db.appointments.find(wanted).sort([("starts_at", 1), ("_id", 1)])]
    opened = people.opened(db, [one.person_id for one in found])
    return [{"appointment": one, "person": opened.get(one.person_id)} for one in found]


def _row(appointment: model.Appointment) -> dict[str, Any]:
    row = vars(appointment) | {"referrals": [dataclasses.asdict(one) for one in appointment.referrals]}
    return {"_id": row.pop("id"), **row, "live": appointment.live}


def _appointment(row: dict[str, Any]) -> model.Appointment:
    values = _of(model.Appointment, row)
    referrals = tuple(_referral(one) for one in row.get("referrals", ()))
    return model.Appointment(**{**values, "referrals": referrals})


def _referral(row: dict[str, Any]) -> model.Referral:
    values = _of(model.Referral, row)
    return model.Referral(**{**values, "consent": model.Consent(**_of(model.Consent, row["consent"]))})


def _pathway(row: dict[str, Any]) -> model.Pathway:
    return model.Pathway(**_of(model.Pathway, row))


def _office(row: dict[str, Any]) -> model.Office:
    values = _of(model.Office, row)
    intake = model.Intake(**_of(model.Intake, row.get("intake") or {}))
    return model.Office(**{**values, "intake": intake})


def _slot(row: dict[str, Any]) -> model.Slot:
    return model.Slot(**_of(model.Slot, row))


def _of(kind: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The fields of a dataclass in a document: fields it does not know (of newer code) are left out."""
    source = {**row, "id": row["_id"]} if "_id" in row else row
    return {
        name: tuple(source[name]) if isinstance(source[name], list) else source[name]
        for name in _names(kind)
        if name in source
    }


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in dataclasses.fields(kind))
