"""Pilots, and the reports on them."""

from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from services.booking import access, actions, answers, schemas, store
from services.booking.model import pilot as rules
from shared import auth, clock, web

blueprint = Blueprint("pilots", __name__, url_prefix="/api/v1/staff/pilots", description="For programme leads")


@blueprint.route("", methods=["POST"])
@access.require("pilots")
@web.creates
@blueprint.arguments(schemas.PilotIn())
@blueprint.response(201, answers.PilotOut)
@web.problems(400, 409, 413, 415, 422)
def make(planning: rules.Planning) -> Any:
    """Plan a pilot: offices and services for some months

    It changes nothing of what offices offer; it says what was planned, for the report."""
    actor = _actor()
    made, was_there = actions.pilot.make(web.db(), planning, web.idempotency_key(actor.id), actor)
    where = {"Location": url_for("pilots.get", pilot=made.id)}
    return answers.pilot(made), where | web.replayed(was_there)


@blueprint.route("")
@access.require("pilots")
@blueprint.arguments(web.ListQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.PilotOut))
@web.problems(422)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """All pilots, newest first"""
    return answers.paged(
        [answers.pilot(one) for one in store.pilots.all_of_them(web.db())], query, lambda row: row["id"]
    )


@blueprint.route("/<pilot>")
@access.require("pilots")
@blueprint.response(200, answers.PilotOut)
@web.problems(404)
def get(pilot: str) -> dict[str, Any]:
    """One pilot"""
    return answers.pilot(store.pilots.get(web.db(), pilot))


@blueprint.route("/<pilot>/report")
@access.require("pilots")
@blueprint.response(200, answers.ReportOut)
@web.problems(404)
def report(pilot: str) -> dict[str, Any]:
    """What became of it, as things stand now

    Of the appointments whose time lies in it. Groups under five are told of together, numbers from one to four are
    hidden, and what would give one away."""
    one = store.pilots.get(web.db(), pilot)
    return answers.report(one, actions.pilot.report(web.db(), one, _actor()), clock.now())


@blueprint.route("/<pilot>/report.csv")
@access.require("pilots")
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
@web.problems(404)
def report_csv(pilot: str) -> Response:
    """The same as a table for spreadsheets"""
    one = store.pilots.get(web.db(), pilot)
    answer = Response(
        answers.report_csv(actions.pilot.report(web.db(), one, _actor())), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="pilot-{one.first.isoformat()}.csv"'
    return answer


def _actor() -> auth.Actor:
    actor = auth.actor()
    if actor is None:  # auth.require has let somebody in
        raise RuntimeError("a route of pilots without its guard")
    return actor
