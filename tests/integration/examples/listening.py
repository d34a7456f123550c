"""A real HTTP server that notes what it is asked, and the keys that these tests use."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import flask
import urllib3

SMS_KEY = "sms-key-of-the-tests"
RECEIPT_SECRET = "whsec_" + base64.b64encode(b"receipts of the tests, 32 bytes!").decode()
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"webhooks of the tests, 32 bytes!").decode()
PARTNER_KEY = "partner-key-of-the-tests"
HTTP = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(30))


@dataclass
class Heard:
    path: str
    method: str
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Listener:
    """A server that notes what it is asked and answers as told, by path, else 204."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)

    def answer(self, path: str) -> flask.typing.ResponseReturnValue:
        request = flask.request
        self.heard.append(Heard(request.path, request.method, dict(request.headers), request.get_data(as_text=True)))
        waiting = self.answers.get(request.path, [])
        status, body = (waiting.pop(0) if len(waiting) > 1 else waiting[0]) if waiting else (204, None)
        return ("", status) if body is None else (body, status)

    def at(self, path: str) -> list[Heard]:
        return [each for each in self.heard if each.path == path]
