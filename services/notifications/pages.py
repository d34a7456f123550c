"""Pages for people: is this message from you, how shall we write to you, write no more."""

import hmac
from typing import Any

import flask
import marshmallow
from flask import request, session
from flask.typing import ResponseReturnValue

from services.notifications import access, actions, render, schemas, shown
from services.notifications.model import contact
from services.notifications.store import appointments, messages
from shared import auth, clock, codes, errors, web
from shared.errors import N_
from shared.web.protection import csrf

STAY_SECONDS = 15 * 60
CHANNELS = {contact.EMAIL: N_("Email"), contact.SMS: "SMS"}
HOURS = [f"{hour:02}:00" for hour in range(24)]
KINDS = {
    "appointment_booked": N_("confirmation of an appointment"),
    "appointment_rescheduled": N_("another time of an appointment"),
    "appointment_cancelled": N_("cancellation of an appointment"),
    "appointment_missed": N_("a missed appointment"),
    "office_cancelled": N_("an appointment that the office cancelled"),
    "place_kept": N_("a place that is kept for you"),
    "kept_withdrawn": N_("a kept place that the office cannot give"),
    "code_renewed": N_("a new code for an appointment"),
    "one_time_code": N_("a code to verify a phone or email"),
    "contact_used_again": N_("a second booking with the same data"),
    "request_received": N_("receipt of a request"),
    "request_code_renewed": N_("a new code for a request"),
    "contact_asked_again": N_("a second request with the same data"),
    "request_allocated": N_("a place to be confirmed"),
    "request_reminder": N_("a reminder to confirm a place"),
    "request_waitlisted": N_("a number on the waitlist"),
    "request_not_allocated": N_("the end of a waitlist"),
    "request_expired": N_("a place that was not confirmed"),
    "offer_withdrawn": N_("an offered place that the office cannot keep"),
    "request_withdrawn": N_("a withdrawn request"),
    "referral_accepted": N_("news of a case"),
}

blueprint = flask.Blueprint("pages", __name__, template_folder="templates")


class NotOurs(errors.NotFound):
    code = "not-ours"
    title = N_("We sent no message with this code")
    detail = N_("Look at the code again. If it is right, the message is not from us: do not pay and do not answer.")


@blueprint.get("/")
@web.public_page
def home() -> ResponseReturnValue:
    return flask.render_template("home.html")


@blueprint.get("/check")
@web.at_most("120/minute")
def check() -> ResponseReturnValue:
    given = request.args.get("message")
    if given is None:
        return flask.render_template("check.html", given="", found=None, unknown=None)
    found = _with_check_code(given[:40])
    status, unknown = (200, None) if found else (404, NotOurs)
    return flask.render_template("check.html", given=given[:40], found=found, unknown=unknown), status


def _with_check_code(given: str) -> list[dict[str, Any]]:
    """What kind, when and to whom (masked) of each message with this code, and nothing more."""
    db, scope = web.db(), f"check|{web.network()}"
    web.throttle(db, scope)
    code = codes.read_reference(given, prefix="").replace("-", "")
    found = messages.with_check_code(db, code)
    if not found:
        web.throttle_failed(db, scope, free=20, longest=60)
    return [
        {
            "kind": KINDS[one.template],
            "channel": one.channel,
            "at": render.moment(one.sent_at or one.created_at, one.timezone, web.locale()),
            "recipient": shown.recipient(db, one),
        }
        for one in found
    ]


# preferences


@blueprint.get("/preferences")
def preferences() -> ResponseReturnValue:
    appointment = _entered()
    if appointment is None:
        reference = request.args.get("reference", "")[:40]
        return flask.render_template("enter.html", reference=reference, errors=[])
    return _choices(appointment)


@blueprint.post("/preferences/enter")
@web.at_most("120/minute")
def enter() -> ResponseReturnValue:
    reference, code = request.form.get("reference", ""), request.form.get("code", "")
    try:
        appointment, number = access.enter(reference, code)
    except auth.WrongCode as wrong:
        found = [{"field": "reference", "message": web.gettext(wrong.detail)}]
        return flask.render_template("enter.html", reference=reference[:40], errors=found), wrong.status
    session["preferences"] = {
        "reference": appointment["reference"],
        "code_number": number,
        "until": clock.now().timestamp() + STAY_SECONDS,
    }
    return flask.redirect(flask.url_for(".preferences"), 303)


