"""Requests for a place: added, found, saved; the waitlist in its order."""

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import model, refusals
from services.booking.model import requests
from services.booking.store.appointments import AlreadyThere
from services.booking.store.rows import of
from shared import clock

IN_ORDER = [("waitlist", ASCENDING), ("ticket", ASCENDING), ("entry_id", ASCENDING)]  # nobody is beside another
COLLECTIONS: dict[str, list[IndexModel]] = {
    "requests": [
        IndexModel([("reference", ASCENDING)], name="reference", unique=True),
        IndexModel([("request.scope", ASCENDING)], name="request_scope", unique=True),
        IndexModel([("window_id", ASCENDING), ("entry_id", ASCENDING)], name="entry", unique=True),
        IndexModel([("window_id", ASCENDING), ("status", ASCENDING), *IN_ORDER], name="in_order"),
        IndexModel(
            [("office_id", ASCENDING), ("starts_at", ASCENDING)],
            name="offered",
            partialFilterExpression={"status": requests.ALLOCATED},
        ),
        IndexModel([("pathway_id", ASCENDING), ("created_at", ASCENDING)], name="asked"),
        IndexModel([("case_id", ASCENDING)], name="case"),
        IndexModel([("person_id", ASCENDING)], name="person"),
    ],
}


def add(db: Database, request: model.Request) -> None:
    """Raises AlreadyThere."""
    try:
        db.requests.insert_one(_row(request) | {"created_at": clock.now()})
    except DuplicateKeyError as error:
        raise AlreadyThere((error.details or {}).get("keyPattern", {})) from None


def get(db: Database, id: str) -> model.Request:
    return _one(db, {"_id": id})


def find(db: Database, reference: str) -> model.Request | None:
    row = db.requests.find_one({"reference": reference})
    return _request(row) if row else None


def with_reference(db: Database, reference: str) -> model.Request:
    return _one(db, {"reference": reference})


def by_request(db: Database, scope: str) -> model.Request | None:
    row = db.requests.find_one({"request.scope": scope})
    return _request(row) if row else None


def of_person(db: Database, person_id: str) -> list[model.Request]:
    return [_request(row) for row in db.requests.find({"person_id": person_id})]


def of_cases(db: Database, case_ids: Collection[str]) -> list[model.Request]:
    return [_request(row) for row in db.requests.find({"case_id": {"$in": list(case_ids)}})]


def of_entries(db: Database, window_id: str, entries: Sequence[str]) -> list[model.Request]:
    found = db.requests.find({"window_id": window_id, "entry_id": {"$in": list(entries)}})
    return [_request(row) for row in found]


def save(db: Database, *changed: model.Request) -> None:
    """Each only over the version that its change was decided on. Raises Changed."""
    updates = []
    for one in changed:
        row = _row(one)
        updates.append(UpdateOne({"_id": row.pop("_id"), "version": one.version - 1}, {"$set": row}))
    if updates and db.requests.bulk_write(updates).matched_count < len(updates):
        raise refusals.Changed()


def without_waiting(db: Database, window_id: str, after: str, limit: int) -> list[model.Request]:
    """Entered, and it is not noted yet how long they have waited: the next by entry."""
    wanted = {"window_id": window_id, "entry_id": {"$gt": after}, "entered": True, "waited": None}
    return [_request(row) for row in db.requests.find(wanted, sort=[("entry_id", ASCENDING)], limit=limit)]


def entered(db: Database, window_id: str) -> Iterator[model.Request]:
    """By entry, as they are published."""
    wanted = {"window_id": window_id, "entered": True}
    return (_request(row) for row in db.requests.find(wanted, sort=[("entry_id", ASCENDING)], batch_size=2000))


def counted(db: Database, window_id: str) -> Iterator[dict[str, Any]]:
    """Of each entry what the figures of a draw are counted from."""
    fields = {"_id": 0, "entry_id": 1, "offices": 1, "language": 1, "waited": 1}
    return iter(db.requests.find({"window_id": window_id, "entered": True}, fields, batch_size=5000))


def how_many(db: Database, window_id: str) -> dict[str, int]:
    """How many requests of a window there are, by status."""
    by_status = {"$group": {"_id": "$status", "requests": {"$sum": 1}}}
    return {
        row["_id"]: row["requests"] for row in db.requests.aggregate([{"$match": {"window_id": window_id}}, by_status])
    }


def next_in_line(
    db: Database, slot_choices: Collection[str], window_id: str, free: int, needs: Collection[str] = ()
) -> model.Request | None:
    """The first on the waitlist whom `free` places there suit; with `needs`, the first who states one of them."""
    wanted: dict[str, Any] = {
        "window_id": window_id,
        "status": requests.WAITLISTED,
        "choices": {"$in": list(slot_choices)},
        "places": {"$lte": free},
    }
    if needs:
        wanted["needs"] = {"$in": list(needs)}
    row = db.requests.find_one(wanted, sort=IN_ORDER, hint="in_order")
    return _request(row) if row else None


def waitlisted(db: Database, window_id: str, limit: int) -> list[model.Request]:
    found = db.requests.find({"window_id": window_id, "status": requests.WAITLISTED})
    return [_request(row) for row in found.sort(IN_ORDER).limit(limit)]


def given(db: Database, window_id: str) -> dict[str, int]:
    """How many places those who state a need have now, by need."""
    has_one = {
        "window_id": window_id,
        "status": {"$in": [requests.ALLOCATED, requests.CONFIRMED]},
        "needs.0": {"$exists": True},
    }
    places = {"$group": {"_id": "$needs", "places": {"$sum": "$places"}}}
    return {
        row["_id"]: row["places"] for row in db.requests.aggregate([{"$match": has_one}, {"$unwind": "$needs"}, places])
    }


def read(db: Database, wanted: dict[str, Any], sort: list[tuple[str, int]], limit: int) -> list[model.Request]:
    return [_request(row) for row in db.requests.find(wanted, sort=sort, limit=limit)]


def _one(db: Database, wanted: dict[str, Any]) -> model.Request:
    row = db.requests.find_one(wanted)
    if row is None:
        raise refusals.UnknownRequest()
    return _request(row)


def _row(request: model.Request) -> dict[str, Any]:
    row = {one.name: getattr(request, one.name) for one in dataclasses.fields(request)}
    return {"_id": row.pop("id"), **row, "choices": request.choices}


def _request(row: dict[str, Any]) -> model.Request:
    values = of(model.Request, row)
    return model.Request(**{**values, "adults": tuple(tuple(one) for one in row["adults"])})
