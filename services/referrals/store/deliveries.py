"""Deliveries to webhooks with their attempts, and the jobs that replay many of them."""

from dataclasses import asdict
from typing import Any

from pymongo.database import Database

from services.referrals import model
from shared import errors
from shared.errors import N_


class NoSuchDelivery(errors.NotFound):
    code = "delivery-not-found"
    title = N_("No such delivery")
    detail = N_("There is no delivery with this id among yours.")


class NoSuchReplay(errors.NotFound):
    code = "replay-not-found"
    title = N_("No such replay")
    detail = N_("There is no replay with this id among yours.")


def delivery(db: Database, delivery_id: str, partner_id: str | None = None) -> model.Delivery:
    query = {"_id": delivery_id} | ({"partner_id": partner_id} if partner_id else {})
    found = db.deliveries.find_one(query)
    if found is None:
        raise NoSuchDelivery()
    return _load(found)


def delivery_by_request(db: Database, scope: str) -> model.Delivery | None:
    found = db.deliveries.find_one({"request.scope": scope})
    return _load(found) if found else None


def add_delivery(db: Database, delivery: model.Delivery) -> None:
    db.deliveries.insert_one(_dump(delivery))


def save_delivery(db: Database, delivery: model.Delivery) -> None:
    db.deliveries.replace_one({"_id": delivery.id}, _dump(delivery))


def deliveries(
    db: Database, partner_id: str, state: str | None, before: str | None, limit: int
) -> list[model.Delivery]:
    """Newest first: ids grow with time."""
    query: dict[str, Any] = {"partner_id": partner_id} | ({"state": state} if state else {})
    if before:
        query["_id"] = {"$lt": before}
    return [_load(found) for found in db.deliveries.find(query).sort("_id", -1).limit(limit)]


def deliveries_waiting(db: Database, referral_id: str) -> list[model.Delivery]:
    waiting = {"referral_id": referral_id, "state": model.WAITING}
    return [_load(found) for found in db.deliveries.find(waiting)]


def is_earlier_waiting(db: Database, delivery: model.Delivery) -> bool:
    """Has this partner still to be told something older of the same referral?"""
    query = {
        "referral_id": delivery.referral_id,
        "partner_id": delivery.partner_id,
        "state": model.WAITING,
        "n": {"$lt": delivery.n},
        "is_replay": False,
    }
    return db.deliveries.find_one(query, {"_id": 1}) is not None


def is_delivered(db: Database, event_id: str) -> bool:
    return db.deliveries.find_one({"event_id": event_id, "state": model.DELIVERED}, {"_id": 1}) is not None


def job(db: Database, job_id: str, partner_id: str | None = None) -> dict[str, Any]:
    found = db.replays.find_one({"_id": job_id} | ({"partner_id": partner_id} if partner_id else {}))
    if found is None:
        raise NoSuchReplay()
    return found


def job_by_request(db: Database, scope: str) -> dict[str, Any] | None:
    return db.replays.find_one({"request.scope": scope})


def add_job(db: Database, job: dict[str, Any]) -> None:
    db.replays.insert_one(job)


def save_job(db: Database, job: dict[str, Any]) -> None:
    db.replays.replace_one({"_id": job["_id"]}, job)


def _dump(delivery: model.Delivery) -> dict[str, Any]:
    document = asdict(delivery)
    document["_id"] = document.pop("id")
    if delivery.request is None:
        del document["request"]
    return document


def _load(found: dict[str, Any]) -> model.Delivery:
    values = dict(found)
    attempts = tuple(model.Attempt(**attempt) for attempt in values.pop("attempts"))
    return model.Delivery(id=values.pop("_id"), attempts=attempts, **values)
