"""What an office's staff does: the day's list, who came, who did not, who is referred."""

from typing import Any

from flask_smorest import Blueprint

from services.booking import access, actions, answers, model, schemas, store
from services.booking.day_list import Row, Sought
from shared import auth, clock, web

blueprint = Blueprint("staff", __name__, url_prefix="/api/v1/staff", description="For the staff of an office")


@blueprint.route("/offices/<id>/day")
@access.require("office.day")
@blueprint.arguments(schemas.ListedQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.DayRowOut))
@web.problems(404, 422)
def day(query: dict[str, Any], id: str) -> dict[str, Any]:
    """The day's list of an office, by start; that it was seen is noted"""
    return answers.paged(_listed(query, id), query, _reference)


@blueprint.route("/offices/<id>/day/search", methods=["POST"])
@access.require("office.day")
@blueprint.arguments(schemas.SearchIn())
@blueprint.response(200, answers.list_of(answers.DayRowOut))
@web.problems(400, 404, 413, 415, 422)
def search(body: dict[str, Any], id: str) -> dict[str, Any]:
    """Some of the day's list, by name or reference; what is looked for is kept nowhere

    All that is found at once: `next` is null."""
    return web.page(_listed(body, id), None)


@blueprint.route("/appointments/<reference>/arrival", methods=["POST"])
@access.require("appointment.arrive")
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 404, 409, 415, 422)
def arrive(_: dict[str, Any], reference: str) -> dict[str, Any]:
    """The person has come

    409: `not-yet` before its day, `wrong-state`. The same again is the same answer."""
    return _shown(actions.arrive(web.db(), reference, actor()))


@blueprint.route("/appointments/<reference>/attendance", methods=["POST"])
@access.require("appointment.attend")
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 404, 409, 415, 422)
def attend(_: dict[str, Any], reference: str) -> dict[str, Any]:
    """The appointment took place

    Also notes the arrival where that was not done. 409: `not-yet`, `wrong-state`."""
    return _shown(actions.attend(web.db(), reference, actor()))


@blueprint.route("/appointments/<reference>/absence", methods=["POST"])
@access.require("appointment.miss")
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 404, 409, 415, 422)
def miss(_: dict[str, Any], reference: str) -> dict[str, Any]:
    """The person did not come

    409: `not-yet` before its start, `wrong-state`."""
    return _shown(actions.miss(web.db(), reference, actor()))


@blueprint.route("/appointments/<reference>/rescheduling", methods=["POST"])
@access.require("appointment.reschedule")
@blueprint.arguments(schemas.ReschedulingIn())
@blueprint.response(200, answers.AppointmentOut)
@web.problems(400, 404, 409, 413, 415, 422)
def reschedule(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Change it to another time of the same service, at any office

    Without the limits that the person has. 409: `slot-taken`, `slot-past`, `not-booked`, `same-time`,
    `wrong-pathway`. The same again is the same answer."""
    return _shown(actions.reschedule(web.db(), reference, body["slot"], "office", actor=actor()))


@blueprint.route("/appointments/<reference>/referral", methods=["POST"])
@access.require("appointment.refer")
@web.creates
@blueprint.arguments(schemas.ReferralIn())
@blueprint.response(201, answers.ReferralMadeOut)
@web.problems(400, 404, 409, 413, 415, 422)
def refer(asked: model.ReferralRequest, reference: str) -> Any:
    """Refer the person to partners, with the consent given

    Without consent there is no referral. 409: `wrong-state` before the person has come, `already-referred`."""
    who = actor()
    made, was_there = actions.refer(web.db(), reference, asked, web.idempotency_key(who.id), who)
    return made, {"Idempotency-Replayed": "true"} if was_there else {}


def _listed(asked: dict[str, Any], office_id: str) -> list[Row]:
    office = store.office(web.db(), office_id)
    who = auth.require_office(office_id)
    rows = actions.day(web.db(), office_id, asked["date"] or office.today(clock.now()), who)
    found = Sought(asked.get("text", ""), asked["pathway"], asked["status"]).among(rows)
    return [answers.appointment(row["appointment"], office) | {"person": row["person"]} for row in found]


def _reference(row: Row) -> str:
    return row["reference"]


def actor() -> auth.Actor:
    who = auth.actor()
    if who is None:  # auth.require has let somebody in
        raise RuntimeError("a staff route without its guard")
    return who


def _shown(appointment: model.Appointment) -> dict[str, Any]:
    return answers.appointment(appointment, store.office(web.db(), appointment.office_id))
