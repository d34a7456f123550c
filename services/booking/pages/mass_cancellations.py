"""Pages of many appointments cancelled at once: proposed after a look at whom it concerns, decided by a second person,
followed, stopped."""

from collections.abc import Callable
from datetime import date
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, answers, model, schemas, store
from services.booking.model import mass_cancellation as rules
from services.booking.pages import forms, wording
from shared import auth, clock, errors, web
from shared.errors import N_

blueprint = flask.Blueprint(
    "mass_cancellation_pages", __name__, url_prefix="/staff/offices", template_folder="../templates"
)
wording.register(blueprint)

ASKED = ("from", "to", "reason", "pathway", "rebook")  # in an address too; the note never is
REASONS = {
    "office_closed": N_("The office is closed"),
    "programme_ended": N_("The service is no longer offered"),
    "staff_absent": N_("There is no staff"),
}
STATES = {
    rules.PROPOSED: N_("waits for a second person"),
    rules.OBJECTED: N_("objected to"),
    rules.RUNNING: N_("running"),
    rules.FINISHED: N_("finished"),
    rules.STOPPED: N_("stopped"),
}
Decision = Callable[..., model.MassCancellation]
DECISIONS: dict[str, tuple[Decision, str]] = {
    "approval": (actions.mass_cancellation.approve, N_("Approved. People are being cancelled and told now.")),
    "objection": (actions.mass_cancellation.object_to, N_("Objected to. Nothing happens.")),
    "stop": (actions.mass_cancellation.stop, N_("Stopped. Nobody more is cancelled.")),
}


@blueprint.get("/<office_id>/cancellations")
@access.require("cancellations.see")
def listed(office_id: str) -> ResponseReturnValue:
    office, _ = _of_theirs(office_id)
    return flask.render_template(
        "staff/mass_cancellations.html",
        office=office,
        rows=store.mass_cancellations.of_office(web.db(), office.id),
        **_words(),
    )


@blueprint.get("/<office_id>/cancellations/new")
@access.require("cancellations.see")
def new(office_id: str) -> ResponseReturnValue:
    """The form; filled in, it shows whom that would concern."""
    office, who = _of_theirs(office_id)
    asked = flask.request.args
    if "from" not in asked:
        return _form(office, {"rebook": "yes"}, [])
    values = {name: asked.get(name, "").strip() for name in ASKED}
    proposal, wrong = _loaded(values)
    if proposal is None:
        return _form(office, values, wrong), 422
    try:
        concerned = actions.mass_cancellation.preview(web.db(), office.id, proposal, who)
    except errors.Invalid as refusal:
        return _form(office, values, _told(refusal)), 422
    return flask.render_template(
        "staff/mass_cancellation_check.html",
        office=office,
        values=values,
        preview=answers.preview(concerned),
        proposal=proposal,
        **_words(),
    )


@blueprint.post("/<office_id>/cancellations")
@access.require("cancellations.decide")
def propose(office_id: str) -> ResponseReturnValue:
    office, who = _of_theirs(office_id)
    values = {name: flask.request.form.get(name, "").strip() for name in (*ASKED, "note")}
    proposal, wrong = _loaded(values)
    if proposal is None:
        return _form(office, values, wrong), 422
    try:
        found, _ = actions.mass_cancellation.propose(web.db(), office.id, proposal, web.idempotency_key(who.id), who)
    except errors.Invalid as refusal:
        return _form(office, values, _told(refusal)), 422
    flask.flash(web.gettext("Proposed. A second person has to approve it; until then nothing happens."), "done")
    return flask.redirect(flask.url_for("mass_cancellation_pages.one", office_id=office.id, job=found.id), 303)


@blueprint.get("/<office_id>/cancellations/<job>")
@access.require("cancellations.see")
def one(office_id: str, job: str) -> ResponseReturnValue:
    office, who = _of_theirs(office_id)
    shown = actions.mass_cancellation.see(web.db(), office.id, job, who)
    found: model.MassCancellation = shown["cancellation"]
    return flask.render_template(
        "staff/mass_cancellation.html",
        office=office,
        one=found,
        note=shown["note"],
        preview=answers.preview(shown["concerned"]),
        mine=found.proposed_by == who.id,
        names=_names(found),
        **_words(),
    )


@blueprint.post("/<office_id>/cancellations/<job>/approval")
@access.require("cancellations.decide")
def approval(office_id: str, job: str) -> ResponseReturnValue:
    return _decide(office_id, job, "approval")


@blueprint.post("/<office_id>/cancellations/<job>/objection")
@access.require("cancellations.decide")
def objection(office_id: str, job: str) -> ResponseReturnValue:
    return _decide(office_id, job, "objection")


@blueprint.post("/<office_id>/cancellations/<job>/stop")
@access.require("cancellations.decide")
def stop(office_id: str, job: str) -> ResponseReturnValue:
    return _decide(office_id, job, "stop")


def _decide(office_id: str, job: str, what: str) -> ResponseReturnValue:
    office, who = _of_theirs(office_id)
    action, said = DECISIONS[what]
    try:
        action(web.db(), office.id, job, who)
    except errors.Conflict as refusal:
        flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
    else:
        flask.flash(web.gettext(said), "done")
    return flask.redirect(flask.url_for("mass_cancellation_pages.one", office_id=office.id, job=job), 303)


def _of_theirs(office_id: str) -> tuple[model.Office, auth.Actor]:
    office = store.office(web.db(), office_id)
    return office, auth.require_office(office.id)


def _loaded(values: dict[str, str]) -> tuple[model.Proposal | None, list[dict[str, str]]]:
    body: dict[str, Any] = forms.filled(values) | {"rebook": values["rebook"] == "yes"}
    try:
        return schemas.MassCancellationIn().load(body), []
    except ValidationError as failed:
        return None, forms.errors(failed)


def _told(refusal: errors.Invalid) -> list[dict[str, str]]:
    return [{"field": name, "message": web.gettext(text)} for name, text in refusal.errors.items()]


def _form(office: model.Office, values: dict[str, str], wrong: list[dict[str, str]]) -> str:
    pathways = [one for one in store.pathways(web.db()) if one.id in office.pathways]
    return flask.render_template(
        "staff/mass_cancellation_new.html",
        office=office,
        values=values,
        errors=wrong,
        today=office.today(clock.now()),
        offered=[("", web.gettext("All of them")), *((one.id, wording.own(one.name)) for one in pathways)],
        reasons=[(name, web.gettext(said)) for name, said in REASONS.items()],
    )


def _words() -> dict[str, Any]:
    return {
        "pathways": {one.id: one for one in store.pathways(web.db())},
        "reason_name": lambda code: web.gettext(REASONS[code]),
        "state_name": lambda state: web.gettext(STATES[state]),
        "day_of": date.fromisoformat,
    }


def _names(found: model.MassCancellation) -> dict[str, str]:
    """Of colleagues, by the ids of their accounts."""
    ids = [found.proposed_by, found.decided_by]
    return {row["_id"]: row["name"] for row in web.db().accounts.find({"_id": {"$in": ids}}, {"name": 1})}
