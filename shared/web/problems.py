"""The one place where what went wrong becomes an answer: RFC 9457 problem+json, or a page for people."""

import json
import traceback
from typing import Any

import marshmallow
import pymongo.errors
from flask import Flask, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from shared import errors, mongo, telemetry
from shared.errors import N_
from shared.web import context, fields, language

MIMETYPE = "application/problem+json"


class FormExpired(errors.BadRequest):
    code = "csrf"
    title = N_("This form is no longer valid")
    detail = N_(
        "For your safety each form can be sent only from the page it belongs to. Go back, load the page again and send "
        "it once more. Scripts send the header X-CSRFToken with a session cookie."
    )


def field_errors(error: marshmallow.ValidationError | dict[str, Any]) -> list[dict[str, str]]:
    """For pages that load a form themselves: `[{"field": "person.phone", "message": "…"}]`, translated."""
    return fields.flatten(error.messages if isinstance(error, marshmallow.ValidationError) else error)


def register(app: Flask) -> None:
    app.register_error_handler(errors.Refusal, _refused)
    app.register_error_handler(marshmallow.ValidationError, _not_valid)
    app.register_error_handler(CSRFError, lambda _: _refused(FormExpired()))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(pymongo.errors.PyMongoError, _database)
    app.register_error_handler(Exception, _unexpected)


def _refused(refusal: errors.Refusal) -> Response:
    return answer(
        refusal, [{"field": name, "message": fields.translate(text)} for name, text in refusal.errors.items()]
    )


def _not_valid(error: marshmallow.ValidationError) -> Response:
    return answer(errors.Invalid(), field_errors(error))


def _http(error: HTTPException) -> Any:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # a redirect, or an answer made by hand
    refusal = errors.for_status(error.code)
    # webargs: {"messages": {location: {field: [...]}}}
    by_location = (getattr(error, "data", None) or {}).get("messages") or {}
    found = [one for messages in by_location.values() for one in fields.flatten(messages)]
    response = answer(refusal, found)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def _database(error: pymongo.errors.PyMongoError) -> Response:
    if not mongo.is_transient(error) and not isinstance(error, pymongo.errors.ExecutionTimeout):
        return _unexpected(error)
    telemetry.log.warning("database unavailable", error=type(error).__name__)
    return answer(errors.Unavailable())


def _unexpected(error: Exception) -> Response:
    # the message of an exception may quote personal data: the log gets its type and where it came from
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    telemetry.log.error("unexpected error", error=type(error).__name__, where=where[-12:])
    return answer(errors.Refusal())


def answer(refusal: errors.Refusal, found: list[dict[str, str]] | None = None) -> Response:
    """problem+json for the API and for whoever does not want HTML; a page in the reader's language otherwise."""
    problem: dict[str, Any] = {
        "type": f"urn:sendero:{refusal.code}",
        "title": language.gettext(refusal.title, **refusal.params),
        "status": refusal.status,
        "detail": language.gettext(refusal.detail, **refusal.params),
    }
    if found:
        problem["errors"] = found
    if refusal.status >= 500:
        problem["correlation_id"] = g.get("correlation_id")
    if _wants_page():
        page = render_template("error.html", problem=problem, retry_after=refusal.retry_after, work=_work())
        response = make_response(page)
    else:
        response = Response(json.dumps(problem, ensure_ascii=False), mimetype=MIMETYPE)
    response.status_code = refusal.status
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(refusal.retry_after)))
    if isinstance(refusal, errors.Unauthorised) and language.is_api():
        response.headers["WWW-Authenticate"] = refusal.challenge
    return response


def _work() -> str | None:
    """Where staff who are signed in go on; nobody else has such a place."""
    who = g.get("actor")  # as resolved by the route: a page that failed must not ask the database again
    return context.home(who.roles) if who and who.kind == "staff" else None


def _wants_page() -> bool:
    if language.is_api():
        return False
    wanted = request.accept_mimetypes.best_match(["text/html", MIMETYPE, "application/json"], "text/html")
    return wanted == "text/html"
