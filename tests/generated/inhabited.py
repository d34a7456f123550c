"""A service as an application over a real database in which things have happened, and those who may call it."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database
from standardwebhooks import Webhook

from shared import auth, clock, due, events, inbox, mongo

Headers = dict[str, str]
SIGNED = "/api/v1/providers/"
PASSWORD = "sendero-demo"
ABOUT_REQUESTS = ("rate_limits", "rate_windows", "throttles", "audit")


@dataclass(frozen=True)
class Inhabited:
    """`callers`: the headers of each kind of rightful caller. `known`: what exists, by path parameter. `right`: makes a
    body as it should be, by path. `facts`: what a test must know by name."""

    name: str
    app: Flask
    db: Database
    callers: dict[str, Headers]
    known: dict[str, list[str]]
    right: dict[str, Callable[[], dict[str, Any]]]
    facts: dict[str, str] = field(default_factory=dict)

    def client(self) -> FlaskClient:
        return self.app.test_client(use_cookies=False)

    def rightful(self, security: list[dict[str, Any]]) -> list[str]:
        """Those of the callers whom the document lets use an operation."""
        schemes = {name for option in security for name in option}
        return [name for name in self.callers if name in {*schemes, *({"partner"} if schemes == {"bearer"} else ())}]

    def content(self) -> dict[str, str]:
        """All that a refused request must leave as it was: the hash of each collection."""
        hashes = self.db.command("dbHash")["collections"]
        return {name: hash for name, hash in hashes.items() if name not in ABOUT_REQUESTS}

    def signed(self, body: bytes) -> Headers:
        """As the provider of SMS signs what it sends."""
        now, id = clock.now(), secrets.token_hex(8)
        secret = mongo.settings(self.db).sms_receipt_secret
        signature = Webhook(secret).sign(id, now, body.decode(errors="replace"))
        stamped = {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
        return {**stamped, "Content-Type": "application/json"}


def basic(reference: str, code: str) -> Headers:
    return {"Authorization": "Basic " + base64.b64encode(f"{reference}:{code}".encode()).decode()}


def sign_in(app: Flask, role: str) -> Headers:
    """By the form, as staff do: the cookie, and the token that must come with it."""
    client = app.test_client()
    token = client.get("/login").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"email": f"{role}@sendero.test", "password": PASSWORD, "csrf_token": token}
    assert client.post("/login", data=form).status_code == 303
    name = app.config["SESSION_COOKIE_NAME"]
    csrf = client.get("/api/v1/session").json["csrf_token"]
    return {"Cookie": f"{name}={client.get_cookie(name).value}", "X-CSRFToken": csrf}


def staff(app: Flask, db: Database, *roles: str) -> dict[str, Headers]:
    """A script with the key of an account, and a clerk who signed in; all that the document calls staff."""
    hashed = auth.accounts.hash_password(PASSWORD)
    for role in roles:
        account = {"_id": f"account-{role}", "email": f"{role}@sendero.test", "name": role, "password": hashed}
        state = {"roles": [role], "offices": ["*"], "disabled": False, "credentials_version": 1}
        db.accounts.insert_one(account | state)
    key = auth.give_key(db, "admin@sendero.test")
    return {"bearer": {"Authorization": f"Bearer {key}"}, "session": sign_in(app, roles[-1])}


def set_aside(db: Database, reading: inbox.Reading, topic: str, type: str) -> list[str]:
    """Some events that nobody can handle, set aside; their ids."""
    ids = []
    for number in range(3):
        case = f"case-aside-{number}"
        event = events.Event(type, case, {}, topic=topic, source="/tests", sequence=1, correlation=case)
        headers, value = events.write(event)
        record = inbox.Record(topic, 0, number, case.encode(), headers, value)
        try:
            inbox.take(db, reading, [record])
        except Exception as error:
            inbox.set_aside(db, record, error, 3)
        ids.append(record.id())
    assert db.inbox.count_documents({"state": "dead_letter"}) == 3
    return ids


def judged(db: Database, topic: str) -> dict[str, list[str]]:
    """What operators did: retries of one case each, and edits that wait for their review."""
    by, reading = inbox.letters.By("account-operator", "staff"), inbox.Reading({"made.up.v1": lambda db, event: None})
    jobs, edits = [], []
    for number in range(3):
        request = {"scope": secrets.token_hex(16), "body": ""}
        job, _ = inbox.letters.begin(db, {"topic": topic, "key": f"case-aside-{number}"}, by, request)
        jobs.append(job["_id"])
        event = events.Event("made.up.v1", f"case-edited-{number}", {}, topic=topic, source="/tests", correlation="x")
        headers, value = events.write(event)
        record = inbox.Record(topic, 1, number, event.key.encode(), headers, value)
        inbox.set_aside(db, record, ValueError(), 3)
        change = inbox.letters.Change({"number": number}, {}, "made up")
        edits.append(inbox.letters.edit(db, record.id(), change, reading, by)[0])
    return {"job_id": jobs, "edit_id": edits}


OF_DEAD_LETTERS: dict[str, Callable[[], dict[str, Any]]] = {
    "/api/v1/operations/dead-letters/{event_id}/edit": lambda: {"value": {}, "headers": {}, "reason": "made up"},
    "/api/v1/operations/dead-letters/{event_id}/discard": lambda: {"reason": "made up"},
    "/api/v1/operations/dead-letters/{event_id}/notes": lambda: {"text": "made up"},
    "/api/v1/operations/dead-letter-edits/{edit_id}/review": lambda: {"verdict": "approved"},
}


def given_up(db: Database) -> list[str]:
    """Some due work that failed for good; its ids."""

    def refuse(_: Database, work: due.Work) -> None:
        raise due.GiveUp("made up")

    ids = [mongo.transactional(due.add)(db, "made_up", "made_up", {}) for _ in range(3)]
    while work := due.claim(db, "made_up", ["made_up"]):
        due.run(db, work, refuse)
    return ids


def gone(db: Database) -> list[str]:
    """Events that nobody can fill any more; the ids of their rows."""
    for number in range(3):
        inbox.tell(db, "gap", "made_up", f"case-{number}", (1, 2), (None, None))
    return [row["_id"] for row in inbox.gone(db)]


def reading(app: Flask) -> inbox.Reading:
    return app.extensions["sendero-reading"]
