"""Referrals over a real mongod, with two partners and a real HTTP server as the webhook of one."""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

import shared.mongo
from services.referrals import actions, app, commands, model, store, timers
from shared import auth, clock, due
from tests.conftest import Mongo, free_port
from tests.referrals import PERSON_ID, a_partner, a_referral, person_details, some_settings

UNHCR = auth.Actor("unhcr", kind="partner")
IOM = auth.Actor("iom", kind="partner")
CLERK = auth.Actor("clerk-1", roles=("clerk",), offices=("guatemala",))


@dataclass
class Receiver:
    """A partner's webhook: keeps what comes in, answers as it was told."""

    url: str
    secret: str
    received: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    meanwhile: Callable[[], Any] | None = None

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.received]

    def then(self, status: int, **headers: str) -> None:
        self.answers.append((status, headers))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    port = free_port()
    found = Receiver(f"http://127.0.0.1:{port}/hook", "whsec_" + "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0ISE=")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            found.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if found.meanwhile:
                found.meanwhile()
            status, headers = found.answers.pop(0) if found.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def prepared(mongo: Mongo) -> Iterator[Database]:
    """Collections and indexes take a second or two: made once, emptied for each test."""
    name = f"test_{secrets.token_hex(6)}"
    found = shared.mongo.open(some_settings(mongo.uri(name), webhook_allowed_hosts=("127.0.0.1",)))
    commands.prepare(found)
    yield found
    found.client.close()
    mongo.drop(name)


@pytest.fixture
def db(prepared: Database) -> Database:
    for name in prepared.list_collection_names():
        prepared[name].delete_many({})
    store.save_partner(prepared, a_partner("unhcr"))
    store.save_partner(prepared, a_partner("iom", languages=("es",)))
    return prepared


@pytest.fixture
def webhook(db: Database, receiver: Receiver) -> Receiver:
    """The webhook of unhcr, set."""
    actions.set_webhook(db, receiver.url, UNHCR)
    actions.adopt_secret(db, "unhcr", receiver.secret, UNHCR)
    return receiver


@pytest.fixture
def person(db: Database) -> str:
    actions.change_person(db, PERSON_ID, 1, person_details())
    return PERSON_ID


@pytest.fixture(scope="session")
def made(prepared: Database) -> Flask:
    return app.create_app(shared.mongo.settings(prepared))


@pytest.fixture
def client(db: Database, made: Flask) -> FlaskClient:
    return made.test_client()


@pytest.fixture
def unhcr(db: Database, client: FlaskClient) -> "Caller":
    return a_caller(db, client, "unhcr")


class Caller:
    """A partner that calls the API with its key."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers, query_string=query)

    def post(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        more = {"Idempotency-Key": key or secrets.token_hex(16)}
        return self.client.post(f"/api/v1/{path}", json=body, headers=self.headers | more | headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.put(f"/api/v1/{path}", json=body, headers=self.headers | headers)


def a_caller(db: Database, client: FlaskClient, partner_id: str) -> Caller:
    key = secrets.token_urlsafe(36)
    store.add_key(db, partner_id, key)
    return Caller(client, key)


def opened(db: Database, **changes: Any) -> model.Referral:
    referral = actions.open_referral(db, a_referral(**changes))
    assert referral is not None
    return referral


def work(db: Database) -> int:
    """Runs what is due, each row once; how many rows ran."""
    rows = []
    for lane in db.due.distinct("lane", {"state": "waiting"}):
        while row := due.claim(db, lane, list(timers.TIMERS)):
            rows.append(row)
    for row in rows:
        due.run(db, row, timers.TIMERS[row.kind])
    return len(rows)


def hasten(db: Database) -> None:
    """What waits to be tried again is due now; deadlines stay."""
    db.due.update_many({"state": "waiting", "kind": {"$ne": "expire_offer"}}, {"$set": {"due_at": clock.now()}})


def let_time_run_out(db: Database, referral: model.Referral) -> None:
    """The present offer's time to answer is over, and its deadline due."""
    past = clock.now() - timedelta(seconds=1)
    number = len(referral.offers) - 1
    db.referrals.update_one({"_id": referral.id}, {"$set": {f"offers.{number}.answer_by": past}})
    db.due.update_one({"_id": f"answer:{referral.id}:{number}"}, {"$set": {"due_at": past}})


def announced(db: Database) -> list[str]:
    return [row["type"] for row in db.outbox.find().sort("sequence", 1)]
