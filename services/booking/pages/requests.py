"""A place that is drawn, by page: asked for, looked at, changed, confirmed, withdrawn. Without JavaScript."""

from typing import Any

import flask
import marshmallow
from flask.typing import ResponseReturnValue

from services.booking import actions, model, refusals, store
from services.booking.model import requests as rules
from services.booking.model import window as states
from services.booking.pages import appointment, asking, draft, held, verification, wording
from shared import errors, web

blueprint = flask.Blueprint("request_pages", __name__, template_folder="../templates")
wording.register(blueprint)


@blueprint.get("/ask")
def ask() -> ResponseReturnValue:
    """What the rule is, and the form while a window is open."""
    pathway = store.pathway(web.db(), flask.request.args.get("pathway", ""))
    if pathway.mode != model.REQUEST_WINDOW:
        return flask.redirect(flask.url_for("booking_pages.offices", pathway=pathway.id), 303)
    return _form(pathway, asking.kept_for(pathway.id) or {"language": web.locale()}, [])


@blueprint.post("/ask")
def send() -> ResponseReturnValue:
    """Twice the same is once: the key came with the form. Where the contact is verified first, what was typed is kept
    for the step that does it, and sent there."""
    form = flask.request.form
    pathway = store.pathway(web.db(), form.get("pathway", ""))
    values = asking.typed()
    if "add" in form or "remove" in form:
        return _form(pathway, values, [], rows=len(values["companions"]) + ("add" in form))
    typed = draft.Draft("", pathway.id, values, "")
    try:
        asked = asking.load(typed)
    except marshmallow.ValidationError as failed:
        return _form(pathway, values, asking.wrong(typed, failed)), 422
    try:
        typed = asking.under_key(typed)
        return asking.send(typed, verification.with_verified(asked))
    except refusals.ContactNotVerified:
        return _verify_first(pathway, typed)
    except errors.Refusal as refusal:
        if refusal.status >= 500:
            raise
        return _form(pathway, values, asking.told(refusal)), refusal.status


def _verify_first(pathway: model.Pathway, typed: draft.Draft) -> ResponseReturnValue:
    if before := draft.read():
        held.drop(before)
    try:
        asking.keep(typed)
    except draft.TooMuchText:
        wrong = [{"field": "person.name", "message": web.gettext(draft.TOO_MUCH)}]
        return _form(pathway, typed.values, wrong), 422
    return flask.redirect(flask.url_for("verification_pages.step"), 303)


@blueprint.get("/request")
def status() -> ResponseReturnValue:
    mine = _mine()
    if mine is None:
        return appointment.closed()
    if mine.status == rules.CONFIRMED:
        return flask.redirect(flask.url_for("appointment_pages.status"), 303)
    return flask.render_template(
        "public/request.html",
        request=mine,
        window=store.windows.get(web.db(), mine.window_id),
        pathway=store.pathway(web.db(), mine.pathway_id),
        offices=[store.office(web.db(), id) for id in mine.offices],
        office=store.office(web.db(), mine.office_id) if mine.office_id else None,
        code=actions.request_code(web.db(), mine) if model.FIRST_CODE in mine.good_codes else None,
        fresh=mine.status == rules.RECEIVED and appointment.booked_with(appointment.opened().get("key") or ""),
        can_change=_can_change(mine),
        prepared=actions.who_comes(web.db(), mine),
        draw=store.draws.find(web.db(), mine.window_id),
    )


@blueprint.get("/request/change")
def changing() -> ResponseReturnValue:
    mine = _mine()
    if mine is None:
        return appointment.closed()
    if not _can_change(mine):
        return flask.redirect(flask.url_for(".status"), 303)
    return _change_form(mine, _wished(mine), [])