@blueprint.post("/preferences/leave")
def leave() -> ResponseReturnValue:
    session.pop("preferences", None)
    return flask.redirect(flask.url_for(".preferences"), 303)


@blueprint.post("/preferences")
def choose() -> ResponseReturnValue:
    appointment = _entered()
    if appointment is None:
        flask.flash(web.gettext(N_("You were away for a while. Please enter reference and code again.")), "problem")
        return flask.redirect(flask.url_for(".preferences"), 303)
    try:
        body: Any = schemas.preferences_in.load(_form())
    except marshmallow.ValidationError as error:
        return _choices(appointment, web.field_errors(error)), 422
    try:
        actions.choose(web.db(), schemas.preferences_in.of(appointment["person_id"], body))
    except errors.Invalid as refusal:
        wrong = [{"field": name, "message": web.gettext(text)} for name, text in refusal.errors.items()]
        return _choices(appointment, wrong), refusal.status
    flask.flash(web.gettext(N_("Saved. It holds from now on.")), "done")
    return flask.redirect(flask.url_for(".preferences"), 303)


def _form() -> dict[str, Any]:
    """No channel ticked means: no messages at all."""
    channels = request.form.getlist("channels")
    begin, end = request.form.get("quiet_hours.from", ""), request.form.get("quiet_hours.to", "")
    quiet = {name: value for name, value in (("from", begin), ("to", end)) if value}
    return {
        "channels": channels,
        "language": request.form.get("language", ""),
        "quiet_hours": quiet or None,
        "stop": not channels,
    }


def _choices(appointment: dict[str, Any], found: list[dict[str, str]] | None = None) -> str:
    now = shown.choices(web.db(), appointment)
    quiet = now["quiet_hours"]
    values = {
        "channels": [] if now["stop"] else now["channels"],
        "language": now["language"],
        "begin": f"{quiet.begin:%H:%M}" if quiet else "",
        "end": f"{quiet.end:%H:%M}" if quiet else "",
    }
    if found is not None:
        form = _form()
        values = {
            "channels": form["channels"],
            "language": form["language"],
            "begin": request.form.get("quiet_hours.from", ""),
            "end": request.form.get("quiet_hours.to", ""),
        }
    hours = [("", web.gettext(N_("none"))), *((hour, hour) for hour in HOURS)]
    return flask.render_template(
        "preferences.html",
        now=now,
        channels=[(one, web.gettext(CHANNELS[one]), now["contacts"].get(one)) for one in CHANNELS if _has(now, one)],
        values=values,
        hours=hours,
        errors=found or [],
        reference=appointment["reference"],
    )


def _has(now: dict[str, Any], channel: str) -> bool:
    """Of a person whom we have not heard of yet, what they chose when they booked."""
    return channel in now["contacts"] or channel in now["channels"]


def _entered() -> dict[str, Any] | None:
    """The appointment of whoever gave its reference and code a short while ago."""
    kept = session.get("preferences")
    if not kept or kept["until"] < clock.now().timestamp():
        session.pop("preferences", None)
        return None
    appointment = appointments.with_reference(web.db(), kept["reference"])
    return appointment if appointment and kept["code_number"] in appointments.good_codes(appointment) else None


# unsubscribing from an email


@blueprint.get("/unsubscribe/<message_id>/<token>")
def unsubscribe(message_id: str, token: str) -> ResponseReturnValue:
    """Asks first: mail programs fetch links by themselves."""
    _must_match(message_id, token)
    return flask.render_template("unsubscribe.html", done=False)


@csrf.exempt
@blueprint.post("/unsubscribe/<message_id>/<token>")
def unsubscribed(message_id: str, token: str) -> ResponseReturnValue:
    """Also the one-click POST of mail programs (RFC 8058); the token in the address stands for the person."""
    _must_match(message_id, token)
    actions.unsubscribe(web.db(), message_id)
    return flask.render_template("unsubscribe.html", done=True)


def _must_match(message_id: str, token: str) -> None:
    right = render.unsubscribe_token(web.settings(), message_id)
    if not hmac.compare_digest(right.encode(), token.encode()):
        raise errors.NotFound
