"""Appointments: added, found, saved."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.booking import model, people, refusals
from services.booking.model.calendar import wall
from services.booking.store.offered import office
from services.booking.store.rows import of
from shared import clock, codes, mongo

REQUESTS = "request_scope"
ONE_LIVE = "one_live_per_person_and_pathway"
COLLECTIONS: dict[str, list[IndexModel]] = {
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
            [("office_id", ASCENDING), ("pathway_id", ASCENDING), ("starts_at", ASCENDING)],
            name="first_in_line",
            partialFilterExpression={"waits": True},
        ),
        IndexModel([("kept.answer_by", ASCENDING)], name="kept", sparse=True),
        IndexModel([("kept.slot_id", ASCENDING)], name="kept_there", sparse=True),
        IndexModel(
            [("referrals.request.scope", ASCENDING)],
            name="referral_request_scope",
            unique=True,
            partialFilterExpression={"referrals.request.scope": {"$exists": True}},
        ),
    ],
}


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


def save_all(db: Database, appointments: Sequence[model.Appointment]) -> None:
    """The same for several at once. Raises Changed when one of them was changed meanwhile."""
    rows = [_row(one) for one in appointments]
    saved = [UpdateOne({"_id": row.pop("_id"), "version": row["version"] - 1}, {"$set": row}) for row in rows]
    if db.appointments.bulk_write(saved, ordered=False).matched_count < len(saved):
        raise refusals.Changed()


def day(db: Database, office_id: str, date: date) -> list[dict[str, Any]]:
    """The day's list of an office, by start: `appointment` and its `person`, opened (None when erased)."""
    begin, end = wall.day_bounds(office(db, office_id).timezone, date)
    wanted = {"office_id": office_id, "starts_at": {"$gte": begin, "$lt": end}}
    found = [_appointment(row) for row in db.appointments.find(wanted).sort([("starts_at", 1), ("_id", 1)])]
    opened = people.opened(db, [one.person_id for one in found])
    return [{"appointment": one, "person": opened.get(one.person_id)} for one in found]


def read_rows(rows: Iterable[dict[str, Any]]) -> list[model.Appointment]:
    return [_appointment(row) for row in rows]


def _row(appointment: model.Appointment) -> dict[str, Any]:
    row = vars(appointment) | {"referrals": [dataclasses.asdict(one) for one in appointment.referrals]}
    row |= {"kept": vars(appointment.kept)} if appointment.kept else {}
    waits = appointment.waits_until is not None and appointment.kept is None
    # the place alone: for earlier releases, which run beside this one for a while
    return {"_id": row.pop("id"), **row, "place_id": appointment.place_id, "live": appointment.live, "waits": waits}


def _appointment(row: dict[str, Any]) -> model.Appointment:
    values = of(model.Appointment, row)
    referrals = tuple(_referral(one) for one in row.get("referrals", ()))
    places = values.get("place_ids") or (row["place_id"],)  # written by an earlier release
    kept = model.Kept(**of(model.Kept, row["kept"])) if row.get("kept") else None
    return model.Appointment(**{**values, "place_ids": places, "referrals": referrals, "kept": kept})


def _referral(row: dict[str, Any]) -> model.Referral:
    values = of(model.Referral, row)
    return model.Referral(**{**values, "consent": model.Consent(**of(model.Consent, row["consent"]))})
