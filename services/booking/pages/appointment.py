"""One's own appointment by page: found by reference and code, then open for half an hour in the signed session only."""

from datetime import timedelta

import flask
from flask.typing import ResponseReturnValue

from services.booking import actions, answers, calendar_file, model, store
from services.booking.pages import square, wording
from shared import auth, clock, codes, errors, web
from shared.errors import N_

blueprint = flask.Blueprint("appointment_pages", __name__, template_folder="../templates")
wording.register(blueprint)

OPEN = "appointment"  # in the session: reference, until, and of a booking made here its slot and key
LIFETIME = timedelta(minutes=30)
MISSING = {"reference": N_("Please write the reference."), "code": N_("Please write the code.")}
TAKEN = N_("Your appointment has another time now. We write to you about it.")
LET_GO = N_("The place goes to somebody else. Thank you for telling us.")
CLOSED = N_("Please open your appointment again. It stays open for 30 minutes.")


def open_here(reference: str, slot_id: str | None = None, key: str | None = None) -> None:
    """`slot_id` and `key` of a booking just made, so that the same sent twice leads to the same page."""
    until = int((clock.now() + LIFETIME).timestamp())
    flask.session[OPEN] = {"reference": reference, "until": until, "slot": slot_id, "key": key}


def booked_with(key: str) -> bool:
    return bool(key) and opened().get("key") == key


def booked_slot() -> str | None:
    """The slot of the booking made here a moment ago."""
    return opened().get("slot")


@blueprint.get("/find")
def find() -> ResponseReturnValue:
    return flask.render_template("public/find.html", errors=[], reference="")


@blueprint.post("/find")
def open_found() -> ResponseReturnValue:
    given = {name: flask.request.form.get(name, "").strip()[:100] for name in MISSING}
    missing = [{"field": name, "message": web.gettext(MISSING[name])} for name in MISSING if not given[name]]
    if missing:
        return _not_found(given, missing), 422
    try:
        find = actions.identify_request if _is_request(given["reference"]) else actions.identify
        found = find(web.db(), given["reference"], given["code"], web.network())
    except (auth.WrongCode, errors.TooMany) as refusal:
        message = web.gettext(refusal.detail, **refusal.params)
        status = 429 if isinstance(refusal, errors.TooMany) else 422
        return _not_found(given, [{"field": "reference", "message": message}]), status
    open_here(found.reference)
    return flask.redirect(flask.url_for(".status"), 303)


@blueprint.get("/appointment")
def status() -> ResponseReturnValue:
    mine = own()
    if mine is None:
        return flask.redirect(flask.url_for("request_pages.status"), 303) if opened() else closed()
    pathway = store.pathway(web.db(), mine.pathway_id)
    return flask.render_template(
        "public/appointment.html",
        appointment=mine,
        office=store.office(web.db(), mine.office_id),
        pathway=pathway,
        following=answers.following(mine, clock.now()),
        cancel_until=mine.cancel_until(pathway.cancel_notice_minutes, clock.now()),
        square=square.of(mine.reference) if mine.status == model.BOOKED else None,
        kept=mine.kept if mine.kept and clock.now() < mine.kept.answer_by else None,
        code=actions.code(web.db(), mine) if model.FIRST_CODE in mine.good_codes else None,
        fresh=mine.status == model.BOOKED and bool(opened().get("key")),
    )


@blueprint.get("/appointment/calendar.ics")
def calendar() -> ResponseReturnValue:
    mine = own()
    if mine is None:
        return closed()
    office = store.office(web.db(), mine.office_id)
    answer = flask.Response(calendar_file.of(mine, office), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="cita.ics"'
    return answer


@blueprint.get("/appointment/cancellation")
def cancellation() -> ResponseReturnValue:
    mine = own()
    if mine is None:
        return closed()
    if mine.status != model.BOOKED:
        return flask.redirect(flask.url_for(".status"), 303)
    office = store.office(web.db(), mine.office_id)
    return flask.render_template("public/cancellation.html", appointment=mine, office=office)


@blueprint.post("/appointment/cancellation")
def cancel() -> ResponseReturnValue:
    mine = own()
    if mine is None:
        return closed()
    try:
        actions.cancel(web.db(), mine.reference, by="person")
    except errors.Conflict as refusal:
        flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
    else:
        flask.flash(web.gettext("Your appointment is cancelled."), "done")
    return flask.redirect(flask.url_for(".status"), 303)


@blueprint.post("/appointment/kept")
def answer_kept() -> ResponseReturnValue:
    """Of a time that is kept for who lost theirs to the office."""
    mine = own()
    if mine is None:
        return closed()
    wanted = flask.request.form.get("answer") == "take"
    try:
        (actions.rebooking.take if wanted else actions.rebooking.let_go)(web.db(), mine.reference)
    except errors.Conflict as refusal:
        flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
    else:
        flask.flash(web.gettext(TAKEN if wanted else LET_GO), "done")
    return flask.redirect(flask.url_for(".status"), 303)


@blueprint.post("/leave")
def leave() -> ResponseReturnValue:
    flask.session.pop(OPEN, None)
    flask.flash(web.gettext("Your appointment is no longer open on this device."), "done")
    return flask.redirect(flask.url_for("booking_pages.start"), 303)


def _is_request(reference: str) -> bool:
    """Not an appointment, or not yet."""
    known = codes.read_reference(reference)
    return store.find(web.db(), known) is None and store.requests.find(web.db(), known) is not None


def opened() -> dict[str, str]:
    opened = flask.session.get(OPEN) or {}
    return opened if opened.get("until", 0) >= clock.now().timestamp() else {}


def own() -> model.Appointment | None:
    """The appointment that is open here."""
    reference = opened().get("reference")
    return store.find(web.db(), reference) if reference else None


def closed() -> ResponseReturnValue:
    """To where it is opened, for whoever has none open here."""
    flask.flash(web.gettext(CLOSED), "problem")
    return flask.redirect(flask.url_for("appointment_pages.find"), 303)


def _not_found(given: dict[str, str], wrong: list[dict[str, str]]) -> str:
    return flask.render_template("public/find.html", errors=wrong, reference=given["reference"])
