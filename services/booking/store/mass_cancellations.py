"""Mass cancellations: kept, found, counted on; and the appointments that each is about."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import model, refusals
from services.booking.model import mass_cancellation as rules
from services.booking.model.requests import ALLOCATED
from services.booking.store import requests
from services.booking.store.appointments import AlreadyThere, read_rows
from services.booking.store.rows import of

MOST_SHOWN = 500
COLLECTIONS: dict[str, list[IndexModel]] = {
    "mass_cancellations": [
        IndexModel([("request.scope", 1)], name="request_scope", unique=True),
        IndexModel([("office_id", 1), ("proposed_at", DESCENDING)], name="office"),
    ]
}


def add(db: Database, one: model.MassCancellation) -> None:
    """Raises AlreadyThere for a request that was here before."""
    try:
        db.mass_cancellations.insert_one(_row(one))
    except DuplicateKeyError:
        raise AlreadyThere(["request.scope"]) from None


def save(db: Database, changed: model.MassCancellation) -> None:
    """A decision, over the version that it was made on; what the work counts meanwhile stays. Raises Changed."""
    names = ("state", "version", "decided_by", "decided_at", "ended_at")
    as_read = {"_id": changed.id, "version": changed.version - 1}
    saved = db.mass_cancellations.update_one(as_read, {"$set": {name: getattr(changed, name) for name in names}})
    if not saved.matched_count:
        raise refusals.Changed()


def note(db: Database, id: str, change: dict[str, Any], states: tuple[str, ...] = (rules.RUNNING,)) -> bool:
    """What its work has come to, in the transaction of that work; False, and then nothing may be done, when it does
    not run any more."""
    return db.mass_cancellations.update_one({"_id": id, "state": {"$in": states}}, change).matched_count > 0


def get(db: Database, office_id: str, id: str) -> model.MassCancellation:
    """Raises UnknownMassCancellation, also for one of another office."""
    found = find(db, id)
    if found is None or found.office_id != office_id:
        raise refusals.UnknownMassCancellation()
    return found


def find(db: Database, id: str) -> model.MassCancellation | None:
    return _read(db.mass_cancellations.find_one({"_id": id}))


def by_request(db: Database, scope: str) -> model.MassCancellation | None:
    return _read(db.mass_cancellations.find_one({"request.scope": scope}))


def of_office(db: Database, office_id: str) -> list[model.MassCancellation]:
    """The last ones, newest first."""
    rows = db.mass_cancellations.find({"office_id": office_id}).sort("proposed_at", DESCENDING).limit(MOST_SHOWN)
    return [model.MassCancellation(**of(model.MassCancellation, row)) for row in rows]


def concerned(db: Database, one: model.MassCancellation, now: datetime, zone: str) -> list[dict[str, Any]]:
    """What would be cancelled now: rows of `pathway_id`, `day` (of the office), `count` of appointments, `soon`: how
    many of them begin within 24 hours, and `offered`: places that are offered and not confirmed."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    counted = (("count", "soon", db.appointments, _booked(one, now)), ("offered", "", db.requests, _offered(one, now)))
    for name, soon, collection, wanted in counted:
        for row in collection.aggregate(_by_day(wanted, now, zone)):
            by = row["_id"]
            each = rows.setdefault((by["pathway_id"], by["day"]), {**by, "count": 0, "soon": 0, "offered": 0})
            each |= {name: row["count"]} | ({soon: row["soon"]} if soon else {})
    return [rows[by] for by in sorted(rows)]


def _by_day(wanted: dict[str, Any], now: datetime, zone: str) -> list[dict[str, Any]]:
    day = {"$dateToString": {"date": "$starts_at", "format": "%Y-%m-%d", "timezone": zone}}
    soon = {"$cond": [{"$lt": ["$starts_at", now + rules.SOON]}, 1, 0]}
    group = {"_id": {"pathway_id": "$pathway_id", "day": day}, "count": {"$sum": 1}, "soon": {"$sum": soon}}
    return [{"$match": wanted}, {"$group": group}]


def how_many(db: Database, one: model.MassCancellation, now: datetime) -> int:
    """Appointments and offers."""
    return db.appointments.count_documents(_booked(one, now)) + how_many_offers(db, one, now)


def how_many_offers(db: Database, one: model.MassCancellation, now: datetime) -> int:
    return db.requests.count_documents(_offered(one, now))


def offers_of(db: Database, one: model.MassCancellation, now: datetime, limit: int) -> list[model.Request]:
    """Places there that were offered and are not confirmed, who would come soonest first."""
    return requests.read(db, _offered(one, now), [("starts_at", 1), ("_id", 1)], limit)


def next_of(db: Database, one: model.MassCancellation, now: datetime, limit: int) -> list[model.Appointment]:
    """Those still to be cancelled, who comes soonest first."""
    wanted = _booked(one, now, since=one.reached) | {"reference": {"$nin": list(one.failed)}}
    return read_rows(db.appointments.find(wanted).sort([("starts_at", 1), ("_id", 1)]).limit(limit))


def slots_of(db: Database, one: model.MassCancellation, now: datetime, limit: int) -> list[str]:
    """Ids of slots of which places can still be had."""
    pathways = [one.pathway_id] if one.pathway_id else db.slots.distinct("pathway_id", {"office_id": one.office_id})
    wanted = {"office_id": one.office_id, "pathway_id": {"$in": pathways}, "capacity": {"$gt": 0}}
    found = db.slots.find(wanted | {"starts_at": _to_come(one, now)}, {"_id": 1}).limit(limit)
    return [row["_id"] for row in found]


def _booked(one: model.MassCancellation, now: datetime, since: datetime | None = None) -> dict[str, Any]:
    wanted = {"office_id": one.office_id, "starts_at": _to_come(one, now, since), "status": model.BOOKED}
    return wanted | ({"pathway_id": one.pathway_id} if one.pathway_id else {})


def _offered(one: model.MassCancellation, now: datetime) -> dict[str, Any]:
    return _booked(one, now) | {"status": ALLOCATED}


def _to_come(one: model.MassCancellation, now: datetime, since: datetime | None = None) -> dict[str, datetime]:
    """What has begun is let be."""
    return {"$gte": max(one.begins_at, since or one.begins_at, now + timedelta(milliseconds=1)), "$lt": one.ends_at}


def _row(one: model.MassCancellation) -> dict[str, Any]:
    row = dataclasses.asdict(one)
    return {"_id": row.pop("id"), **row}


def _read(row: dict[str, Any] | None) -> model.MassCancellation | None:
    return model.MassCancellation(**of(model.MassCancellation, row)) if row else None
