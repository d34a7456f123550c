"""An office's intake by page: open, so many a day or closed, from and until, and what the public is told."""

from typing import Any

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, model, schemas, store
from services.booking.pages import forms, wording
from shared import auth, errors, web
from shared.errors import N_

blueprint = flask.Blueprint("intake_pages", __name__, url_prefix="/staff/offices", template_folder="../templates")
wording.register(blueprint)

TYPED = ("state", "most_per_day", "opens_at", "closes_at", "message.es", "message.en", "version")
NO_NUMBER = N_("Please give how many at most, as a number.")
NO_STATE = N_("Please choose one of these.")
BOTH_LANGUAGES = N_("Please write the message in both languages, or in none.")


@blueprint.get("/<office_id>/intake")
@access.require("intake.see")
def intake(office_id: str) -> ResponseReturnValue:
    office, pathway = _asked(office_id)
    return _page(office, pathway, _as_typed(office, _own(office, pathway)), [])


@blueprint.post("/<office_id>/intake")
@access.require("intake.change")
def change(office_id: str) -> ResponseReturnValue:
    office, pathway = _asked(office_id)
    typed = {name: flask.request.form.get(name, "").strip()[:400] for name in TYPED}
    wrong = _wrong_at_once(typed)
    if wrong:
        return _page(office, pathway, typed, _in_place(wrong)), 422
    try:
        pathway, given = schemas.IntakeIn().load(_body(office, pathway, typed))
        actions.set_intake(web.db(), office.id, pathway, given, auth.require_office(office.id), typed["version"])
    except ValidationError as failed:
        return _page(office, pathway, typed, _in_place(forms.errors(failed))), 422
    except (errors.PreconditionFailed, errors.Conflict):
        now = store.office(web.db(), office.id)
        message = web.gettext(
            "Somebody else changed the intake meanwhile. What it is now stands above; send yours again."
        )
        again = typed | {"version": actions.etag(now)}
        return _page(now, pathway, again, [{"field": "", "message": message}]), 409
    flask.flash(web.gettext("The intake is changed. The public pages show it within a second."), "done")
    return flask.redirect(flask.url_for(".intake", office_id=office.id, pathway=pathway), 303)


def _asked(office_id: str) -> tuple[model.Office, str | None]:
    office = store.office(web.db(), office_id)
    auth.require_office(office.id)
    wanted = flask.request.values.get("pathway")
    return office, wanted if wanted in office.pathways else None


def _own(office: model.Office, pathway: str | None) -> model.Intake:
    return office.intakes.get(pathway, model.Intake()) if pathway else office.intake


def _as_typed(office: model.Office, one: model.Intake) -> dict[str, Any]:
    message = one.message or {}
    return {
        "state": "closed" if not one.open else "capped" if one.most_per_day else "open",
        "most_per_day": one.most_per_day or "",
        "opens_at": forms.shown_moment(one.opens_at, office.timezone),
        "closes_at": forms.shown_moment(one.closes_at, office.timezone),
        "message.es": message.get("es", ""),
        "message.en": message.get("en", ""),
        "version": actions.etag(office),
    }


def _wrong_at_once(typed: dict[str, Any]) -> list[dict[str, str]]:
    """What the schema could only call unreadable."""
    wrong = {}
    if typed["state"] not in ("open", "capped", "closed"):
        wrong["state"] = NO_STATE
    if typed["state"] == "capped" and not typed["most_per_day"].isdecimal():
        wrong["most_per_day"] = NO_NUMBER
    for name in ("opens_at", "closes_at"):
        if typed[name] and forms.asked_moment(typed[name], "UTC") is None:
            wrong[name] = forms.NO_MOMENT
    if bool(typed["message.es"]) != bool(typed["message.en"]):
        wrong["message.en" if typed["message.es"] else "message.es"] = BOTH_LANGUAGES
    return [{"field": field, "message": web.gettext(message)} for field, message in wrong.items()]


def _body(office: model.Office, pathway: str | None, typed: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"pathway": pathway, "open": typed["state"] != "closed"}
    if typed["state"] == "capped":
        body["most_per_day"] = int(typed["most_per_day"][:6])
    for name in ("opens_at", "closes_at"):
        moment = forms.asked_moment(typed[name], office.timezone)
        if moment:
            body[name] = moment.isoformat()
    if typed["message.es"]:
        body["message"] = {language: typed[f"message.{language}"] for language in ("es", "en")}
    return body


def _in_place(wrong: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(wrong, key=lambda one: TYPED.index(one["field"]) if one["field"] in TYPED else len(TYPED))


def _page(office: model.Office, pathway: str | None, typed: dict[str, Any], wrong: list[dict[str, str]]) -> str:
    names = {one.id: wording.own(one.name) for one in store.pathways(web.db())}
    return flask.render_template(
        "staff/intake.html",
        office=office,
        pathway=pathway,
        names=names,
        rows=[(None, office.intake), *((one, office.intakes.get(one)) for one in office.pathways)],
        values=typed,
        errors=wrong,
        may_change=access.may(auth.actor(), "intake.change"),
    )
