"""Many appointments of an office cancelled at once: proposed, approved by a second person, followed, stopped."""

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from services.booking import access, actions, answers, model, schemas, store
from shared import auth, web

blueprint = Blueprint(
    "mass_cancellations", __name__, url_prefix="/api/v1/staff/offices", description="For those who lead an office"
)


@blueprint.route("/<id>/cancellations", methods=["POST"])
@access.require("cancellations.decide")
@web.creates
@blueprint.arguments(schemas.MassCancellationIn())
@blueprint.response(202, answers.MassCancellationOut)
@web.problems(400, 404, 409, 413, 415, 422)
def propose(proposal: model.Proposal, id: str) -> Any:
    """Propose to cancel many appointments

    Nothing happens until a second person approves it; `preview` says whom it would concern. Then nobody can book there
    any more, all are cancelled, who comes soonest first, and told."""
    actor = _actor(id)
    found, was_there = actions.mass_cancellation.propose(web.db(), id, proposal, web.idempotency_key(actor.id), actor)
    where = {"Location": url_for("mass_cancellations.get", id=id, job=found.id)}
    return _seen(found, actor), where | web.replayed(was_there)


@blueprint.route("/<id>/cancellations")
@access.require("cancellations.see")
@blueprint.arguments(web.ListQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.MassCancellationRowOut))
@web.problems(404, 422)
def listed(query: dict[str, Any], id: str) -> dict[str, Any]:
    """Those of an office, newest first"""
    _actor(id)
    office = store.office(web.db(), id)
    rows = [answers.mass_cancellation_row(one, office) for one in store.mass_cancellations.of_office(web.db(), id)]
    return answers.paged(rows, query, lambda row: row["id"])


@blueprint.route("/<id>/cancellations/<job>")
@access.require("cancellations.see")
@blueprint.response(200, answers.MassCancellationOut)
@web.problems(404)
def get(id: str, job: str) -> dict[str, Any]:
    """How far one is"""
    return _seen(store.mass_cancellations.get(web.db(), id, job), _actor(id))


@blueprint.route("/<id>/cancellations/<job>/approval", methods=["POST"])
@access.require("cancellations.decide")
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(202, answers.MassCancellationOut)
@web.problems(400, 404, 409, 415, 422)
def approve(_: dict[str, Any], id: str, job: str) -> dict[str, Any]:
    """Approve one that somebody else has proposed; it begins

    409: `own-proposal`, `decided-already`, `range-past`."""
    actor = _actor(id)
    return _seen(actions.mass_cancellation.approve(web.db(), id, job, actor), actor)


@blueprint.route("/<id>/cancellations/<job>/objection", methods=["POST"])
@access.require("cancellations.decide")
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.MassCancellationOut)
@web.problems(400, 404, 409, 415, 422)
def object_to(_: dict[str, Any], id: str, job: str) -> dict[str, Any]:
    """Object to one, or take back one's own; nothing happens then

    409: `decided-already`."""
    actor = _actor(id)
    return _seen(actions.mass_cancellation.object_to(web.db(), id, job, actor), actor)


@blueprint.route("/<id>/cancellations/<job>/stop", methods=["POST"])
@access.require("cancellations.decide")
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.MassCancellationOut)
@web.problems(400, 404, 409, 415, 422)
def stop(_: dict[str, Any], id: str, job: str) -> dict[str, Any]:
    """Stop one that runs; what is cancelled stays cancelled, what is closed stays closed

    409: `not-running`."""
    actor = _actor(id)
    return _seen(actions.mass_cancellation.stop(web.db(), id, job, actor), actor)


def _actor(office_id: str) -> auth.Actor:
    return auth.require_office(store.office(web.db(), office_id).id)


def _seen(one: model.MassCancellation, actor: auth.Actor) -> dict[str, Any]:
    shown = actions.mass_cancellation.see(web.db(), one.office_id, one.id, actor)
    return answers.mass_cancellation(shown, store.office(web.db(), one.office_id))
