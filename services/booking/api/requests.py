"""A person's request for a place whose places are drawn: asked, changed, confirmed, withdrawn."""

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from services.booking import actions, answers, model, schemas, store
from shared import auth, codes, web

blueprint = Blueprint(
    "requests", __name__, url_prefix="/api/v1/requests", description="A person's request for a place that is drawn"
)


@blueprint.route("", methods=["POST"])
@web.creates
@blueprint.arguments(schemas.RequestIn())
@blueprint.response(201, answers.AskedOut)
@web.problems(400, 404, 409, 413, 415, 422, 429, 503)
def ask(asked: model.Asked) -> Any:
    """Ask for a place, while the window is open

    Asking early gives no advantage. 409: `no-window`, `contact-not-verified`; `not-possible`, which is neutral on
    purpose, or `already-booked`, to a verified contact only. 429: `too-many-bookings` with one phone number or mailbox
    within a day."""
    request, was_there = actions.ask(web.db(), asked, web.idempotency_key("public"))
    window = store.windows.get(web.db(), request.window_id)
    body = answers.asked(request, window, actions.request_code(web.db(), request))
    headers = {"Location": url_for("requests.get", reference=request.reference), **web.replayed(was_there)}
    return body, headers


@blueprint.route("/<reference>")
@blueprint.doc(security=web.PERSON)
@blueprint.response(200, answers.RequestOut)
@web.problems(401, 429)
def get(reference: str) -> dict[str, Any]:
    """How it stands

    With HTTP Basic: the reference as user, the code as password."""
    return _shown(_own(reference))


@blueprint.route("/<reference>", methods=["PUT"])
@blueprint.doc(security=web.PERSON)
@blueprint.arguments(schemas.WishIn())
@blueprint.response(200, answers.RequestOut)
@web.problems(400, 401, 409, 413, 415, 422, 429)
def change(asked: tuple[model.Wish, dict[str, Any]], reference: str) -> dict[str, Any]:
    """Ask for something else, until the close

    Who asks stays the same. `access_needs` and `interpreter` stay as they were where they are left out; they are sealed
    with the person and not shown. 409: `window-closed`, `not-changeable`."""
    return _shown(actions.change_request(web.db(), _own(reference).reference, *asked))


@blueprint.route("/<reference>/confirmation", methods=["POST"])
@blueprint.doc(security=web.PERSON)
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.RequestOut)
@web.problems(400, 401, 409, 413, 415, 422, 429)
def confirm(_: dict[str, Any], reference: str) -> dict[str, Any]:
    """Confirm the place that was drawn

    It is an appointment from then on, with the same reference and code. 409: `not-offered`, `offer-expired`. The same
    again is the same answer."""
    return _shown(actions.confirm_request(web.db(), _own(reference).reference))


@blueprint.route("/<reference>/withdrawal", methods=["POST"])
@blueprint.doc(security=web.PERSON)
@blueprint.arguments(schemas.NothingIn(), required=False)
@blueprint.response(200, answers.RequestOut)
@web.problems(400, 401, 409, 413, 415, 422, 429)
def withdraw(_: dict[str, Any], reference: str) -> dict[str, Any]:
    """Withdraw it, at any time before it is confirmed

    409: `not-withdrawable`. The same again is the same answer."""
    return _shown(actions.withdraw_request(web.db(), _own(reference).reference, "person"))


def _own(reference: str) -> model.Request:
    given = auth.basic()
    if given is None or codes.read_reference(given[0]) != codes.read_reference(reference):
        raise auth.WrongCode()
    return actions.identify_request(web.db(), given[0], given[1], web.network())


def _shown(request: model.Request) -> dict[str, Any]:
    office = store.office(web.db(), request.office_id) if request.office_id else None
    return answers.request(request, store.windows.get(web.db(), request.window_id), office)
