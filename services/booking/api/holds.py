"""A time held for a few minutes, while somebody says who they are."""

from typing import Any

from flask_smorest import Blueprint

from services.booking import actions, answers, schemas
from services.booking.actions import holding
from shared import web

blueprint = Blueprint("holds", __name__, url_prefix="/api/v1/holds", description="A time held before it is booked")


@blueprint.route("", methods=["POST"])
@web.creates
@blueprint.arguments(schemas.HoldIn())
@blueprint.response(201, answers.HoldOut)
@web.problems(400, 404, 409, 413, 415, 422, 429, 503)
@web.at_most(holding.PER_NETWORK, scope="holds")
def hold(body: dict[str, Any]) -> Any:
    """Hold a time for a party

    For a few minutes (the service says how many). 409: `slot-taken`; `too-many-holds` (it is free, but as many places
    as may be are held: book it at once), `no-holds`; and what a booking of that time would be refused with."""
    made, was_there = actions.hold(web.db(), body["slot"], body["party_size"], web.idempotency_key("public"))
    return made, web.replayed(was_there)
