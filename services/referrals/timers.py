"""What falls due: a delivery to a webhook, an offer that nobody answered, a replay of many deliveries."""

from datetime import timedelta

from pymongo.database import Database

from services.referrals import actions, model, webhooks
from shared import due, mongo
from shared.telemetry import log

BETWEEN_SLICES = timedelta(seconds=1)


def deliver_webhook(db: Database, work: due.Work) -> str | None:
    dispatch = actions.begin_delivery(db, work.data["delivery_id"])
    if dispatch is None:
        return due.NEEDLESS
    settings = mongo.settings(db)
    answer = webhooks.deliver(
        dispatch.url,
        dispatch.delivery.event_id,
        dispatch.body,
        dispatch.secrets,
        settings.webhook_allowed_hosts,
        settings.webhook_timeout_seconds,
    )
    ids = {"delivery_id": dispatch.delivery.id, "event_id": dispatch.delivery.event_id}
    log.info("webhook attempted", partner_id=dispatch.delivery.partner_id, outcome=answer.summary, **ids)
    due.insist(db, work, lambda: actions.note_attempt(db, work, dispatch.delivery.id, answer))
    return None


def expire_offer(db: Database, work: due.Work) -> None:
    """A deadline that is still ahead by this process's clock is waited for."""
    referral = actions.expire(db, work.data["referral_id"], work.data["offer"])
    offer = referral.offers[work.data["offer"]]
    if referral.status == model.OFFERED and offer.status == model.OFFERED:
        raise due.Later("not yet", at=offer.answer_by)


def replay_webhooks(db: Database, work: due.Work) -> None:
    if actions.replay_slice(db, work.data["job_id"]):
        raise due.Later("more to replay", after=BETWEEN_SLICES)


TIMERS: due.Timers = {
    "deliver_webhook": deliver_webhook,
    "expire_offer": expire_offer,
    "replay_webhooks": replay_webhooks,
}
