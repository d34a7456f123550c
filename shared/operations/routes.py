"""JSON routes for operators and their scripts."""

from datetime import datetime
from typing import Any

from shared import audit, due
from shared.operations import access, across, schemas, tasks, tracing
from shared.operations.access import api
from shared.operations.access import auditors as _auditors
from shared.operations.access import operators as _operators
from shared.operations.access import readers as _readers
from shared.web import context
from shared.web.docs import problems
from shared.web.paging import page


@api.route("/overview")
@_operators
@api.response(200, schemas.Overview)
def overview() -> dict[str, Any]:
    """What needs a person now, over all services

    A service that does not answer is there all the same, with when it was last heard of."""
    return across.everywhere()


@api.route("/health")
@_readers
@api.response(200, schemas.Health)
def health() -> dict[str, Any]:
    """Which queue of this service is stuck, and since when"""
    access.viewed("see health", context.settings().service)
    return across.health()


@api.route("/due-work")
@_operators
@api.arguments(schemas.WorkQuery, location="query")
@api.response(200, schemas.FailedWorkPage)
def failed_work(query: dict[str, Any]) -> dict[str, Any]:
    """Due work that failed for good, or (`state=waiting`) waits for another try"""
    access.viewed("see due work", context.settings().service)
    find = due.retrying if query.pop("state") == "waiting" else due.failed
    return page(*find(context.db(), **query))


@api.route("/due-work/<path:work_id>/retry", methods=["POST"])
@_operators
@problems(404)
@api.response(204)
def retry_work(work_id: str) -> None:
    """Let it run again, now"""
    tasks.retry_work(work_id)


@api.route("/due-work/retries", methods=["POST"])
@_operators
@api.arguments(schemas.Retries)
@api.response(200, schemas.Retried)
def retry_all_work(body: dict[str, str | None]) -> dict[str, int]:
    """Let all that waits for another try run now: of one lane, or of all"""
    return {"retried": tasks.retry_all_work(body["lane"])}


@api.route("/worker/dismissals", methods=["POST"])
@_operators
@problems(409)
@api.arguments(schemas.Dismissal)
@api.response(204)
def dismiss(body: dict[str, str]) -> None:
    """A process of the worker that vanished is gone for good: miss it no longer

    409 `still-lives` when it gives signs, or is not known any more."""
    tasks.dismiss(body["id"])


@api.route("/replays", methods=["POST"])
@_operators
@api.arguments(schemas.Replay)
@api.response(202, schemas.Replayed)
def announce_again(body: dict[str, datetime | None]) -> dict[str, Any]:
    """Announce again from the archive

    Safe to repeat: readers ignore what they have seen."""
    return tasks.announce_again(body["since"])


@api.route("/consumer/resumption", methods=["POST"])
@_operators
@api.response(204)
def resume() -> None:
    """Let a stopped consumer go on"""
    tasks.resume()


@api.route("/traces/<path:correlation_id>")
@_readers
@problems(400)
@api.response(200, schemas.Trace)
def trace(correlation_id: str) -> dict[str, Any]:
    """One case through this service, without personal data

    By the id of the case, or by a reference where the service knows references."""
    return tracing.here(correlation_id)


@api.route("/journeys/<path:correlation_id>")
@_operators
@problems(400)
@api.response(200, schemas.Journey)
def journey(correlation_id: str) -> dict[str, Any]:
    """One case through all services, by time

    `services` tells which knew of it and which did not answer."""
    return tracing.everywhere(correlation_id)


@api.route("/audit")
@_auditors
@api.arguments(schemas.AuditQuery, location="query")
@api.response(200, schemas.AuditPage)
def audited(query: dict[str, Any]) -> dict[str, Any]:
    """Who did, saw or was refused what, newest first"""
    access.viewed("see audit", context.settings().service)
    return page(*audit.entries(context.db(), **query))
