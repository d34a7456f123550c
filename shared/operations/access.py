"""Who gets in and what they act upon: what routes and pages of operators share.

Another service's console gets in with the key that all services share, where `readers` guards the route and nowhere
else: it may read how this service does, not act, and each of its views is audited under the account that it asks for.
"""

import hmac
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app, request
from flask_smorest import Blueprint
from pymongo.database import Database

from shared import audit, auth, telemetry
from shared.auth import Actor
from shared.inbox import Reading
from shared.web import context

READING = "sendero-reading"
CASE_OF = "sendero-case-of"
ON_BEHALF_OF = "X-Sendero-On-Behalf-Of"  # service:account
CaseOf = Callable[[Database, str], str | None]
_FORM = re.compile(r"[a-z_]{1,40}:[A-Za-z0-9_-]{1,64}")

api = Blueprint("operations-api", __name__, url_prefix="/api/v1/operations", description="For operators")
operators = auth.require("operator", "admin")
auditors = auth.require("operator", "admin", "privacy_officer")


def readers(view: Callable[..., Any]) -> Callable[..., Any]:
    """Operators, and the consoles of the other services on behalf of theirs."""
    guarded = operators(view)

    @wraps(guarded)
    def allowed(*args: Any, **kwargs: Any) -> Any:
        if ON_BEHALF_OF not in request.headers:
            return guarded(*args, **kwargs)
        auth.act_as(_peer(request.headers[ON_BEHALF_OF]))
        return view(*args, **kwargs)

    return allowed


def _peer(asks_for: str) -> Actor:
    """Raises auth.WrongKey."""
    key, kept = auth.bearer() or "", context.settings().operations_key
    named = _FORM.fullmatch(asks_for) is not None
    if not kept or not named or not hmac.compare_digest(key.encode(), kept.encode()):
        telemetry.log.warning("another service was refused", named=named)
        audit.seen(context.db(), None, "read as a service", request.path, outcome="refused")
        raise auth.WrongKey
    return Actor(asks_for, kind="service")


def viewed(action: str, subject: str) -> None:
    """Notes that somebody looked; what refreshes itself is noted once in ten minutes."""
    audit.seen(context.db(), actor(), action, subject)


def actor() -> Actor:
    """Who asks; behind `operators` or `auditors` there is always somebody."""
    who = auth.actor()
    if who is None:
        raise RuntimeError("a task without an actor")
    return who


def reading() -> Reading:
    """How this service reads events: what a retried one needs."""
    found: Reading = current_app.extensions[READING]
    return found


def case_of(reference: str) -> str | None:
    """The case of a reference, if this service knows references and this one."""
    find: CaseOf | None = current_app.extensions[CASE_OF]
    return find(context.db(), reference) if find else None