@blueprint.post("/request/change")
def change() -> ResponseReturnValue:
    mine = _mine()
    if mine is None:
        return appointment.closed()
    values, form = asking.typed(), flask.request.form
    if "add" in form or "remove" in form:
        return _change_form(mine, values, [], rows=len(values["companions"]) + ("add" in form))
    try:
        actions.change_request(web.db(), mine.reference, *asking.change(values, mine.pathway_id))
    except marshmallow.ValidationError as failed:
        typed = draft.Draft("", mine.pathway_id, values, "")
        return _change_form(mine, values, asking.wrong(typed, failed)), 422
    except errors.Invalid as refusal:
        return _change_form(mine, values, asking.told(refusal)), 422
    except errors.Conflict as refusal:
        flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
    else:
        flask.flash(web.gettext("Your request is changed."), "done")
    return flask.redirect(flask.url_for(".status"), 303)


@blueprint.post("/request/confirmation")
def confirm() -> ResponseReturnValue:
    mine = _mine()
    if mine is None:
        return appointment.closed()
    try:
        actions.confirm_request(web.db(), mine.reference)
    except errors.Conflict as refusal:
        flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
        return flask.redirect(flask.url_for(".status"), 303)
    flask.flash(web.gettext("Your place is confirmed. It is your appointment now."), "done")
    return flask.redirect(flask.url_for("appointment_pages.status"), 303)


@blueprint.get("/request/withdrawal")
def withdrawing() -> ResponseReturnValue:
    mine = _mine()
    if mine is None:
        return appointment.closed()
    if not mine.is_asking:
        return flask.redirect(flask.url_for(".status"), 303)
    return flask.render_template("public/withdrawal.html", request=mine)


@blueprint.post("/request/withdrawal")
def withdraw() -> ResponseReturnValue:
    mine = _mine()
    if mine is None:
        return appointment.closed()
    try:
        actions.withdraw_request(web.db(), mine.reference, "person")
    except errors.Conflict as refusal:
        flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
    else:
        flask.flash(web.gettext("Your request is withdrawn."), "done")
    return flask.redirect(flask.url_for(".status"), 303)


def _mine() -> model.Request | None:
    reference = appointment.opened().get("reference")
    return store.requests.find(web.db(), reference) if reference else None


def _can_change(mine: model.Request) -> bool:
    window = store.windows.get(web.db(), mine.window_id)
    return mine.status == rules.RECEIVED and window.state == states.OPEN


def _wished(mine: model.Request) -> dict[str, Any]:
    """As the form would have it."""
    known = actions.who_comes(web.db(), mine)
    rows = [{"name": one["name"], **_parts(one["birth_date"])} for one in known["companions"] or []]
    return {
        "offices": dict(zip(asking.CHOICES, mine.offices, strict=False)),
        "availability": mine.availability,
        "needs": mine.needs,
        "access_needs": known["needs"],
        "interpreter": known["interpreter"],
        "companions": rows,
    }


def _parts(birth_date: str) -> dict[str, str]:
    year, month, day = birth_date.split("-")
    parts = {"year": year, "month": str(int(month)), "day": str(int(day))}
    return {f"birth_date.{name}": value for name, value in parts.items()}


def _form(pathway: model.Pathway, values: dict[str, Any], wrong: list[dict[str, str]], rows: int = 0) -> str:
    windows = store.windows.of_pathway(web.db(), pathway.id)
    window = next((one for one in windows if one.state == states.OPEN), None)
    return flask.render_template(
        "public/ask.html",
        pathway=pathway,
        window=window,
        next=min((one for one in windows if one.state == states.PLANNED), key=lambda one: one.opens_at, default=None),
        zone_of=_zone(windows),
        **asking.fields(window, values, wrong, rows),
    )


def _change_form(mine: model.Request, values: dict[str, Any], wrong: list[dict[str, str]], rows: int = 0) -> str:
    window = store.windows.get(web.db(), mine.window_id)
    fields = asking.fields(window, values, wrong, rows) | {"kept": asking.kept(mine, values)}
    return flask.render_template("public/request_change.html", **fields)


def _zone(windows: list[model.Window]) -> str:
    """In which the window's dates are told: that of its first office."""
    return store.office(web.db(), windows[0].offices[0]).timezone if windows else "UTC"
