"""Booking by page: service, office, time, who you are, check, done. Without JavaScript, and no person in a URL."""

from typing import Any

import flask
import marshmallow
from flask.typing import ResponseReturnValue

from services.booking import intakes, model, refusals, schemas, store
from services.booking.pages import appointment, draft, held, verification, wording
from services.booking.pages import details as typing
from services.booking.pages import times as times_page
from shared import clock, errors, web

blueprint = flask.Blueprint("booking_pages", __name__, template_folder="../templates")
wording.register(blueprint)

TIME_IS_GONE = (refusals.SlotTaken, refusals.SlotGone, refusals.SlotPast, refusals.TooSoon, refusals.TooFarAhead)


@blueprint.get("/")
@web.public_page
def start() -> ResponseReturnValue:
    return flask.render_template("public/start.html", pathways=store.pathways(web.db()))


@blueprint.get("/offices")
@web.public_page
def offices() -> ResponseReturnValue:
    wanted = flask.request.args.get("pathway", "")
    if not wanted:
        return flask.redirect(flask.url_for(".start"), 303)
    pathway = store.pathway(web.db(), wanted)
    if pathway.mode == model.REQUEST_WINDOW:
        return flask.redirect(flask.url_for("request_pages.ask", pathway=pathway.id), 303)
    return times_page.offices(pathway)


@blueprint.get("/times")
@web.public_page
def times() -> ResponseReturnValue:
    asked = flask.request.args
    if not asked.get("pathway") or not asked.get("office"):
        return flask.redirect(flask.url_for(".offices", pathway=asked.get("pathway")), 303)
    pathway, office = store.pathway(web.db(), asked["pathway"]), store.office(web.db(), asked["office"])
    if not intakes.takes(web.db(), office, pathway.id):
        return _closed(pathway.id)
    return times_page.page(pathway, office)


@blueprint.get("/details")
def details() -> ResponseReturnValue:
    kept = draft.read()
    wanted = flask.request.args.get("slot") or (kept.slot if kept else "")
    if not wanted:
        return flask.redirect(flask.url_for(".start"), 303)
    if kept is None and appointment.booked_slot() == wanted:
        return _booked_already()
    slot = store.slot(web.db(), wanted)
    refusal = _refused_before_asking(slot, kept)
    return _back(refusal, slot) if refusal else _details(slot, kept.values if kept else {}, [])


@blueprint.post("/details")
def say_details() -> ResponseReturnValue:
    form = flask.request.form
    values = typing.typed(typing.without(form, form["remove"]) if "remove" in form else form)
    before = draft.read()
    if before and before.slot != form.get("slot", ""):
        held.drop(before)
    try:
        kept = draft.keep(form.get("slot", ""), form.get("pathway", ""), values)
        slot = store.slot(web.db(), kept.slot)
    except draft.TooMuchText:
        slot = store.slot(web.db(), form.get("slot", ""))
        return _details(slot, values, [{"field": "person.name", "message": web.gettext(draft.TOO_MUCH)}]), 422
    if "add" in form or "remove" in form:
        rows = len(values["companions"]) + ("add" in form)
        return flask.redirect(flask.url_for(".details", slot=slot.id, rows=rows, _anchor="companions"), 303)
    try:
        request = typing.load(kept)
        _must_fit(request, slot)
        if not verification.is_missing(request, store.pathway(web.db(), slot.pathway_id)):
            held.keep(kept, request.party_size)
    except marshmallow.ValidationError as failed:
        return _details(slot, values, typing.wrong(kept, failed)), 422
    except refusals.PartyTooLarge as refusal:
        return _details(slot, values, [{"field": "companions", "message": _told(refusal)}]), 422
    except (*TIME_IS_GONE, refusals.IntakeClosed, refusals.AskInWindow) as refusal:
        return _back(refusal, slot)
    return flask.redirect(flask.url_for(".check"), 303)


@blueprint.get("/check")
def check() -> ResponseReturnValue:
    kept = draft.read()
    if kept is None:
        return _booked_already() if appointment.booked_slot() else _begin_again()
    if kept.is_asking:
        return flask.redirect(flask.url_for("request_pages.ask", pathway=kept.pathway), 303)
    slot = store.slot(web.db(), kept.slot)
    try:
        request = typing.load(kept)
    except marshmallow.ValidationError:  # one step was left out: it says what is missing
        return flask.redirect(flask.url_for(".details", slot=slot.id), 303)
    office, pathway = store.office(web.db(), slot.office_id), store.pathway(web.db(), slot.pathway_id)
    if verification.is_missing(request, pathway):
        return flask.redirect(flask.url_for("verification_pages.step"), 303)
    return flask.render_template(
        "public/check.html",
        slot=slot,
        office=office,
        pathway=pathway,
        draft=kept,
        asked=request,
        held=held.of(kept),
    )


