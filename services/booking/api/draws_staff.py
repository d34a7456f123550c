"""What a draw needs of the staff: a look by an officer of privacy, and the seed where people enter or reveal it."""

from typing import Any

from flask_smorest import Blueprint

from services.booking import access, actions, answers, schemas, store
from services.booking.api.staff import actor
from shared import web

blueprint = Blueprint("draws_staff", __name__, url_prefix="/api/v1/staff/draws", description="For who runs a draw")


@blueprint.route("/<draw_id>/alone")
@access.require("draw.alone")
@blueprint.arguments(web.ListQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.AloneOut))
@web.problems(404, 422)
def alone(query: dict[str, Any], draw_id: str) -> dict[str, Any]:
    """Entries that nobody else is like, as they would be published; that they were seen is noted"""
    found = actions.look_at_alone(web.db(), draw_id, actor())
    return answers.paged([vars(one) for one in found], query, lambda row: row["id"])


@blueprint.route("/<draw_id>/release", methods=["POST"])
@access.require("draw.release")
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.DrawOut)
@web.problems(400, 404, 409, 415, 422)
def release(_: dict[str, Any], draw_id: str) -> dict[str, Any]:
    """Publish the list of entries, and the hash of the draw

    409: `wrong-state`, when there is nothing to release. The same again is the same answer."""
    return _shown(actions.release(web.db(), draw_id, actor()).id)


@blueprint.route("/<draw_id>/seed", methods=["POST"])
@access.require("draw.seed")
@blueprint.arguments(schemas.SeedIn())
@blueprint.response(200, answers.DrawOut)
@web.problems(400, 404, 409, 413, 415, 422)
def seed(body: dict[str, str], draw_id: str) -> dict[str, Any]:
    """Enter the round of drand as you read it, or reveal what you committed to

    Two people do, each for themselves. 409: `not-yet`, `wrong-state`. 422: `unfit-seed`."""
    return _shown(actions.tell_seed(web.db(), draw_id, body["value"], actor()).id)


def _shown(id: str) -> dict[str, Any]:
    return answers.draw(store.windows.get(web.db(), id), store.draws.find(web.db(), id))
