"""Telling a partner: the event in its numbered feed and, where it has a webhook, a delivery that is due at once."""

from datetime import timedelta
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from services.referrals import model, store
from shared import clock, due

LANE = "partner:{}"
PRIORITY = {"urgent": 1, "high": 3, "normal": 5}
REPLAY_PRIORITY = 8
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=60)


def tell(db: Database, partner_id: str, event_id: str, body: dict[str, Any], **more: Any) -> model.Delivery | None:
    """`more`: `priority` and `case_id` of the case, `person_id` by which an erasure finds the row, `request` that asked
    for it."""
    now = clock.now()
    event = store.add_partner_event(db, partner_id, event_id, body, now)
    endpoint = store.endpoint(db, partner_id)
    if endpoint is None or not endpoint.is_enabled:
        return None
    delivery = _delivery(event, request=more.get("request"))
    enqueue(db, delivery, PRIORITY[more.get("priority", "normal")], more.get("person_id"), more.get("case_id"))
    return delivery


def tell_again(db: Database, event: dict[str, Any], request: dict[str, str] | None = None) -> model.Delivery:
    delivery = _delivery(event, is_replay=True, request=request)
    enqueue(db, delivery, REPLAY_PRIORITY)
    return delivery


def enqueue(
    db: Database,
    delivery: model.Delivery,
    priority: int,
    person_id: str | None = None,
    case_id: str | None = None,
) -> None:
    store.add_delivery(db, delivery)
    data = {"delivery_id": delivery.id} | ({"person_id": person_id} if person_id else {})
    lane = LANE.format(delivery.partner_id)
    due.add(db, "deliver_webhook", lane, data, priority=priority, id=due_id(delivery), correlation=case_id)


def due_id(delivery: model.Delivery) -> str:
    return f"webhook:{delivery.id}"


def _delivery(event: dict[str, Any], **more: Any) -> model.Delivery:
    return model.Delivery(
        id=str(ObjectId()),
        partner_id=event["partner_id"],
        event_id=event["_id"],
        type=event["type"],
        n=event["n"],
        referral_id=event["referral_id"],
        created_at=clock.now(),
        **more,
    )
