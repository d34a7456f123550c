"""A person's own appointment: booked, looked at, changed, cancelled, put into a calendar."""

from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from services.booking import actions, answers, calendar_file, model, offers, schemas, store
from shared import auth, clock, codes, web

blueprint = Blueprint(
    "appointments", __name__, url_prefix="/api/v1/appointments", description="A person's own appointment"
)


@blueprint.route("", methods=["POST"])
@web.creates
@blueprint.arguments(schemas.BookingIn())
@blueprint.response(201, answers.BookedOut)
@web.problems(400, 404, 409, 413, 415, 422, 429, 503)
def book(asked: model.BookingRequest) -> Any:
    """Book a place

    409: `slot-taken` (somebody was faster), `slot-past`, `too-soon`, `too-far-ahead`, `wrong-office`, `wrong-pathway`,
    `intake-closed`, `hold-expired`, or `not-possible`, which is neutral on purpose. 404: `slot-gone`. 429:
    `too-many-bookings` with one phone number or mailbox within a day."""
    appointment, was_there = actions.book(web.db(), asked, web.idempotency_key("public"))
    office = offers.office(web.db(), appointment.as_booked.office_id)
    body = answers.booked(appointment, office, actions.code(web.db(), appointment))
    headers = {"Location": url_for("appointments.get", reference=appointment.reference)}
    if was_there:
        headers["Idempotency-Replayed"] = "true"
    return body, headers


@blueprint.route("/<reference>")
@blueprint.doc(security=web.PERSON)
@blueprint.response(200, answers.OwnAppointmentOut)
@web.problems(401, 429)
def get(reference: str) -> dict[str, Any]:
    """How it stands

    With HTTP Basic: the reference as user, the code as password."""
    return _shown(_own(reference))


@blueprint.route("/<reference>/cancellation", methods=["POST"])
@blueprint.doc(security=web.PERSON)
@blueprint.arguments(schemas.CancellationIn(), required=False)
@blueprint.response(200, answers.OwnAppointmentOut)
@web.problems(400, 401, 409, 413, 415, 422, 429)
def cancel(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Cancel it, until it begins

    409: `too-late`, `not-booked`. A second cancellation answers like the first."""
    appointment = _own(reference)
    return _shown(actions.cancel(web.db(), appointment.reference, "person", body["reason"]))


@blueprint.route("/<reference>/rescheduling", methods=["POST"])
@blueprint.doc(security=web.PERSON)
@blueprint.arguments(schemas.ReschedulingIn())
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 401, 404, 409, 413, 415, 422, 429)
def reschedule(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Change it to another time of the same service, at this office or another

    409: `too-late`, `too-many-changes`, `not-booked`, `same-time`, and what a booking of that time would be refused
    with; then the appointment stays as it was. The same again is the same answer. The time given up is free for others
    after a while."""
    appointment = _own(reference)
    return _shown(actions.reschedule(web.db(), appointment.reference, body["slot"], "person"))


@blueprint.route("/<reference>/rebooking", methods=["POST"])
@blueprint.doc(security=web.PERSON)
@blueprint.arguments(schemas.RebookingIn(), required=False)
@blueprint.response(200, answers.OwnAppointmentOut)
@web.problems(400, 401, 409, 413, 415, 422, 429)
def rebook(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Take the time that is kept for you, or leave it to the next

    Of somebody whose own time the office took away. 409: `not-kept`, `kept-too-long`, `have-another`. The same again
    is the same answer."""
    appointment = _own(reference)
    rebook = actions.rebooking.take if body["take"] else actions.rebooking.let_go
    return _shown(rebook(web.db(), appointment.reference))


@blueprint.route("/<reference>/calendar.ics")
@blueprint.doc(security=web.PERSON)
@blueprint.response(200, {"type": "string"}, content_type="text/calendar")
@web.problems(401, 429)
def calendar(reference: str) -> Response:
    """A calendar file, discreet: it does not say what the appointment is about"""
    appointment = _own(reference)
    office = store.office(web.db(), appointment.office_id)
    answer = Response(calendar_file.of(appointment, office), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="cita.ics"'
    return answer


def _own(reference: str) -> model.Appointment:
    given = auth.basic()
    if given is None or codes.read_reference(given[0]) != codes.read_reference(reference):
        raise auth.WrongCode()
    return actions.identify(web.db(), given[0], given[1], web.network())


def _shown(appointment: model.Appointment) -> dict[str, Any]:
    office, pathway = store.office(web.db(), appointment.office_id), store.pathway(web.db(), appointment.pathway_id)
    return answers.own_appointment(appointment, office, pathway, clock.now())
