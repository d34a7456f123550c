"""Bodies of API requests, checked before any route sees them: application/json, one object, nothing ambiguous in it."""

import json
from typing import Any

from flask import Flask, current_app, request

from shared import errors
from shared.errors import N_
from shared.serving import arriving
from shared.web import language

LIMIT = arriving.LARGEST_BODY
_INT64 = 2**63


class BadJson(errors.BadRequest):
    code = "invalid-json"
    title = N_("The body is not valid JSON")
    detail = N_("Send one JSON object in UTF-8, each name once, no NaN or Infinity, whole numbers of at most 64 bits.")


class NotAnObject(errors.Invalid):
    code = "invalid"
    detail = N_("The body must be one JSON object.")


def any_body(view: Any) -> Any:
    """Marks a route that reads its body itself (a provider's callback, a signature over the bytes)."""
    view.any_body = True
    return view


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = LIMIT
    app.config["MAX_FORM_MEMORY_SIZE"] = LIMIT
    app.before_request(_check)


def _check() -> None:
    if not request.endpoint:
        return
    view = current_app.view_functions.get(request.endpoint)
    if not language.is_api() or getattr(view, "any_body", False):
        return
    body = request.get_data(cache=True)
    if request.content_length is None and len(body) >= LIMIT:  # sent in chunks: werkzeug cuts it off there, silently
        raise errors.TooLarge
    if request.method in ("POST", "PUT", "PATCH") and body:
        json_object()


def json_object() -> dict[str, Any]:
    """The body of this request. Raises UnsupportedMedia, BadJson, NotAnObject."""
    if request.mimetype != "application/json":
        raise errors.UnsupportedMedia
    found = read_json(request.get_data(cache=True))
    if not isinstance(found, dict):
        raise NotAnObject(errors={"": NotAnObject.detail})
    return found


def read_json(body: bytes) -> Any:
    """Strictly: UTF-8, no name twice, no NaN, no number or text that the database could not keep. Raises BadJson."""
    try:
        text = body.decode()
        found = json.loads(
            text, object_pairs_hook=_each_once, parse_constant=_refuse, parse_float=_finite, parse_int=_int64
        )
        if "\\" in text:  # only written as an escape can half a surrogate pair come this far
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise BadJson from None
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _refuse(_name: str) -> None:
    raise ValueError("not a number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("too large a number")
    return number


def _int64(text: str) -> int:
    number = int(text)
    if not -_INT64 <= number < _INT64:
        raise ValueError("too large a number")
    return number
