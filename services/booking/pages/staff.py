"""The office's pages: the day's list, searched, narrowed and printed; who came and who did not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.booking import access, actions, model, schemas, store
from services.booking.day_list import Sought
from services.booking.pages import forms, wording
from shared import auth, clock, errors, web
from shared.errors import N_

ONE_DAY = timedelta(days=1)

blueprint = flask.Blueprint("staff_pages", __name__, url_prefix="/staff", template_folder="../templates")
wording.register(blueprint)


@blueprint.get("")
@access.require("office.list")
def offices() -> ResponseReturnValue:
    who = somebody()
    mine = [office for office in store.offices(web.db()) if auth.may_see_office(who, office.id)]
    return flask.render_template("staff/offices.html", offices=mine, may=may)


@blueprint.get("/roles")
@access.require("roles.see")
def roles() -> ResponseReturnValue:
    """The table itself."""
    return flask.render_template(
        "staff/roles.html",
        roles=[(role, web.gettext(auth.ROLE_WORDS[role])) for role in auth.ROLES],
        actions=[(web.gettext(access.WORDS[action]), may_do) for action, may_do in access.ROLES_OF.items()],
    )


@blueprint.route("/offices/<office_id>/day", methods=["GET", "POST"])
@access.require("office.day")
def day(office_id: str) -> ResponseReturnValue:
    """Looked for by POST, so that no name is in an address; narrowed in the address."""
    office = store.office(web.db(), office_id)
    who, now = auth.require_office(office.id), clock.now()
    today, asked = office.today(now), flask.request.values
    on = forms.asked_date(asked.get("date")) or today
    rows, sought = actions.day(web.db(), office.id, on, who), _sought()
    return flask.render_template(
        "staff/day.html",
        office=office,
        pathways={one.id: one for one in store.pathways(web.db())},
        rows=sought.among(rows),
        all=len(rows),
        sought=sought,
        statuses=[(status, wording.status_name(status)) for status in schemas.STATUSES],
        on=on,
        today=today,
        one_day=ONE_DAY,
        steps=lambda appointment: steps(appointment, now),
        contact_problem=contact_problem,
        referral_state=referral_state,
        may=may,
    )


def _sought() -> Sought:
    """What is no choice is as if it had not been chosen."""
    asked, text = flask.request.values, flask.request.form.get("text", "")[:100]
    status = asked.get("status")
    return Sought(text.strip(), asked.get("pathway") or None, status if status in schemas.STATUSES else None)


@blueprint.post("/appointments/<reference>/arrival")
@access.require("appointment.arrive")
def arrival(reference: str) -> ResponseReturnValue:
    return _note(reference, actions.arrive, N_("%(reference)s: noted as arrived."))


@blueprint.post("/appointments/<reference>/attendance")
@access.require("appointment.attend")
def attendance(reference: str) -> ResponseReturnValue:
    return _note(reference, actions.attend, N_("%(reference)s: noted as attended."))


@blueprint.post("/appointments/<reference>/absence")
@access.require("appointment.miss")
def absence(reference: str) -> ResponseReturnValue:
    return _note(reference, actions.miss, N_("%(reference)s: noted as missed."))


def _note(reference: str, action: Callable[..., model.Appointment], said: str) -> ResponseReturnValue:
    """And back to where the button was: the appointment's own page, or the day's list."""
    try:
        action(web.db(), reference, somebody())
    except errors.Conflict as refusal:
        flask.flash(f"{reference}: {web.gettext(refusal.detail, **refusal.params)}", "problem")
    else:
        flask.flash(web.gettext(said, reference=reference), "done")
    if flask.request.form.get("at") == "appointment":
        return flask.redirect(flask.url_for("desk_pages.appointment", reference=reference), 303)
    return flask.redirect(day_of(store.appointment(web.db(), reference)), 303)


def may(action: str) -> bool:
    return access.may(auth.actor(), action)


def somebody() -> auth.Actor:
    who = auth.actor()
    if who is None:  # auth.require has let somebody in
        raise RuntimeError("a staff page without its guard")
    return who


def day_of(appointment: model.Appointment) -> str:
    on = wording.local_day(appointment.starts_at, appointment.timezone)
    return flask.url_for("staff_pages.day", office_id=appointment.office_id, date=on, _anchor=appointment.reference)


def steps(appointment: model.Appointment, now: Any) -> list[str]:
    """What the model would not refuse: asked of the model itself."""
    tries: dict[str, Callable[[], Any]] = {
        "arrival": lambda: appointment.becomes(model.ARRIVED, now, "office"),
        "attendance": lambda: appointment.becomes(model.ATTENDED, now, "office"),
        "absence": lambda: appointment.becomes(model.MISSED, now, "office"),
    }
    possible = [name for name, decide in tries.items() if _decides(decide)]
    return [*possible, "referral"] if appointment.status in (model.ARRIVED, model.ATTENDED) else possible


def _decides(decide: Callable[[], Any]) -> bool:
    try:
        decide()
    except errors.Conflict:
        return False
    return True


def contact_problem(problem: dict[str, Any]) -> str:
    what = wording.REASONS.get(problem["reason"], wording.REASONS["failed"])
    return f"{web.gettext(wording.CHANNELS[problem['channel']])}: {web.gettext(what)}"


def referral_state(referral: model.Referral) -> str:
    said = web.gettext(wording.REFERRAL.get(referral.status, referral.status))
    name = (referral.partner or {}).get("name")
    return f"{said} ({name})" if name else said