@blueprint.post("/book")
def book() -> ResponseReturnValue:
    """Twice the same is once: the key was made with the draft, and a draft with other content has another key."""
    kept, key = draft.read(), flask.request.form.get("idempotency_key", "")
    if kept is None:
        return (
            flask.redirect(flask.url_for("appointment_pages.status"), 303)
            if appointment.booked_with(key)
            else _begin_again()
        )
    if kept.key != key:
        flask.flash(web.gettext(verification.CHANGED), "problem")
        return flask.redirect(flask.url_for(".check"), 303)
    try:
        request = typing.load(kept)
    except marshmallow.ValidationError:
        return flask.redirect(flask.url_for(".details", slot=kept.slot), 303)
    try:
        made = held.book(kept, verification.with_verified(request))
    except (*TIME_IS_GONE, refusals.IntakeClosed, refusals.AskInWindow) as refusal:
        return _back(refusal, store.slot(web.db(), kept.slot))
    except errors.Refusal as refusal:
        if refusal.status >= 500:
            raise
        flask.flash(_told(refusal), "problem")
        return flask.redirect(flask.url_for(".check"), 303)
    draft.forget()
    verification.forget()
    appointment.open_here(made.reference, made.slot_id, key)
    return flask.redirect(flask.url_for("appointment_pages.status"), 303)


@blueprint.get("/book")
def book_again() -> ResponseReturnValue:
    """Where the address of the form leads when it is opened by itself."""
    return flask.redirect(flask.url_for(".check"), 303)


@blueprint.errorhandler(refusals.SlotGone)
def gone(refusal: refusals.SlotGone) -> ResponseReturnValue:
    kept = draft.read()
    _say_why(refusal)
    return flask.redirect(
        flask.url_for(".offices", pathway=kept.pathway or None) if kept else flask.url_for(".start"), 303
    )


@blueprint.post("/clear")
def clear() -> ResponseReturnValue:
    if kept := draft.read():
        held.drop(kept)
    draft.forget()
    flask.flash(web.gettext("What you typed has been deleted from this device."), "done")
    return flask.redirect(flask.url_for(".start"), 303)


def _details(slot: model.Slot, values: dict[str, Any], wrong: list[dict[str, str]]) -> str:
    asked = flask.request.args.get("rows", "")
    rows = int(asked[:2]) if asked.isdecimal() else 0
    companions = [*values.get("companions", [])]
    companions += [{}] * (min(rows, schemas.MOST_COMPANIONS) - len(companions))
    return flask.render_template(
        "public/details.html",
        slot=slot,
        office=store.office(web.db(), slot.office_id),
        pathway=store.pathway(web.db(), slot.pathway_id),
        values={"language": web.locale(), **values},
        companions=companions,
        most=schemas.MOST_COMPANIONS,
        errors=wrong,
    )


def _must_fit(request: model.BookingRequest, slot: model.Slot) -> None:
    """Told now rather than after the last step; the booking itself decides it again."""
    office, pathway = store.office(web.db(), slot.office_id), store.pathway(web.db(), slot.pathway_id)
    request.must_fit(slot, office, pathway, clock.now())


def _refused_before_asking(slot: model.Slot, kept: draft.Draft | None) -> errors.Refusal | None:
    if store.pathway(web.db(), slot.pathway_id).mode == model.REQUEST_WINDOW:
        return refusals.AskInWindow()
    if slot.starts_at <= clock.now():
        return refusals.SlotPast()
    if slot.free < 1 and not (kept and kept.slot == slot.id and held.of(kept)):
        return refusals.SlotTaken()
    office = store.office(web.db(), slot.office_id)
    return None if intakes.takes(web.db(), office, slot.pathway_id) else refusals.IntakeClosed()


def _back(refusal: errors.Refusal, slot: model.Slot) -> ResponseReturnValue:
    """To what is still free, told why; what was typed stays in the draft."""
    if isinstance(refusal, refusals.AskInWindow):
        return flask.redirect(flask.url_for("request_pages.ask", pathway=slot.pathway_id), 303)
    if isinstance(refusal, refusals.IntakeClosed):
        return _closed(slot.pathway_id, refusal)
    _say_why(refusal)
    free_from = max(times_page.local_day(slot), wording.local_day(clock.now(), slot.timezone))
    times = flask.url_for(".times", pathway=slot.pathway_id, office=slot.office_id)
    return flask.redirect(f"{times}&from={free_from}", 303)


def _closed(pathway_id: str, refusal: errors.Refusal | None = None) -> ResponseReturnValue:
    _say_why(refusal or refusals.IntakeClosed())
    return flask.redirect(flask.url_for(".offices", pathway=pathway_id), 303)


def _say_why(refusal: errors.Refusal) -> None:
    kept = web.gettext("What you typed has been kept.") if draft.read() else ""
    flask.flash(f"{_told(refusal)} {kept}".strip(), "problem")


def _begin_again() -> ResponseReturnValue:
    flask.flash(web.gettext("Please begin again. What was typed is kept for 30 minutes only."), "problem")
    return flask.redirect(flask.url_for(".start"), 303)


def _booked_already() -> ResponseReturnValue:
    flask.flash(web.gettext("You have booked this appointment already. Here it is."), "done")
    return flask.redirect(flask.url_for("appointment_pages.status"), 303)


def _told(refusal: errors.Refusal) -> str:
    return web.gettext(refusal.detail, **refusal.params)
