"""What is offered: pathways, offices, free times."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from services.booking import answers, intakes, offers, schemas, store
from shared import clock, errors, web
from shared.errors import N_

blueprint = Blueprint("offices", __name__, url_prefix="/api/v1", description="Pathways, offices and free times")


@blueprint.route("/pathways")
@web.for_a_moment(offers.SECONDS)
@blueprint.arguments(web.ListQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.PathwayOut))
@web.problems(422)
def pathways(query: dict[str, Any]) -> dict[str, Any]:
    """Services that appointments are given for

    In the order in which they are shown."""
    return answers.paged([answers.pathway(one) for one in store.pathways(web.db())], query, _id)


@blueprint.route("/offices")
@web.for_a_moment(offers.SECONDS)
@blueprint.arguments(schemas.OfficesQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.OfficeOut))
@web.problems(422)
def offices(query: dict[str, Any]) -> dict[str, Any]:
    """Offices, all or those that offer a pathway

    `intake` is the whole office's, or with `pathway` that of the pathway. `open` is false, too, on a day on which it
    has taken as many new appointments as it does."""
    db, pathway = web.db(), query["pathway"]
    found = [
        answers.office(one, intakes.shown(db, one, pathway), clock.now()) for one in store.offices(db, pathway=pathway)
    ]
    return answers.paged(found, query, _id)


@blueprint.route("/offices/<id>/slots")
@web.for_a_moment(offers.SECONDS)
@blueprint.arguments(schemas.SlotsQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.SlotOut))
@web.problems(404, 422)
def slots(query: dict[str, Any], id: str) -> Response:
    """Times that are still free, by start

    `free` is advice and may be a second or two old; whether a place is to be had is known when it is booked. Empty
    while the office takes no new appointments."""
    db = web.db()
    office, pathway = offers.office(db, id), offers.pathway(db, query["pathway"])
    begin = query["from_"] or min(office.today(clock.now()), query["to"] or office.today(clock.now()))
    end = query["to"] or begin + schemas.DEFAULT_WINDOW
    if end - begin >= schemas.LONGEST_WINDOW:
        raise errors.Invalid(errors={"to": N_("At most 31 days can be asked for at once.")})
    fits, needed = query["party_size"] <= pathway.max_party, pathway.places_for(query["party_size"])
    usual = query["from_"] is None and query["to"] is None
    read = offers.times if usual else offers.times_now
    found = read(db, office, pathway.id, begin, end) if fits else offers.NO_TIMES
    answer = web.unchanged(found.tag)
    if answer is None:
        enough = found.rows if needed == 1 else [one for one in found.rows if one["free"] >= needed]
        answer = jsonify(answers.paged(enough, query, _id))
    answer.set_etag(found.tag)
    return answer


def _id(row: dict[str, Any]) -> str:
    return row["id"]
