"""The SMS provider's API, as small as real ones are: a message goes in, a signed receipt comes later."""

import collections
import hmac
import json
import re
import secrets
import threading

import flask

from deploy.examples import behaviour
from deploy.examples.postbox import callbacks, messages, settings

FIELDS = {"to", "from", "text", "reference", "callback_url"}
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
DEAD = "000"  # a phone that ends so does not exist


class Keys:
    """Idempotency keys and what they answered; the oldest are forgotten."""

    def __init__(self, most: int = messages.MOST_MESSAGES) -> None:
        self._answers: collections.OrderedDict[str, tuple[str, str]] = collections.OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def claim(self, key: str, body: str) -> tuple[str, bool, bool]:
        """The message's id; whether the key is new; whether it came with the same body."""
        with self._lock:
            if found := self._answers.get(key):
                return found[0], False, found[1] == body
            self._answers[key] = (secrets.token_hex(8), body)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
            return self._answers[key][0], True, True


def fault(body: object) -> str | None:
    if not isinstance(body, dict) or set(body) - FIELDS:
        return "invalid_body"
    for name in ("to", "from", "text", "reference"):
        if not isinstance(body.get(name), str) or not body[name]:
            return f"missing_{name}"
    if len(body["text"]) > 1600:
        return "too_long"
    callback = body.get("callback_url")
    if callback is not None and not (isinstance(callback, str) and callback.startswith(("http://", "https://"))):
        return "invalid_callback_url"
    if not PHONE.fullmatch(body["to"]) or body["to"].endswith(DEAD):
        return "invalid_number"
    return None


class Provider:
    """Puts a message on its phone and tells the customer later."""

    def __init__(self, given: settings.Settings, box: messages.Box, outgoing: callbacks.Outgoing) -> None:
        self.given = given
        self.box = box
        self.outgoing = outgoing

    def deliver(self, body: dict[str, str], message_id: str, delivered: bool) -> None:
        message = messages.Message(
            message_id, "sms", body["to"], body["from"], body["text"], reference=body["reference"]
        )
        if delivered:
            self.box.add(message)
        status = "delivered" if delivered else "failed"
        receipt = {
            "id": message_id,
            "reference": body["reference"],
            "status": status,
            "at": messages.instant(messages.now()),
        }

        def told(taken: bool) -> None:
            message.status = status if taken else "receipt_refused"

        url = body.get("callback_url") or self.given.callback_url
        self.outgoing.send(url, receipt, told, after=self.given.receipt_delay_seconds)


def blueprint(sms_key: str, provider: Provider, behaviours: behaviour.Behaviours) -> flask.Blueprint:
    routes = flask.Blueprint("sms", __name__)
    keys = Keys()
    authorization = f"Bearer {sms_key}".encode()

    @routes.post("/sms/v1/messages")
    def send() -> flask.typing.ResponseReturnValue:
        if not hmac.compare_digest(flask.request.headers.get("Authorization", "").encode(), authorization):
            return {"error": "unauthorized"}, 401
        told = behaviours.take("sms")
        if (failure := behaviour.fail_before(told)) is not None:
            return failure
        key = flask.request.headers.get("Idempotency-Key", "")
        body = flask.request.get_json()
        problem = fault(body) if key else "missing_idempotency_key"
        if problem or told.behaviour == "rejected":
            return {"error": problem or "invalid_number"}, 400
        message_id, new, same = keys.claim(key, json.dumps(body, sort_keys=True))
        if not same:
            return {"error": "idempotency_key_reused"}, 422
        if new and told.behaviour != "lie":
            provider.deliver(body, message_id, delivered=told.behaviour != "undelivered")
        if told.behaviour == "reset_after":
            return behaviour.hang_up()
        return {"id": message_id, "status": "accepted"}

    return routes
