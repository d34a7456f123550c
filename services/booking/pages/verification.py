"""The step in which a one-time code shows that a contact is one's own, where a pathway asks for it: between details and
check of a booking, between the form and its request for a place that is drawn."""

from dataclasses import replace
from typing import Any, TypeVar

import flask
import marshmallow
from flask.typing import ResponseReturnValue

from services.booking import actions, model, people, refusals, schemas, store
from services.booking.pages import appointment, asking, details, draft, held, wording
from shared import clock, errors, web
from shared.errors import N_

blueprint = flask.Blueprint("verification_pages", __name__, template_folder="../templates")
wording.register(blueprint)

OPEN = "verification"  # in the session: its id
BEGIN_AGAIN = N_("Please begin again. What was typed is kept for 30 minutes only.")
NO_CODE = N_("Please write the code.")
CHANGED = N_("Your answers were changed in another window. Please check them again.")

Wanted = TypeVar("Wanted", model.BookingRequest, model.Asked)


def with_verified(request: Wanted) -> Wanted:
    """The request, naming the verification that was made here, if it is of one of its contacts."""
    known = _opened(request)
    return replace(request, verification=known.id) if known and known.verified_at else request


def is_missing(request: model.BookingRequest, pathway: model.Pathway) -> bool:
    return pathway.verifies_contact and with_verified(request).verification is None


def forget() -> None:
    flask.session.pop(OPEN, None)


@blueprint.get("/verify")
def step() -> ResponseReturnValue:
    request = _kept()
    return _page(request, []) if request else _begin_again()


@blueprint.post("/verify")
@web.at_most("240/hour", "verification")
def ask() -> ResponseReturnValue:
    request = _kept()
    if request is None:
        return _begin_again()
    channel = flask.request.form.get("channel", "")
    contact = _contacts(request).get(channel)
    if contact is None:
        return _page(request, [{"field": "channel", "message": web.gettext(schemas.ONE_OF_THESE)}]), 422
    wanted = model.VerificationRequest(channel, contact, request.language)
    try:
        made, _ = actions.request_verification(web.db(), wanted, web.idempotency_key("public"))
    except errors.TooMany as refusal:
        return _page(request, [{"field": "channel", "message": web.gettext(refusal.detail)}]), refusal.status
    flask.session[OPEN] = made.id
    return flask.redirect(flask.url_for(".step"), 303)


@blueprint.post("/verify/code")
@web.at_most("600/hour", "verification_tried")
def say_code() -> ResponseReturnValue:
    request = _kept()
    if request is None:
        return _sent_already() or _begin_again()
    given = flask.request.form.get("code", "").strip()[:100]
    if not given:
        return _page(request, [{"field": "code", "message": web.gettext(NO_CODE)}]), 422
    try:
        actions.verify(web.db(), flask.session.get(OPEN, ""), given)
    except refusals.WrongOneTimeCode as refusal:
        return _page(request, [{"field": "code", "message": web.gettext(refusal.detail)}]), refusal.status
    except (refusals.OneTimeCodeVoid, refusals.UnknownVerification) as refusal:
        forget()
        return _page(request, [{"field": "channel", "message": web.gettext(refusal.detail)}]), refusal.status
    return _on(request)


def _on(request: model.BookingRequest | model.Asked) -> ResponseReturnValue:
    """From here on the time is held. If it has gone meanwhile, the page before says so."""
    kept = draft.read()
    if isinstance(request, model.Asked):
        return _send(kept, request) if kept else _begin_again()
    try:
        if kept:
            held.keep(kept, request.party_size)
    except (refusals.SlotTaken, refusals.SlotPast, refusals.SlotGone, refusals.TooSoon, refusals.IntakeClosed):
        return flask.redirect(flask.url_for("booking_pages.details"), 303)
    return flask.redirect(flask.url_for("booking_pages.check"), 303)


def _send(kept: draft.Draft, asked: model.Asked) -> ResponseReturnValue:
    """If the request is refused, its form says so, with what was typed."""
    form = flask.url_for("request_pages.ask", pathway=kept.pathway)
    if flask.request.form.get("idempotency_key") != kept.values["key"]:
        flask.flash(web.gettext(CHANGED), "problem")
        return flask.redirect(form, 303)
    try:
        return asking.send(kept, with_verified(asked))
    except errors.Refusal as refusal:
        if refusal.status >= 500:
            raise
        flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
        return flask.redirect(form, 303)


def _sent_already() -> ResponseReturnValue | None:
    """The request that the same form made a moment ago."""
    if appointment.booked_with(flask.request.form.get("idempotency_key", "")):
        return flask.redirect(flask.url_for("request_pages.status"), 303)
    return None


def _kept() -> model.BookingRequest | model.Asked | None:
    kept = draft.read()
    if kept is None:
        return None
    try:
        return asking.load(kept) if kept.is_asking else details.load(kept)
    except marshmallow.ValidationError:
        return None


def _opened(request: model.BookingRequest | model.Asked) -> model.Verification | None:
    """The one asked for here, as long as it is of use: for another contact or a second booking it is none."""
    known = store.find_verification(web.db(), flask.session.get(OPEN, ""))
    prints = people.contact_fingerprints(web.settings().fingerprint_key, request.person)
    if known is None or known.contact not in prints or known.used_by:
        return None
    return known if clock.now() < (known.forgotten_at if known.verified_at else known.code_until) else None


def _contacts(request: model.BookingRequest | model.Asked) -> dict[str, str]:
    found = {"sms": request.person.phone, "email": request.person.email}
    return {channel: contact for channel, contact in found.items() if contact}


def _page(request: model.BookingRequest | model.Asked, wrong: list[dict[str, str]]) -> str:
    contacts = _contacts(request)
    chosen = flask.request.form.get("channel") or next(iter(request.channels), "")
    return flask.render_template(
        "public/verify.html",
        options=[(channel, _shown(channel, contact)) for channel, contact in contacts.items()],
        chosen=chosen if chosen in contacts else next(iter(contacts), ""),
        sent=_opened(request),
        asking=draft.read() if isinstance(request, model.Asked) else None,
        errors=wrong,
        **({} if contacts else _where_to_go(request)),
    )


def _where_to_go(request: model.BookingRequest | model.Asked) -> dict[str, Any]:
    """For who has no contact to be verified: the offices that they chose, and until when."""
    if isinstance(request, model.BookingRequest):
        slot = store.slot(web.db(), request.slot_id)
        return {"offices": [store.office(web.db(), slot.office_id)], "closes_at": None}
    windows = store.windows.open_for(web.db(), request.pathway_id)
    known = {office.id: office for office in store.offices(web.db(), request.pathway_id)}
    chosen = [known[id] for id in request.wish.offices if id in known] or list(known.values())
    closes_at = next((one.closes_at for one in windows if request.wish.offices[0] in one.offices), None)
    return {"offices": chosen, "closes_at": closes_at}


def _shown(channel: str, contact: str) -> str:
    return wording.phone(contact) if channel == "sms" else contact


def _begin_again() -> ResponseReturnValue:
    flask.flash(web.gettext(BEGIN_AGAIN), "problem")
    return flask.redirect(flask.url_for("booking_pages.start"), 303)
