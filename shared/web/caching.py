"""What browsers and proxies may keep: static files for good, public answers for a moment, what is personal never."""

from collections.abc import Callable
from functools import cache, wraps
from hashlib import blake2b
from pathlib import Path
from typing import Any

import flask
from flask import Flask, Response, current_app, request

FOR_GOOD = "public, max-age=31536000, immutable"
SHORT = 16  # hexadecimal digits of a hash


def init_app(app: Flask) -> None:
    app.url_defaults(_version)
    app.after_request(_static)


def tag(content: bytes) -> str:
    return blake2b(content, digest_size=SHORT // 2).hexdigest()


def for_a_moment(seconds: int) -> Callable[[Any], Any]:
    """A public listing: kept by anyone for so many seconds, then asked for again by its ETag. A view that knows its tag
    beforehand asks `unchanged` first, and is spared the rest."""

    def decorate(view: Any) -> Any:
        @wraps(view)
        def kept(*args: Any, **kwargs: Any) -> Response:
            response = flask.make_response(view(*args, **kwargs))
            if response.status_code in (200, 304):
                response.headers["Cache-Control"] = f"public, max-age={seconds}"
                response.headers["Vary"] = "Accept-Language"
            return _conditional(response)

        return kept

    return decorate


def unchanged(tag: str) -> Response | None:
    """The whole answer, if the caller has what this tag names."""
    if not request.if_none_match.contains(tag):
        return None
    response = Response(status=304)
    response.set_etag(tag)
    return response


def public_page(view: Any) -> Any:
    """A page that says the same to everyone: its reader's browser keeps it and asks each time whether it still holds.
    Not when it has something to say to this reader alone: a notice, a name, a form of theirs."""

    @wraps(view)
    def kept(*args: Any, **kwargs: Any) -> Response:
        response = flask.make_response(view(*args, **kwargs))
        personal = flask.session.modified or "account" in flask.session or "csrf_token" in flask.g
        if response.status_code != 200 or personal:
            return response
        response.headers["Cache-Control"] = "private, no-cache"
        return _conditional(response)

    return kept


def _conditional(response: Response) -> Response:
    if response.status_code != 200:
        return response
    if "ETag" not in response.headers:
        response.set_etag(tag(response.get_data()))
    if "If-None-Match" in request.headers:
        response.make_conditional(request)
    return response


# static files


def _version(endpoint: str, values: dict[str, Any]) -> None:
    """Each address of a static file carries the hash of its content, so that a changed file has another address."""
    if _is_static(endpoint) and "filename" in values:
        values.setdefault("v", _hash(_file(endpoint, values["filename"])))


def _static(response: Response) -> Response:
    """An address with the hash of another release is answered, but not kept under that name."""
    if _is_static(request.endpoint) and response.status_code in (200, 304) and request.view_args:
        given = request.args.get("v")
        if given and given == _hash(_file(str(request.endpoint), request.view_args["filename"])):
            response.headers["Cache-Control"] = FOR_GOOD
    return response


def _is_static(endpoint: str | None) -> bool:
    return bool(endpoint) and (endpoint == "static" or str(endpoint).endswith(".static"))


def _file(endpoint: str, name: str) -> Path:
    owner: Any = current_app.blueprints.get(endpoint.rpartition(".")[0], current_app)
    return Path(owner.static_folder, name)


@cache
def _hash(file: Path) -> str:
    return tag(file.read_bytes())
