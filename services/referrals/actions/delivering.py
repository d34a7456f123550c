"""One attempt at a webhook: what is to be sent is looked up at that very moment; what came of it is noted."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from services.referrals import events, model, store
from services.referrals.actions import telling
from shared import clock, due, mongo

DISABLED = "webhook-disabled"


@dataclass(frozen=True)
class Dispatch:
    """All that an attempt needs. Its secrets never reach a log."""

    delivery: model.Delivery
    url: str
    secrets: tuple[str, ...]
    body: dict[str, Any]


def begin_delivery(db: Database, delivery_id: str) -> Dispatch | None:
    """None: it is not to be sent any more. Raises due.Later while an earlier event of the case waits, due.GiveUp."""
    delivery = store.delivery(db, delivery_id)
    if not delivery.is_open:
        return None
    if not _consented(db, delivery):
        _settle(db, delivery_id, cancelled=True)
        return None
    endpoint = store.endpoint(db, delivery.partner_id)
    if endpoint is None or not endpoint.is_enabled:
        _settle(db, delivery_id, cancelled=False)
        raise due.GiveUp(DISABLED)
    if store.is_earlier_waiting(db, delivery):
        raise due.Later("an earlier event of this referral waits", after=_patience(delivery))
    body = store.partner_event(db, delivery.event_id)["body"]
    return Dispatch(delivery, endpoint.url, _secrets(db, delivery.partner_id), body)


def note_attempt(db: Database, work: due.Work, delivery_id: str, answer: model.Answer) -> None:
    """Raises due.Later or due.GiveUp when it was no success, leases.Lost when the lease was."""
    noted = _note(db, work, delivery_id, answer)
    if noted.state == model.WAITING:
        jitter = secrets.randbelow(1000) / 1000
        wait = model.retry_delay(len(noted.attempts), answer.retry_after, jitter)
        raise due.Unavailable(answer.summary, after=wait)
    if noted.state == model.FAILED:
        raise due.GiveUp(answer.summary)


@mongo.transactional
def _note(db: Database, work: due.Work, delivery_id: str, answer: model.Answer) -> model.Delivery:
    delivery = store.delivery(db, delivery_id)
    now = clock.now()
    noted = delivery.attempted(answer, now)
    store.save_delivery(db, noted)
    if answer.is_gone:
        endpoint = store.endpoint(db, delivery.partner_id)
        if endpoint:
            store.save_endpoint(db, endpoint.disable("gone", now))
    if delivery.is_open and noted.state == model.DELIVERED:
        due.finish(db, work)
    return noted


@mongo.transactional
def _settle(db: Database, delivery_id: str, cancelled: bool) -> None:
    delivery, now = store.delivery(db, delivery_id), clock.now()
    store.save_delivery(db, delivery.cancel(now) if cancelled else delivery.fail(now))


def _consented(db: Database, delivery: model.Delivery) -> bool:
    """The notice that consent was withdrawn, and a test, tell nothing of anybody and need none."""
    if delivery.referral_id is None or delivery.type == events.PARTNER_WITHDRAWN:
        return True
    return store.referral(db, delivery.referral_id).consent.covers(delivery.partner_id)


def _patience(delivery: model.Delivery) -> timedelta:
    waited = clock.now() - delivery.created_at
    return min(max(waited / 2, telling.SHORTEST_WAIT), telling.LONGEST_WAIT)


def _secrets(db: Database, partner_id: str) -> tuple[str, ...]:
    keys = mongo.settings(db).seal_keys
    live = store.live_secrets(db, partner_id, clock.now())
    return tuple(keys.open(one["sealed"], partner_id)["secret"] for one in live)
