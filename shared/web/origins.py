"""Which other web sites' pages may call a public API from a browser (CORS): those that the setting names, no others.

No cookie ever comes along: a page of another site has what it was given, such as a reference and its code, and nothing
that a browser would add by itself.
"""

from collections.abc import Collection

from flask import Flask, Response, current_app, request

from shared.web import context

NAME = "sendero-open-apis"
SENT = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Correlation-ID"
SHOWN = "ETag, Idempotency-Replayed, Location, Retry-After, WWW-Authenticate, X-Correlation-ID"
KEPT = "600"  # seconds for which a browser need not ask again


def init_app(app: Flask, open_apis: Collection[str]) -> None:
    """`open_apis`: names of the blueprints that other sites may call."""
    app.extensions[NAME] = frozenset(open_apis)
    app.after_request(_say)


def from_a_known_site() -> bool:
    """True when a page of a site that the setting names calls an API that is open to it."""
    return _is_open() and request.headers.get("Origin") in context.settings().cors_origins


def _is_open() -> bool:
    return bool(context.settings().cors_origins) and request.blueprint in current_app.extensions[NAME]


def _say(response: Response) -> Response:
    if not _is_open():
        return response
    response.vary.add("Origin")  # what is kept for one site is not shown to another
    if not from_a_known_site():
        return response
    response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
    response.headers["Access-Control-Expose-Headers"] = SHOWN
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = SENT
        response.headers["Access-Control-Max-Age"] = KEPT
    return response
