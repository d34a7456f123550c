"""One's own appointment changed to another time by page: the times, as for a booking, then old and new side by side."""

import flask
from flask.typing import ResponseReturnValue

from services.booking import actions, offers, refusals, store
from services.booking.pages import appointment, times, wording
from shared import clock, errors, web

blueprint = flask.Blueprint("rescheduling_pages", __name__, template_folder="../templates")
wording.register(blueprint)

LEADS = {
    "offices": "rescheduling_pages.offices",
    "times": "rescheduling_pages.free_times",
    "chosen": "rescheduling_pages.confirm",
}
FOR_GOOD = (refusals.NotBooked, refusals.TooLate, refusals.TooManyChanges)  # no other time helps


@blueprint.get("/appointment/offices")
def offices() -> ResponseReturnValue:
    mine = appointment.own()
    if mine is None:
        return appointment.closed()
    return times.offices(store.pathway(web.db(), mine.pathway_id), LEADS, mine)


@blueprint.get("/appointment/times")
def free_times() -> ResponseReturnValue:
    mine = appointment.own()
    if mine is None:
        return appointment.closed()
    pathway = store.pathway(web.db(), mine.pathway_id)
    try:
        mine.must_be_changeable(clock.now(), "person", pathway)
        office = store.office(web.db(), flask.request.args.get("office") or mine.office_id)
        if not office.intake.is_open(clock.now()):
            raise refusals.IntakeClosed()
    except errors.Conflict as refusal:
        return _back(refusal)
    return times.page(pathway, office, LEADS, mine)


@blueprint.get("/appointment/rescheduling")
def confirm() -> ResponseReturnValue:
    mine = appointment.own()
    if mine is None:
        return appointment.closed()
    try:
        slot = actions.must_be_possible(web.db(), mine, flask.request.args.get("slot", ""), "person")
    except (errors.Conflict, refusals.SlotGone) as refusal:
        return _back(refusal)
    return flask.render_template(
        "public/rescheduling.html",
        appointment=mine,
        office=store.office(web.db(), mine.office_id),
        slot=slot,
        slot_office=offers.office(web.db(), slot.office_id),
    )


@blueprint.post("/appointment/rescheduling")
def change() -> ResponseReturnValue:
    mine = appointment.own()
    if mine is None:
        return appointment.closed()
    try:
        actions.reschedule(web.db(), mine.reference, flask.request.form.get("slot", ""), "person")
    except (errors.Conflict, refusals.SlotGone) as refusal:
        return _back(refusal)
    flask.flash(web.gettext("Your appointment has another time now. We write to you about it."), "done")
    return flask.redirect(flask.url_for("appointment_pages.status"), 303)


def _back(refusal: errors.Refusal) -> ResponseReturnValue:
    """Told why: to the appointment, which stays as it was, where no time would do; to other offices, or other times."""
    flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
    if isinstance(refusal, FOR_GOOD):
        return flask.redirect(flask.url_for("appointment_pages.status"), 303)
    closed = isinstance(refusal, refusals.IntakeClosed)
    return flask.redirect(flask.url_for(".offices" if closed else ".free_times"), 303)
