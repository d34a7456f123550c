"""JSON routes for operators and their scripts."""

from datetime import datetime
from typing import Any

from flask_smorest import Blueprint

from shared import audit, auth, due, figures, inbox
from shared.operations import schemas, tasks
from shared.web import context
from shared.web.docs import problems
from shared.web.paging import ListQuery, page

api = Blueprint("operations-api", __name__, url_prefix="/api/v1/operations", description="For operators")
_operators = auth.require("operator", "admin")
_auditors = auth.require("operator", "admin", "privacy_officer")


@api.route("/health")
@_operators
@api.response(200, schemas.Health)
def health() -> dict[str, Any]:
    """Which queue is stuck, and since when"""
    return figures.health(context.db())


@api.route("/dead-letters")
@_operators
@api.arguments(schemas.DeadLetterQuery, location="query")
@api.response(200, schemas.DeadLetterPage)
def dead_letters(query: dict[str, Any]) -> dict[str, Any]:
    """Events that failed and wait for a person"""
    return page(*inbox.dead_letters(context.db(), **query))


@api.route("/dead-letters/<path:event_id>")
@_operators
@problems(404)
@api.response(200, schemas.DeadLetterWhole)
def dead_letter(event_id: str) -> dict[str, Any]:
    """One of them, whole"""
    return tasks.letter(event_id)


@api.route("/dead-letters/<path:event_id>/retry", methods=["POST"])
@_operators
@problems(404, 409)
@api.response(200, schemas.Handled)
def retry(event_id: str) -> dict[str, int]:
    """Handle it again now, and then what waits behind it

    409 `still-failing` when it failed again: it stays."""
    return {"handled": tasks.retry(event_id)}


@api.route("/dead-letters/<path:event_id>/discard", methods=["POST"])
@_operators
@problems(404)
@api.response(200, schemas.Released)
def discard(event_id: str) -> dict[str, int]:
    """Set it aside for good, and go on with its case"""
    return {"released": tasks.discard(event_id)}


@api.route("/due-work")
@_operators
@api.arguments(ListQuery, location="query")
@api.response(200, schemas.FailedWorkPage)
def failed_work(query: dict[str, Any]) -> dict[str, Any]:
    """Due work that failed for good and waits for a person"""
    return page(*due.failed(context.db(), **query))


@api.route("/due-work/<path:work_id>/retry", methods=["POST"])
@_operators
@problems(404)
@api.response(204)
def retry_work(work_id: str) -> None:
    """Let it run again, now"""
    tasks.retry_work(work_id)


@api.route("/replays", methods=["POST"])
@_operators
@api.arguments(schemas.Replay)
@api.response(202, schemas.Replayed)
def announce_again(body: dict[str, datetime | None]) -> dict[str, int]:
    """Announce again from the archive

    Safe to repeat: readers ignore what they have seen."""
    return {"events": tasks.announce_again(body["since"])}


@api.route("/consumer/resumption", methods=["POST"])
@_operators
@api.response(204)
def resume() -> None:
    """Let a stopped consumer go on"""
    tasks.resume()


@api.route("/traces/<path:correlation_id>")
@_operators
@api.response(200, schemas.Trace)
def trace(correlation_id: str) -> dict[str, Any]:
    """One case through this service, without personal data"""
    return page(tasks.trace(correlation_id), None)


@api.route("/audit")
@_auditors
@api.arguments(schemas.AuditQuery, location="query")
@api.response(200, schemas.AuditPage)
def audited(query: dict[str, Any]) -> dict[str, Any]:
    """Who did, saw or was refused what, newest first"""
    return page(*audit.entries(context.db(), **query))
