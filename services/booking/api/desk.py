"""At an office's desk: an appointment looked at, made for somebody, put right, written about; a place asked for, for
somebody; the office's intake."""

from typing import Any

from flask import request, url_for
from flask_smorest import Blueprint

from services.booking import access, actions, answers, model, offers, people, schemas, store
from services.booking.api.staff import actor
from shared import auth, clock, web

blueprint = Blueprint("desk", __name__, url_prefix="/api/v1/staff", description="For the staff of an office")


@blueprint.route("/offices/<id>/slots")
@access.require("office.slots")
@blueprint.arguments(schemas.DeskSlotsQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.DeskSlotOut))
@web.problems(404, 422)
def slots(query: dict[str, Any], id: str) -> dict[str, Any]:
    """Times of one day that staff may book, open to the public or not

    With a free place, or one held back for who walks in (`walk_ins`), and not over yet. `free` is advice and may be a
    second old."""
    office, pathway = store.office(web.db(), id), store.pathway(web.db(), query["pathway"])
    auth.require_office(id)
    on = query["date"] or office.today(clock.now())
    return answers.paged(store.free_at_the_desk(web.db(), office, pathway.id, on), query, lambda slot: slot.id)


@blueprint.route("/appointments", methods=["POST"])
@access.require("appointment.book")
@web.creates
@blueprint.arguments(schemas.DeskBookingIn())
@blueprint.response(201, answers.BookedOut)
@web.problems(400, 404, 409, 413, 415, 422, 429, 503)
def book(asked: tuple[model.BookingRequest, str]) -> Any:
    """Book for somebody: a walk-in (`walk_in`), or on their behalf (`why`)

    Whether intake is open or not, and without notice; a time that has begun until it is over. A free place it must
    have, as for everybody; a walk-in is given one that is held back for such first.
    409: `slot-taken`, `slot-past`, `wrong-office`, `wrong-pathway`, `not-possible`.
    404: `slot-gone`, also for a time of another office. 429: `too-many-bookings` with one phone number or mailbox."""
    wanted, why = asked
    who = actor()
    made, was_there = actions.book_for(web.db(), wanted, why, web.idempotency_key(who.id), who)
    body = answers.booked(made, offers.office(web.db(), made.office_id), actions.code(web.db(), made))
    return body, {"Location": url_for("desk.look", reference=made.reference), **web.replayed(was_there)}


@blueprint.route("/requests", methods=["POST"])
@access.require("request.ask")
@web.creates
@blueprint.arguments(schemas.DeskRequestIn())
@blueprint.response(201, answers.AskedOut)
@web.problems(400, 404, 409, 413, 415, 422, 429, 503)
def ask(asked: tuple[model.Asked, str]) -> Any:
    """Ask for a place that is drawn, on somebody's behalf (`why`)

    No contact is verified, since you have seen or heard them; one of the offices must be yours. All else is as for
    everybody who asks: the window must be open, and their chances are the same. 409: `no-window`, `not-possible`.
    429: `too-many-bookings` with one phone number or mailbox."""
    wanted, why = asked
    who = actor()
    made, was_there = actions.ask_for(web.db(), wanted, why, web.idempotency_key(who.id), who)
    window = store.windows.get(web.db(), made.window_id)
    body = answers.asked(made, window, actions.request_code(web.db(), made))
    return body, {"Location": url_for("requests.get", reference=made.reference), **web.replayed(was_there)}


@blueprint.route("/appointments/<reference>")
@access.require("appointment.see")
@blueprint.response(200, answers.DeskAppointmentOut)
@web.problems(404)
def look(reference: str) -> dict[str, Any]:
    """One appointment, as its office sees it; that it was seen is noted"""
    return _shown(actions.look(web.db(), reference, actor()))


@blueprint.route("/appointments/<reference>/correction", methods=["POST"])
@access.require("appointment.correct")
@blueprint.arguments(schemas.CorrectionIn())
@blueprint.response(200, answers.DeskAppointmentOut)
@web.problems(400, 404, 409, 413, 415, 422)
def correct(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Put right that somebody was noted as missed: they arrived, or it took place

    409: `not-missed`; `booked-again` when it is to be `arrived` and the person has another appointment by now. The same
    again is the same answer."""
    return _shown(actions.correct(web.db(), reference, body["status"], body["reason"], actor()))


@blueprint.route("/appointments/<reference>/notes")
@access.require("appointment.note")
@blueprint.response(200, answers.list_of(answers.NoteOut))
@web.problems(404)
def notes(reference: str) -> dict[str, Any]:
    """Case notes, oldest first; that they were read is noted"""
    return web.page(actions.notes(web.db(), reference, actor()), None)


@blueprint.route("/appointments/<reference>/notes", methods=["POST"])
@access.require("appointment.note")
@web.creates
@blueprint.arguments(schemas.NoteIn())
@blueprint.response(201, answers.NoteOut)
@web.problems(400, 404, 409, 413, 415, 422)
def write_note(body: dict[str, Any], reference: str) -> Any:
    """Write a case note, sealed with the person and erased with them

    409: `forgotten` once they are."""
    who = actor()
    note, was_there = actions.write_note(web.db(), reference, body["text"], web.idempotency_key(who.id), who)
    return note, web.replayed(was_there)


@blueprint.route("/offices/<id>/intake")
@access.require("intake.see")
@blueprint.response(200, answers.OfficeIntakeOut)
@web.problems(404)
def intake(id: str) -> Any:
    """An office's intake as it was set, of all and of each pathway that has its own; with an ETag"""
    office = store.office(web.db(), id)
    auth.require_office(id)
    return answers.intakes(office), {"ETag": actions.etag(office)}


@blueprint.route("/offices/<id>/intake", methods=["PUT"])
@access.require("intake.change")
@blueprint.arguments(schemas.IntakeIn())
@blueprint.response(200, answers.OfficeIntakeOut)
@web.problems(400, 404, 409, 412, 413, 415, 422)
def set_intake(asked: tuple[str | None, model.Intake], id: str) -> Any:
    """Open, limit or close the intake of an office, or of one of its pathways

    The public books where both are open. A limit counts new bookings of the public on one day of the office, those of
    that day before it too; staff book regardless. With `If-Match` only if nobody changed it since you read that
    ETag."""
    store.office(web.db(), id)
    who = auth.require_office(id)
    office = actions.set_intake(web.db(), id, *asked, who, request.headers.get("If-Match"))
    return answers.intakes(office), {"ETag": actions.etag(office)}


def _shown(one: model.Appointment) -> dict[str, Any]:
    office, person = store.office(web.db(), one.office_id), people.get(web.db(), one.person_id)
    return answers.appointment(one, office) | {"person": person}
