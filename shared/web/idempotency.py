"""The key that makes a POST safe to repeat: what it stands for, and how a repeat is told from a misuse.

The created document carries it: `request = {"scope": …, "body": …}` under a unique index on `request.scope`. So the key
lives as long as what it made, and only a success keeps it.
"""

import hmac
import json
import re
from copy import deepcopy
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import request

from shared import errors
from shared.errors import N_
from shared.web import context, docs

HEADER = "Idempotency-Key"
FIELD = "idempotency_key"
_FORM = re.compile(r"[\x21-\x7e]{16,64}")


class KeyMissing(errors.BadRequest):
    code = "idempotency-key"
    title = N_("An idempotency key is needed")
    detail = N_("Send the header Idempotency-Key with 16 to 64 visible characters, a new one for each new request.")


class KeyReused(errors.Invalid):
    code = "idempotency-key-reused"
    title = N_("This key was used for something else")
    detail = N_("The same idempotency key came with another body. Use a new key for a new request.")


class KeyInFlight(errors.Conflict):
    code = "idempotency-key-in-flight"
    title = N_("The same request is still being worked on")
    detail = N_("Please ask again in a moment.")


@dataclass(frozen=True)
class IdempotencyKey:
    """`scope`: who asked for what under which key, hashed. `body`: what was asked, under a keyed hash."""

    scope: str
    body: str

    def check(self, stored: dict[str, str]) -> None:
        """Raises KeyReused unless `stored` (the `request` of what was created) was the same request."""
        if not hmac.compare_digest(stored["body"], self.body):
            raise KeyReused

    def document(self) -> dict[str, str]:
        return {"scope": self.scope, "body": self.body}


def idempotency_key(caller: str) -> IdempotencyKey:
    """From the header or the hidden form field. `caller`: an actor's id, or "public" for strangers."""
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not _FORM.fullmatch(given):
        raise KeyMissing
    route = request.url_rule.rule if request.url_rule else request.path
    place = json.dumps([route, request.view_args or {}], sort_keys=True, default=str)
    scope = sha256("|".join((caller, request.method, place, given)).encode()).hexdigest()
    secret = context.settings().secret_key.encode()
    return IdempotencyKey(scope, hmac.new(secret, _canonical_body(), sha256).hexdigest())


def _canonical_body() -> bytes:
    if request.mimetype == "application/json":
        found: Any = json.loads(request.get_data(cache=True) or b"null")
    else:
        left_out = ("csrf_token", FIELD)
        found = sorted((name, value) for name, value in request.form.items(multi=True) if name not in left_out)
    return json.dumps(found, sort_keys=True, separators=(",", ":")).encode()


def replayed(was: bool) -> dict[str, str]:
    """Headers for the answer: `return appointment, 201, web.replayed(was)`."""
    return {"Idempotency-Replayed": "true"} if was else {}


def creates(view: Any) -> Any:
    """Documents the header on a route that creates; put it between `@blueprint.route` and `@blueprint.arguments`."""

    @wraps(view)
    def documented(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    doc = deepcopy(getattr(documented, "_apidoc", {}))
    header = {
        "in": "header",
        "name": HEADER,
        "required": True,
        "description": "Makes the request safe to repeat: the same key and body answer the same.",
        "schema": {"type": "string", "minLength": 16, "maxLength": 64, "pattern": "^[!-~]{16,64}$"},
    }
    doc.setdefault("arguments", {}).setdefault("parameters", []).append(header)
    documented._apidoc = doc  # type: ignore[attr-defined]
    docs.document(documented, 400, 409, 422)
    return documented
