"""A code that was lost is made new."""

from flask_smorest import Blueprint

from services.booking import actions, answers, model, schemas
from shared import web

blueprint = Blueprint("codes", __name__, url_prefix="/api/v1/codes", description="A code that was lost")


@blueprint.route("", methods=["POST"])
@web.at_most("120/hour", "lost_code")
@blueprint.arguments(schemas.LostCodeIn())
@blueprint.response(202, answers.AcceptedOut)
@web.problems(400, 413, 415, 422, 429)
def ask(lost: model.LostCode) -> dict[str, str]:
    """Ask for a new code

    With a reference, or a phone or email: one of the three. The answer is always the same: if there is such an
    appointment or request, the contact that it was made with gets its reference and a new code. The code before it
    stays good until the new one is used. 429: `asked-too-often` about the same thing within a day."""
    actions.ask_for_code(web.db(), lost)
    return {"status": "accepted"}
