"""Pilots: kept and found; and what happened in one, counted by the database."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import model, refusals, refused
from services.booking.model import pilot as rules
from services.booking.model import requests
from services.booking.store.appointments import AlreadyThere
from services.booking.store.offered import offices
from services.booking.store.rows import of

COLLECTIONS: dict[str, list[IndexModel]] = {
    "pilots": [
        IndexModel([("request.scope", 1)], name="request_scope", unique=True),
        IndexModel([("made_at", DESCENDING)], name="made_at"),
    ]
}
MOST_SHOWN = 500
DAY_MS = 24 * 3600 * 1000
OUTCOMES = {"accepted": "accepted", "completed": "completed", "unplaced": "not_placed", "withdrawn": "withdrawn"}
REQUESTS = {
    requests.ALLOCATED: "request_drawn",
    requests.CONFIRMED: "request_confirmed",
    requests.RECEIVED: "request_waiting",
    requests.WAITLISTED: "request_waiting",
}
WEEK = {
    "$dateToString": {
        "date": {
            "$dateTrunc": {"date": "$starts_at", "unit": "week", "startOfWeek": "monday", "timezone": "$timezone"}
        },
        "format": "%Y-%m-%d",
        "timezone": "$timezone",
    }
}
GROUPS = {"office": "$office_id", "pathway": "$pathway_id", "language": "$language", "week": WEEK}
Row = dict[str, Any]


def add(db: Database, one: model.Pilot) -> None:
    """Raises AlreadyThere for a request that was here before."""
    row = dataclasses.asdict(one) | {name: getattr(one, name).isoformat() for name in ("first", "last", "opens_on")}
    try:
        db.pilots.insert_one({"_id": row.pop("id"), **row})
    except DuplicateKeyError:
        raise AlreadyThere(["request.scope"]) from None


def get(db: Database, id: str) -> model.Pilot:
    row = db.pilots.find_one({"_id": id})
    if row is None:
        raise refusals.UnknownPilot()
    return _read(row)


def by_request(db: Database, scope: str) -> model.Pilot | None:
    row = db.pilots.find_one({"request.scope": scope})
    return _read(row) if row else None


def all_of_them(db: Database) -> list[model.Pilot]:
    """Newest first."""
    return [_read(row) for row in db.pilots.find().sort("made_at", DESCENDING).limit(MOST_SHOWN)]


def counted(db: Database, one: model.Pilot) -> dict[str, dict[str, rules.Counted]]:
    """By dimension and group. A few commands, each over the appointments (slots, requests) of the pilot's offices in
    its time, by their index; what comes back is counts."""
    within = _within(db, one)
    if not within:
        return {}
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    waited: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    places: Counter[tuple[str, str]] = Counter()
    for dimension, row in _appointments(db, one, within):
        key, number = (dimension, row["group"]), row["count"]
        counts[key].update({"booked": number, _kind(row): number})
        waited[key][max(int(row["days"]), 0)] += number
    for dimension, row in _referrals(db, one, within):
        kind = f"referral_{OUTCOMES.get(row['status'], 'open')}"
        counts[dimension, row["group"]].update({"referred": row["count"], kind: row["count"]})
    for dimension, row in _places(db, one, within):
        places[dimension, row["group"]] += row["count"]
    for dimension, row in _requests(db, one, within):
        kind = REQUESTS.get(row["status"], "request_without")
        counts[dimension, row["group"]].update({"asked": row["count"], kind: row["count"]})
    without = _refused(db, one)
    found: dict[str, dict[str, rules.Counted]] = defaultdict(dict)
    for dimension, group in {*counts, *places, *without}:
        key = (dimension, group)
        found[dimension][group] = rules.Counted(counts[key], waited[key], places[key], without[key])
    return found


def _within(db: Database, one: model.Pilot) -> list[Row]:
    taking_part = [office for office in offices(db) if office.id in one.offices]
    bounds = {office.id: one.bounds(office.timezone) for office in taking_part}
    return [{"office_id": id, "starts_at": {"$gte": begin, "$lt": end}} for id, (begin, end) in bounds.items()]


def _kind(row: Row) -> str:
    if row["status"] == model.CANCELLED:
        return f"cancelled_by_{row['by']}"
    return row["status"] if row["status"] in (model.ATTENDED, model.MISSED) else "to_come"


def _appointments(db: Database, one: model.Pilot, within: list[Row]) -> Any:
    days = {"$floor": {"$divide": [{"$subtract": ["$starts_at", "$created_at"]}, DAY_MS]}}
    by = {"$cond": [{"$eq": ["$status", model.CANCELLED]}, {"$last": "$history.by"}, ""]}
    kinds: Row = {"status": "$status", "by": by, "days": days}
    return _by_group(db.appointments, one, within, [], kinds, GROUPS)


def _referrals(db: Database, one: model.Pilot, within: list[Row]) -> Any:
    with_some: list[Row] = [{"$match": {"referrals.0": {"$exists": True}}}, {"$unwind": "$referrals"}]
    return _by_group(db.appointments, one, within, with_some, {"status": "$referrals.status"}, GROUPS)


def _requests(db: Database, one: model.Pilot, within: list[Row]) -> Any:
    """In request windows; by the office of the place, or that which was named first, and by when they asked."""
    zones = {office.id: office.timezone for office in offices(db)}
    begin = min(row["starts_at"]["$gte"] for row in within)
    end = max(row["starts_at"]["$lt"] for row in within)
    named: list[Row] = [
        {"$match": {"pathway_id": {"$in": list(one.pathways)}, "created_at": {"$gte": begin, "$lt": end}}},
        {"$set": {"office_id": {"$ifNull": ["$office_id", {"$first": "$offices"}]}, "starts_at": "$created_at"}},
        {"$set": {"timezone": _of_office(zones, [row["office_id"] for row in within])}},
    ]
    return _by_group(db.requests, one, within, [], {"status": "$status"}, GROUPS, before=named)


def _of_office(zones: dict[str, str], of_it: list[str]) -> Row:
    branches = [{"case": {"$eq": ["$office_id", id]}, "then": zones[id]} for id in of_it]
    return {"$switch": {"branches": branches, "default": "UTC"}}


def _refused(db: Database, one: model.Pilot) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for office, pathway, week, number in refused.counted(db, one.offices, one.pathways, one.first, one.last):
        found.update({("office", office): number, ("pathway", pathway): number, ("week", week): number})
    return found


def _places(db: Database, one: model.Pilot, within: list[Row]) -> Any:
    groups = {name: GROUPS[name] for name in GROUPS if name != "language"}
    return _by_group(db.slots, one, within, [], {"capacity": "$capacity"}, groups, weight="$_id.capacity")


def _by_group(
    collection: Any,
    one: model.Pilot,
    within: list[Row],
    first: list[Row],
    kinds: Row,
    groups: Row,
    weight: Any = 1,
    before: Sequence[Row] = (),
) -> Any:
    """Counted once for all groups together, then added up for each dimension, all in the database."""
    match = {"$match": {"$or": within, "pathway_id": {"$in": list(one.pathways)}}}
    fine = {"$group": {"_id": {**kinds, **groups}, "count": {"$sum": 1}}}
    told = {name: f"$_id.{name}" for name in kinds}
    number = "$count" if weight == 1 else {"$multiply": ["$count", weight]}
    facets = {
        name: [{"$group": {"_id": {"group": f"$_id.{name}", **told}, "count": {"$sum": number}}}] for name in groups
    }
    (found,) = collection.aggregate([*before, match, *first, fine, {"$facet": facets}], allowDiskUse=True)
    return [(name, row["_id"] | {"count": row["count"]}) for name in groups for row in found[name]]


def _read(row: Row) -> model.Pilot:
    values = of(model.Pilot, row)
    dates = {name: date.fromisoformat(values[name]) for name in ("first", "last", "opens_on")}
    plan = tuple(rules.Planned(**planned) for planned in values["plan"])
    return model.Pilot(**{**values, **dates, "plan": plan})
