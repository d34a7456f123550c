"""The office's pages: the day's list, who came and who did not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.booking import actions, model, store
from services.booking.actions import guard
from services.booking.pages import forms, wording
from shared import auth, clock, errors, web
from shared.errors import N_

ONE_DAY = timedelta(days=1)

blueprint = flask.Blueprint("staff_pages", __name__, url_prefix="/staff", template_folder="../templates")
wording.register(blueprint)

NOTES: dict[str, tuple[Callable[..., model.Appointment], str]] = {
    "arrival": (actions.arrive, N_("%(reference)s: noted as arrived.")),
    "attendance": (actions.attend, N_("%(reference)s: noted as attended.")),
    "absence": (actions.miss, N_("%(reference)s: noted as missed.")),
}


@blueprint.get("")
@auth.require(*guard.STAFF)
def offices() -> ResponseReturnValue:
    who = somebody()
    mine = [office for office in store.offices(web.db()) if auth.may_see_office(who, office.id)]
    return flask.render_template("staff/offices.html", offices=mine)


@blueprint.get("/offices/<office_id>/day")
@auth.require(*guard.STAFF)
def day(office_id: str) -> ResponseReturnValue:
    office = store.office(web.db(), office_id)
    who, now = auth.require_office(office.id), clock.now()
    today = office.today(now)
    on = forms.asked_date(flask.request.args.get("date")) or today
    return flask.render_template(
        "staff/day.html",
        office=office,
        pathways={one.id: one for one in store.pathways(web.db())},
        rows=actions.day(web.db(), office.id, on, who),
        on=on,
        today=today,
        one_day=ONE_DAY,
        steps=lambda appointment: steps(appointment, now),
        may_cancel_many=bool(set(guard.MANY) & set(who.roles)),
        contact_problem=_contact_problem,
        referral_state=_referral_state,
    )


@blueprint.post("/appointments/<reference>/<any(arrival, attendance, absence):what>")
@auth.require(*guard.STAFF)
def note(reference: str, what: str) -> ResponseReturnValue:
    action, said = NOTES[what]
    try:
        action(web.db(), reference, somebody())
    except errors.Conflict as refusal:
        flask.flash(f"{reference}: {web.gettext(refusal.detail, **refusal.params)}", "problem")
    else:
        flask.flash(web.gettext(said, reference=reference), "done")
    return flask.redirect(day_of(store.appointment(web.db(), reference)), 303)


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


def _contact_problem(problem: dict[str, Any]) -> str:
    what = wording.REASONS.get(problem["reason"], wording.REASONS["failed"])
    return f"{web.gettext(wording.CHANNELS[problem['channel']])}: {web.gettext(what)}"


def _referral_state(referral: model.Referral) -> str:
    said = web.gettext(wording.REFERRAL.get(referral.status, referral.status))
    name = (referral.partner or {}).get("name")
    return f"{said} ({name})" if name else said
