"""A request as the offices that it names see it: found by reference, looked at, withdrawn for its person."""

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, model, people, schemas, store
from services.booking.model import requests as rules
from services.booking.pages import ask_for, forms, staff, wording
from shared import auth, errors, web

blueprint = flask.Blueprint(
    "desk_request_pages", __name__, url_prefix="/staff/requests", template_folder="../templates"
)
wording.register(blueprint)


@blueprint.get("/<reference>")
@access.require("request.see")
def look(reference: str) -> ResponseReturnValue:
    """Once it is confirmed it is an appointment, of the office that has it."""
    one = actions.look_at_request(web.db(), reference, staff.somebody())
    if one.status == rules.CONFIRMED:
        return flask.redirect(flask.url_for("desk_pages.appointment", reference=one.reference), 303)
    return _page(one, [])


@blueprint.post("/<reference>/withdrawal")
@access.require("request.withdraw")
def withdraw(reference: str) -> ResponseReturnValue:
    who = staff.somebody()
    try:
        asked = schemas.OnBehalfIn().load(forms.filled({"why": flask.request.form.get("why", "")}))
        actions.withdraw_request(web.db(), reference, "office", who, asked["why"])
    except ValidationError as failed:
        return _page(actions.look_at_request(web.db(), reference, who), forms.errors(failed)), 422
    except errors.Conflict as refusal:
        flask.flash(f"{reference}: {web.gettext(refusal.detail, **refusal.params)}", "problem")
    else:
        flask.flash(web.gettext("%(reference)s: the request is withdrawn.", reference=reference), "done")
    return flask.redirect(flask.url_for(".look", reference=reference), 303)


@blueprint.post("/<reference>/code")
@access.require("request.code")
def hand_code(reference: str) -> ResponseReturnValue:
    """The answer shows the code to hand over."""
    try:
        renewed = actions.hand_request_code(web.db(), reference, staff.somebody())
    except errors.Conflict as refusal:
        flask.flash(f"{reference}: {web.gettext(refusal.detail, **refusal.params)}", "problem")
        return flask.redirect(flask.url_for(".look", reference=reference), 303)
    return ask_for.handed_over(_theirs(renewed), renewed, actions.newest_code(web.db(), renewed), again=True)


def _theirs(one: model.Request) -> model.Office:
    """The first of its offices that is the actor's."""
    offices = (store.office(web.db(), id) for id in one.offices)
    return next(office for office in offices if auth.may_see_office(staff.somebody(), office.id))


def _page(one: model.Request, wrong: list[dict[str, str]]) -> str:
    return flask.render_template(
        "staff/request.html",
        asked=one,
        person=people.get(web.db(), one.person_id),
        offices=[store.office(web.db(), id) for id in one.offices],
        theirs=_theirs(one),
        office=store.office(web.db(), one.office_id) if one.status == rules.ALLOCATED and one.office_id else None,
        pathway=store.pathway(web.db(), one.pathway_id),
        window=store.windows.get(web.db(), one.window_id),
        names=auth.names(web.db(), {entry["account"] for entry in one.history if "account" in entry}),
        whys=[(code, wording.why(code)) for code in model.ON_BEHALF],
        why=wording.why,
        errors=wrong,
        may=staff.may,
    )
