"""One appointment as its office sees it: found by reference, put right, written about."""

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, model, people, schemas, store
from services.booking.pages import book_for, forms, staff, wording
from shared import auth, clock, errors, web

blueprint = flask.Blueprint("desk_pages", __name__, url_prefix="/staff", template_folder="../templates")
wording.register(blueprint)


@blueprint.get("/find")
@access.require("appointment.see")
def find() -> ResponseReturnValue:
    """Where a picture on somebody's phone leads, and the field of the day's list; of a request, too. Of another office:
    unknown."""
    found = actions.find(web.db(), flask.request.args.get("reference", ""), staff.somebody())
    page = "desk_request_pages.look" if isinstance(found, model.Request) else ".appointment"
    return flask.redirect(flask.url_for(page, reference=found.reference), 303)


@blueprint.get("/appointments/<reference>")
@access.require("appointment.see")
def appointment(reference: str) -> ResponseReturnValue:
    return _page(actions.look(web.db(), reference, staff.somebody()), [])


@blueprint.post("/appointments/<reference>/correction")
@access.require("appointment.correct")
def correct(reference: str) -> ResponseReturnValue:
    given = {name: flask.request.form.get(name, "") for name in ("status", "reason")}
    try:
        asked = schemas.CorrectionIn().load(forms.filled(given))
        actions.correct(web.db(), reference, asked["status"], asked["reason"], staff.somebody())
    except ValidationError as failed:
        return _page(actions.look(web.db(), reference, staff.somebody()), forms.errors(failed)), 422
    except errors.Conflict as refusal:
        flask.flash(f"{reference}: {web.gettext(refusal.detail, **refusal.params)}", "problem")
    else:
        flask.flash(web.gettext("%(reference)s: put right.", reference=reference), "done")
    return flask.redirect(flask.url_for(".appointment", reference=reference), 303)


@blueprint.post("/appointments/<reference>/notes")
@access.require("appointment.note")
def write_note(reference: str) -> ResponseReturnValue:
    who = staff.somebody()
    try:
        asked = schemas.NoteIn().load({"text": flask.request.form.get("text", "")})
        actions.write_note(web.db(), reference, asked["text"], web.idempotency_key(who.id), who)
    except ValidationError as failed:
        return _page(actions.look(web.db(), reference, who), forms.errors(failed)), 422
    except errors.Conflict as refusal:
        flask.flash(f"{reference}: {web.gettext(refusal.detail, **refusal.params)}", "problem")
    else:
        flask.flash(web.gettext("%(reference)s: the note is kept.", reference=reference), "done")
    return flask.redirect(flask.url_for(".appointment", reference=reference, _anchor="notes"), 303)


@blueprint.post("/appointments/<reference>/code")
@access.require("appointment.code")
def hand_code(reference: str) -> ResponseReturnValue:
    """The answer shows the code to hand over."""
    try:
        renewed = actions.hand_code(web.db(), reference, staff.somebody())
    except errors.Conflict as refusal:
        flask.flash(f"{reference}: {web.gettext(refusal.detail, **refusal.params)}", "problem")
        return flask.redirect(flask.url_for(".appointment", reference=reference), 303)
    return book_for.handed_over(renewed, actions.newest_code(web.db(), renewed), again=True)


def _page(one: model.Appointment, wrong: list[dict[str, str]]) -> str:
    notes = actions.notes(web.db(), one.reference, staff.somebody()) if staff.may("appointment.note") else []
    accounts = {entry["account"] for entry in one.history if "account" in entry} | {note["by"] for note in notes}
    return flask.render_template(
        "staff/appointment.html",
        appointment=one,
        person=people.get(web.db(), one.person_id),
        office=store.office(web.db(), one.office_id),
        pathways={each.id: each for each in store.pathways(web.db())},
        steps=staff.steps(one, clock.now()),
        notes=notes,
        names=auth.names(web.db(), accounts),
        corrections=[(code, wording.why(code)) for code in model.CORRECTIONS],
        statuses=[(status, wording.status_name(status)) for status in (model.ARRIVED, model.ATTENDED)],
        why=wording.why,
        contact_problem=staff.contact_problem,
        referral_state=staff.referral_state,
        back=staff.day_of(one),
        errors=wrong,
        may=staff.may,
        typed=flask.request.form,
    )
