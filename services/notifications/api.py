"""JSON routes: what providers report, what operators see, what a person chooses."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema
from pymongo.errors import DuplicateKeyError
from standardwebhooks import Webhook, WebhookVerificationError

from services.notifications import access, actions, schemas, shown
from services.notifications.model import contact
from services.notifications.model.message import Message
from services.notifications.store import messages
from shared import audit, auth, clock, errors, web
from shared.errors import N_
from shared.telemetry import log

PROVIDERS = ("demo-sms",)
OPERATORS = ("operator", "admin")
OLDEST_REPLY = timedelta(days=30)

providers = Blueprint("providers", __name__, url_prefix="/api/v1/providers", description="Called by providers, signed")
operators = Blueprint("messages", __name__, url_prefix="/api/v1/messages", description="What was sent, for operators")
people = Blueprint("preferences", __name__, url_prefix="/api/v1/preferences", description="What a person chooses")
BLUEPRINTS = (providers, operators, people)


class WrongSignature(errors.Unauthorised):
    code = "wrong-signature"
    title = N_("The signature does not match")
    detail = N_("This call is not signed with the secret we share, or it is too old.")


class WrongCursor(errors.Invalid):
    code = "wrong-cursor"
    detail = N_("The cursor in `after` is not one of ours.")


# providers


def _signed(provider: str, schema: Schema) -> tuple[str, Any]:
    """The id of the call and its body, once its signature has been checked over the very bytes."""
    if provider not in PROVIDERS:
        raise errors.NotFound
    try:
        Webhook(web.settings().sms_receipt_secret).verify(request.get_data(), dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets malformed base64 and text through as ValueError
        raise WrongSignature from None
    return f"{provider}:{request.headers['webhook-id'][:200]}", schema.load(web.json_object())


def _signed_doc(schema: type[Schema]) -> dict[str, Any]:
    headers = [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ]
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"requestBody": body, "parameters": headers, "security": []}


@providers.route("/<provider>/receipts", methods=["POST"])
@providers.doc(**_signed_doc(schemas.Receipt))
@web.problems(400, 401, 404, 415, 422)
@providers.response(202)
@web.any_body
def receive_receipt(provider: str) -> None:
    """What became of a message. A repeated call has no second effect; an unknown reference is accepted and logged."""
    call_id, body = _signed(provider, schemas.receipt)
    try:
        known = actions.note_receipt(web.db(), call_id, body["reference"], body["status"] == "delivered")
    except DuplicateKeyError:
        log.info("receipt repeated")
        return
    if not known:
        log.warning("receipt for an unknown message", provider=provider)


@providers.route("/<provider>/incoming", methods=["POST"])
@providers.doc(**_signed_doc(schemas.Reply))
@web.problems(400, 401, 404, 415, 422)
@providers.response(202)
@web.any_body
def receive_reply(provider: str) -> None:
    """A reply: STOP, ALTO, BAJA or UNSUBSCRIBE ends messages to this phone, START or ALTA begins them again."""
    call_id, body = _signed(provider, schemas.reply)
    wish = contact.asks_to(body["text"])
    if wish is None:
        log.info("reply that asks for nothing we know")
        return
    now = clock.now()
    at = min(max(body["at"], now - OLDEST_REPLY), now)
    try:
        actions.take_reply(web.db(), call_id, body["from_"], wish, at)
    except DuplicateKeyError:
        log.info("reply repeated")


# operators


@operators.route("")
@auth.require(*OPERATORS)
@operators.arguments(schemas.MessageQuery, location="query")
@operators.response(200, schemas.MessagePage)
def list_messages(query: dict[str, Any]) -> dict[str, Any]:
    """Newest first."""
    db, limit = web.db(), query["limit"]
    after = _read_cursor(query["after"]) if query["after"] else None
    found = messages.list_newest(db, query["status"], query["since"], after, limit + 1)
    items = [shown.message(db, one) for one in found[:limit]]
    return web.page(items, _cursor(found[limit - 1]) if len(found) > limit else None)


@operators.route("/<message_id>")
@auth.require(*OPERATORS)
@web.problems(404)
@operators.response(200, schemas.Message)
def get_message(message_id: str) -> dict[str, Any]:
    db, one = web.db(), messages.get(web.db(), message_id)
    audit.record(db, auth.actor(), "message.read", one.id, case_id=one.case_id)
    return shown.message(db, one)


@operators.route("/<message_id>/resend", methods=["POST"])
@auth.require(*OPERATORS)
@web.creates
@web.problems(404)
@operators.response(202, schemas.Message)
def resend_message(message_id: str) -> Any:
    """Sends it once more, if it is still wanted and still holds."""
    who = auth.actor()
    if who is None:
        raise errors.Unauthorised
    db = web.db()
    one, replayed = actions.resend(db, message_id, web.idempotency_key(who.id), who)
    return shown.message(db, one), 202, web.replayed(replayed)


def _cursor(one: Message) -> str:
    return f"{round(one.created_at.timestamp() * 1000)}.{one.id}"


def _read_cursor(text: str) -> tuple[datetime, str]:
    milliseconds, _, id = text.partition(".")
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC), id
    except (ValueError, OverflowError, OSError):
        raise WrongCursor(errors={"after": WrongCursor.detail}) from None


# people


@people.route("")
@people.doc(security=web.PERSON)
@web.problems(401, 429)
@people.response(200, schemas.PreferencesOut)
def get_preferences() -> dict[str, Any]:
    return shown.choices(web.db(), _appointment())


@people.route("", methods=["PUT"])
@people.doc(security=web.PERSON)
@web.problems(401, 429)
@people.arguments(schemas.PreferencesIn)
@people.response(200, schemas.PreferencesOut)
def put_preferences(body: dict[str, Any]) -> dict[str, Any]:
    """Holds for all messages to this person, also those that wait to be sent."""
    appointment = _appointment()
    actions.choose(web.db(), schemas.preferences_in.of(appointment["person_id"], body))
    return shown.choices(web.db(), appointment)


def _appointment() -> dict[str, Any]:
    given = auth.basic()
    if given is None:
        raise auth.WrongCode
    return access.enter(*given)[0]
