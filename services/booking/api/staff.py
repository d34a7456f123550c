"""What an office's staff does: the day's list, who came, who did not, who is referred."""

from typing import Any

from flask_smorest import Blueprint

from services.booking import actions, answers, model, schemas, store
from services.booking.actions import guard
from shared import auth, clock, web

blueprint = Blueprint("staff", __name__, url_prefix="/api/v1/staff", description="For the staff of an office")


@blueprint.route("/offices/<id>/day")
@auth.require(*guard.STAFF)
@blueprint.arguments(schemas.DayQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.DayRowOut))
@web.problems(404, 422)
def day(query: dict[str, Any], id: str) -> dict[str, Any]:
    """The day's list of an office, by start; that it was seen is noted"""
    office = store.office(web.db(), id)
    actor = auth.require_office(id)
    rows = actions.day(web.db(), id, query["date"] or office.today(clock.now()), actor)
    shown = [answers.appointment(row["appointment"], office) | {"person": row["person"]} for row in rows]
    return answers.paged(shown, query, lambda row: row["reference"])


@blueprint.route("/appointments/<reference>/arrival", methods=["POST"])
@auth.require(*guard.STAFF)
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 404, 409, 415, 422)
def arrive(_: dict[str, Any], reference: str) -> dict[str, Any]:
    """The person has come

    409: `not-yet` before its day, `wrong-state`. The same again is the same answer."""
    return _shown(actions.arrive(web.db(), reference, _actor()))


@blueprint.route("/appointments/<reference>/attendance", methods=["POST"])
@auth.require(*guard.STAFF)
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 404, 409, 415, 422)
def attend(_: dict[str, Any], reference: str) -> dict[str, Any]:
    """The appointment took place

    Also notes the arrival where that was not done. 409: `not-yet`, `wrong-state`."""
    return _shown(actions.attend(web.db(), reference, _actor()))


@blueprint.route("/appointments/<reference>/absence", methods=["POST"])
@auth.require(*guard.STAFF)
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 404, 409, 415, 422)
def miss(_: dict[str, Any], reference: str) -> dict[str, Any]:
    """The person did not come

    409: `not-yet` before its start, `wrong-state`."""
    return _shown(actions.miss(web.db(), reference, _actor()))


@blueprint.route("/appointments/<reference>/rescheduling", methods=["POST"])
@auth.require(*guard.STAFF)
@blueprint.arguments(schemas.ReschedulingIn())
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 404, 409, 413, 415, 422)
def reschedule(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Change it to another time of the same service, at any office

    Without the limits that the person has. 409: `slot-taken`, `slot-past`, `not-booked`, `same-time`,
    `wrong-pathway`. The same again is the same answer."""
    return _shown(actions.reschedule(web.db(), reference, body["slot"], "office", actor=_actor()))


@blueprint.route("/appointments/<reference>/referral", methods=["POST"])
@auth.require(*guard.STAFF)
@web.creates
@blueprint.arguments(schemas.ReferralIn())
@blueprint.response(201, answers.ReferralMadeOut)
@web.problems(400, 404, 409, 413, 415, 422)
def refer(asked: model.ReferralRequest, reference: str) -> Any:
    """Refer the person to partners, with the consent given

    Without consent there is no referral. 409: `wrong-state` before the person has come, `already-referred`."""
    actor = _actor()
    made, was_there = actions.refer(web.db(), reference, asked, web.idempotency_key(actor.id), actor)
    return made, {"Idempotency-Replayed": "true"} if was_there else {}


def _actor() -> auth.Actor:
    actor = auth.actor()
    if actor is None:  # auth.require has let somebody in
        raise RuntimeError("a staff route without its guard")
    return actor


def _shown(appointment: model.Appointment) -> dict[str, Any]:
    return answers.appointment(appointment, store.office(web.db(), appointment.office_id))
