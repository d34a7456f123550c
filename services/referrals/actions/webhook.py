"""A partner's webhook: its address, its secrets, a test."""

import base64
import secrets
from datetime import datetime, timedelta
from uuid import uuid4

from bson import ObjectId
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.referrals import events, model, store, webhooks
from services.referrals.actions import telling
from shared import audit, auth, clock, errors, mongo, web
from shared.errors import N_

OLD_SECRET_VALID = timedelta(hours=24)


class NoWebhook(errors.Conflict):
    code = "no-webhook"
    title = N_("There is no webhook")
    detail = N_("Set the address of your webhook first, or set it again if it was disabled.")


def set_webhook(db: Database, url: str, actor: auth.Actor, if_match: str | None = None) -> model.Endpoint:
    """Sets or enables it again. `if_match`: only if it still has this ETag. Raises TargetRefused (422) for an
    address that may not be called, PreconditionFailed."""
    webhooks.check(url, mongo.settings(db).webhook_allowed_hosts)
    return save_webhook(db, actor.id, url, actor, if_match)


@mongo.transactional
def save_webhook(
    db: Database, partner_id: str, url: str, actor: auth.Actor, if_match: str | None = None
) -> model.Endpoint:
    """Without the check of the address, which each delivery makes anyway. It has a secret from the first moment."""
    now, before = clock.now(), store.endpoint(db, partner_id)
    if if_match is not None and (before is None or if_match not in ("*", before.etag)):
        raise errors.PreconditionFailed()
    endpoint = model.Endpoint(partner_id, url, changed_at=now)
    store.save_endpoint(db, endpoint)
    if not store.live_secrets(db, partner_id, now):
        _add_secret(db, partner_id, now)
    audit.record(db, actor, "set_webhook", partner_id)
    return endpoint


@mongo.transactional
def adopt_secret(db: Database, partner_id: str, secret: str, actor: auth.Actor) -> bool:
    """A secret that was made elsewhere becomes the current one; False when it is already."""
    keys, now = mongo.settings(db).seal_keys, clock.now()
    live = store.live_secrets(db, partner_id, now)
    if live and keys.open(live[0]["sealed"], partner_id)["secret"] == secret:
        return False
    store.retire_secrets(db, partner_id, now + OLD_SECRET_VALID)
    _add_secret(db, partner_id, now, secret)
    audit.record(db, actor, "adopt_webhook_secret", partner_id)
    return True


def rotate_secret(db: Database, key: web.IdempotencyKey, actor: auth.Actor) -> tuple[str, datetime, bool]:
    """The new secret, when the old one ends, and whether this is a repeated answer. Raises web.KeyReused."""
    try:
        return _rotate(db, key, actor)
    except DuplicateKeyError:
        return _rotate(db, key, actor)  # another request with this key was faster: its answer


@mongo.transactional
def _rotate(db: Database, key: web.IdempotencyKey, actor: auth.Actor) -> tuple[str, datetime, bool]:
    made = store.secret_by_request(db, key.scope)
    if made:
        key.check(made["request"])
        secret = mongo.settings(db).seal_keys.open(made["sealed"], actor.id)["secret"]
        return secret, made["created_at"] + OLD_SECRET_VALID, True
    now = clock.now()
    until = now + OLD_SECRET_VALID
    store.retire_secrets(db, actor.id, until)
    secret = _add_secret(db, actor.id, now, request=key.document())
    audit.record(db, actor, "rotate_webhook_secret", actor.id)
    return secret, until, False


def send_test(db: Database, key: web.IdempotencyKey, actor: auth.Actor) -> tuple[model.Delivery, bool]:
    """An event of no case, delivered like any other. Raises NoWebhook, web.KeyReused."""
    try:
        return _send_test(db, key, actor)
    except DuplicateKeyError:
        return _send_test(db, key, actor)


@mongo.transactional
def _send_test(db: Database, key: web.IdempotencyKey, actor: auth.Actor) -> tuple[model.Delivery, bool]:
    made = store.delivery_by_request(db, key.scope)
    if made and made.request:
        key.check(made.request)
        return made, True
    body = events.test_body(clock.now())
    delivery = telling.tell(db, actor.id, str(uuid4()), body, request=key.document())
    if delivery is None:
        raise NoWebhook()
    return delivery, False


def _add_secret(
    db: Database, partner_id: str, now: datetime, secret: str | None = None, request: dict[str, str] | None = None
) -> str:
    secret = secret or "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    document = {
        "_id": str(ObjectId()),
        "partner_id": partner_id,
        "sealed": mongo.settings(db).seal_keys.seal({"secret": secret}, partner_id),
        "created_at": now,
        "valid_until": None,
    }
    store.add_secret(db, document | ({"request": request} if request else {}))
    return secret
