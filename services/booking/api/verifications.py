"""A contact is verified before it holds a scarce place."""

from typing import Any

from flask_smorest import Blueprint

from services.booking import actions, answers, model, schemas
from shared import web

blueprint = Blueprint(
    "verifications", __name__, url_prefix="/api/v1/verifications", description="A contact shown to be one's own"
)


@blueprint.route("", methods=["POST"])
@web.at_most("240/hour", "verification")
@web.creates
@blueprint.arguments(schemas.VerificationIn())
@blueprint.response(202, answers.VerificationOut)
@web.problems(400, 409, 413, 415, 422, 429)
def ask(asked: model.VerificationRequest) -> Any:
    """Have a one-time code sent to a phone or mailbox

    429: `asked-too-often` for one contact within a day."""
    made, was_there = actions.request_verification(web.db(), asked, web.idempotency_key("public"))
    return answers.verification(made), web.replayed(was_there)


@blueprint.route("/<verification_id>", methods=["POST"])
@web.at_most("600/hour", "verification_tried")
@blueprint.arguments(schemas.OneTimeCodeIn())
@blueprint.response(200, answers.VerificationOut)
@web.problems(400, 404, 409, 413, 415, 422, 429)
def verify(body: dict[str, str], verification_id: str) -> dict[str, Any]:
    """Give the one-time code

    422: `wrong-one-time-code`. 409: `one-time-code-void` after ten minutes or five tries. The right code again is the
    same answer."""
    return answers.verification(actions.verify(web.db(), verification_id, body["code"]))
