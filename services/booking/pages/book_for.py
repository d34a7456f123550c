"""Booking for somebody, at the desk or on the phone: service, day and time, then their details on one page."""

from typing import Any

import flask
import marshmallow
from flask.typing import ResponseReturnValue

from services.booking import access, actions, model, refusals, schemas, store
from services.booking.pages import details as typing
from services.booking.pages import forms, staff, wording
from services.booking.pages.draft import Draft
from shared import auth, clock, errors, web

blueprint = flask.Blueprint("book_for_pages", __name__, url_prefix="/staff", template_folder="../templates")
wording.register(blueprint)


@blueprint.get("/offices/<office_id>/book")
@access.require("appointment.book")
def times(office_id: str) -> ResponseReturnValue:
    office, asked = store.office(web.db(), office_id), flask.request.args
    auth.require_office(office.id)
    today = office.today(clock.now())
    on = max(forms.asked_date(asked.get("date")) or today, today)
    pathways = [one for one in store.pathways(web.db()) if one.id in office.pathways]
    pathway = next((one for one in pathways if one.id == asked.get("pathway")), pathways[0] if pathways else None)
    free = store.free_at_the_desk(web.db(), office, pathway.id, on) if pathway else []
    return flask.render_template(
        "staff/book_times.html",
        office=office,
        pathways=[(one.id, wording.own(one.name)) for one in pathways],
        pathway=pathway,
        on=on,
        today=today,
        one_day=staff.ONE_DAY,
        parts_of_day=wording.parts_of_day(free),
        may=staff.may,
    )


@blueprint.get("/book")
@access.require("appointment.book")
def details() -> ResponseReturnValue:
    slot = _slot(flask.request.args.get("slot", ""))
    return _details(slot, {"why": model.WALK_IN if slot.starts_at <= clock.now() else ""}, [])


@blueprint.post("/book")
@access.require("appointment.book")
def book() -> ResponseReturnValue:
    """The answer shows reference and code to hand over: sent again, it answers the same."""
    form, who = flask.request.form, staff.somebody()
    slot = _slot(form.get("slot", ""))
    values = typing.typed(typing.without(form, form["remove"]) if "remove" in form else form)
    values["why"] = form.get("why", "")[:40]
    if "add" in form or "remove" in form:
        return _details(slot, values, [], len(values["companions"]) + ("add" in form))
    draft = Draft(slot=slot.id, pathway=slot.pathway_id, values=values, key="")
    try:
        request, why = schemas.DeskBookingIn().load(typing.body(draft) | _reason(values["why"]))
    except marshmallow.ValidationError as failed:
        return _details(slot, values, typing.wrong(draft, failed)), 422
    try:
        made, _ = actions.book_for(web.db(), request, why, web.idempotency_key(who.id), who)
    except refusals.PartyTooLarge as refusal:
        return _details(slot, values, [_at("companions", refusal)]), 422
    except errors.Refusal as refusal:
        if refusal.status >= 500 or isinstance(refusal, errors.NotFound):
            raise
        return _details(slot, values, [_at("", refusal)]), refusal.status
    return handed_over(made, actions.code(web.db(), made)), 201


def _slot(id: str) -> model.Slot:
    """Of another office: as if it were not there."""
    slot = store.slot(web.db(), id)
    if not auth.may_see_office(staff.somebody(), slot.office_id):
        raise refusals.SlotGone()
    return slot


def _reason(why: str) -> dict[str, Any]:
    return {"walk_in": True} if why == model.WALK_IN else forms.filled({"why": why})


def _at(field: str, refusal: errors.Refusal) -> dict[str, str]:
    return {"field": field, "message": web.gettext(refusal.detail, **refusal.params)}


def _details(slot: model.Slot, values: dict[str, Any], wrong: list[dict[str, str]], rows: int = 0) -> str:
    companions = [*values.get("companions", [])]
    companions += [{}] * (min(rows, schemas.MOST_COMPANIONS) - len(companions))
    return flask.render_template(
        "staff/book.html",
        slot=slot,
        office=store.office(web.db(), slot.office_id),
        pathway=store.pathway(web.db(), slot.pathway_id),
        values={"language": "es", **values},
        companions=companions,
        most=schemas.MOST_COMPANIONS,
        errors=wrong,
        whys=[(code, wording.why(code)) for code in (model.WALK_IN, *model.ON_BEHALF)],
        key=flask.request.form.get("idempotency_key"),
    )


def handed_over(made: model.Appointment, code: str, again: bool = False) -> str:
    """`again`: it was booked before, and the code is a new one."""
    return flask.render_template(
        "staff/handed_over.html",
        again=again,
        appointment=made,
        office=store.office(web.db(), made.office_id),
        pathway=store.pathway(web.db(), made.pathway_id),
        code=code,
    )
