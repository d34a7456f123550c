"""Delivering old events to a webhook again: one, or all of a time, in slices."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.referrals import events, model, store
from services.referrals.actions import telling
from services.referrals.actions.webhook import NoWebhook
from shared import audit, auth, clock, due, mongo, web

LANE = "replays"
SLICE = 50


def replay(db: Database, delivery_id: str, key: web.IdempotencyKey, actor: auth.Actor) -> tuple[model.Delivery, bool]:
    """A new delivery of the same event, under the same id. Raises ConsentWithdrawn, NoWebhook, web.KeyReused."""
    try:
        return _replay(db, delivery_id, key, actor)
    except DuplicateKeyError:
        return _replay(db, delivery_id, key, actor)  # another request with this key was faster: its answer


@mongo.transactional
def _replay(db: Database, delivery_id: str, key: web.IdempotencyKey, actor: auth.Actor) -> tuple[model.Delivery, bool]:
    made = store.delivery_by_request(db, key.scope)
    if made and made.request:
        key.check(made.request)
        return made, True
    _must_have_webhook(db, actor.id)
    event = store.partner_event(db, store.delivery(db, delivery_id, actor.id).event_id)
    if not _may_be_told(db, event):
        raise model.ConsentWithdrawn()
    audit.record(db, actor, "replay_delivery", delivery_id)
    return telling.tell_again(db, event, key.document()), False


def replay_many(
    db: Database, wanted: dict[str, Any], key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[dict[str, Any], bool]:
    """A job to follow. `wanted`: since, until, only_failed. Raises NoWebhook, web.KeyReused."""
    try:
        return _begin_job(db, wanted, key, actor)
    except DuplicateKeyError:
        return _begin_job(db, wanted, key, actor)


@mongo.transactional
def _begin_job(
    db: Database, wanted: dict[str, Any], key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[dict[str, Any], bool]:
    made = store.job_by_request(db, key.scope)
    if made:
        key.check(made["request"])
        return made, True
    _must_have_webhook(db, actor.id)
    job = {
        "_id": str(ObjectId()),
        "partner_id": actor.id,
        "since": wanted["since"],
        "until": wanted["until"] or clock.now(),
        "only_failed": wanted["only_failed"],
        "status": "running",
        "looked_at": 0,
        "delivering": 0,
        "reached": 0,
        "created_at": clock.now(),
        "request": key.document(),
    }
    store.add_job(db, job)
    due.add(db, "replay_webhooks", LANE, {"job_id": job["_id"]}, id=f"replay:{job['_id']}")
    audit.record(db, actor, "replay_deliveries", job["_id"])
    return job, False


@mongo.transactional
def replay_slice(db: Database, job_id: str) -> bool:
    """The next slice of a job; False when nothing is left."""
    job = store.job(db, job_id)
    if job["status"] != "running":
        return False
    slice_ = store.partner_events(db, job["partner_id"], job["reached"], None, SLICE)
    for event in slice_:
        job["looked_at"] += 1
        if _is_wanted(job, event["at"]) and _may_be_told(db, event) and not _had(db, job, event):
            telling.tell_again(db, event)
            job["delivering"] += 1
    is_over = len(slice_) < SLICE or slice_[-1]["at"] > job["until"]
    job |= {"reached": slice_[-1]["n"] if slice_ else job["reached"], "status": "done" if is_over else "running"}
    store.save_job(db, job)
    return not is_over


def _is_wanted(job: dict[str, Any], at: datetime) -> bool:
    return job["since"] <= at <= job["until"]


def _had(db: Database, job: dict[str, Any], event: dict[str, Any]) -> bool:
    return bool(job["only_failed"]) and store.is_delivered(db, event["_id"])


def _may_be_told(db: Database, event: dict[str, Any]) -> bool:
    if event["referral_id"] is None or event["type"] == events.PARTNER_WITHDRAWN:
        return True
    return store.referral(db, event["referral_id"]).consent.covers(event["partner_id"])


def _must_have_webhook(db: Database, partner_id: str) -> None:
    endpoint = store.endpoint(db, partner_id)
    if endpoint is None or not endpoint.is_enabled:
        raise NoWebhook()
