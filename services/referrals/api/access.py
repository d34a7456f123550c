"""Who is calling: a partner, known by its key. Its rate is its own, wrong keys are slowed down."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import request

from services.referrals import store
from shared import auth, errors, web
from shared.auth.actors import WrongKey
from shared.web import docs

RATE = "1200/minute"


def for_partners(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only with a partner's key; the route asks `caller()`."""

    limited = web.at_most(RATE, scope="partner", by=_rate_key)(view)

    @wraps(view)
    def allowed(*args: Any, **kwargs: Any) -> Any:
        auth.act_as(_authenticate())
        return limited(*args, **kwargs)

    docs.document(allowed, 401, 429, 503, security=web.PARTNER)
    return allowed


def caller() -> auth.Actor:
    who = auth.actor()
    if who is None or who.kind != "partner":
        raise errors.Unauthorised()
    return who


def _authenticate() -> auth.Actor:
    key = auth.bearer()
    if not key:
        raise errors.Unauthorised()
    db = web.db()
    partner_id = store.partner_of_key(db, key)
    if partner_id:
        return auth.Actor(partner_id, kind="partner")
    scope = f"partner-key|{web.network()}"
    web.throttle(db, scope)
    web.throttle_failed(db, scope, free=10)
    raise WrongKey()


def _rate_key() -> str:
    return sha256((request.headers.get("Authorization") or "").encode()).hexdigest()[:24]
