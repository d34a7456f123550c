"""Notifications over a real database, a real SMTP server and a provider of SMS on loopback, each told how to fail."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.notifications import app, commands, handlers, settings, timers
from services.notifications.model.message import Message
from services.notifications.store import messages
from shared import clock, due, events, inbox, mongo
from tests.conftest import Mongo, free_port
from tests.notifications import appointment_event, person_event, some_settings


@dataclass
class Mailbox:
    """`answers`: of the next messages, at the end of DATA; "close" takes it and hangs up. Then all is well."""

    answers: list[str] = field(default_factory=list)
    at_rcpt: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    attempts: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.at_rcpt:
            return self.at_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = BytesParser(EmailMessage, policy=default).parsebytes(envelope.content)
        self.attempts.append(message)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "close":
            self.mails.append(message)
            server.transport.abort()
            return "250 OK"
        if answer.startswith("250"):
            self.mails.append(message)
        return answer


@dataclass
class Phones:
    """Keeps one SMS per Idempotency-Key. `answers`: (status, headers, body) of the next calls."""

    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def take(self, headers: Any, body: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        key = headers["Idempotency-Key"]
        self.calls.append({"key": key, "authorization": headers["Authorization"], **body})
        status, more, answer = self.answers.pop(0) if self.answers else (201, {}, {"id": f"sms-{key}"})
        if status in (200, 201):
            self.texts.setdefault(key, body)
        return status, more, answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def phones() -> Iterator[tuple[Phones, int]]:
    kept = Phones()

    class Provider(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, answer = kept.take(self.headers, body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield kept, server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def base(mongo: Mongo) -> Iterator[settings.Settings]:
    """One database for all these tests, emptied before each: making its indexes takes longer than a test."""
    name = f"test_notifications_{secrets.token_hex(4)}"
    yield some_settings(mongo.uri(name))
    mongo.drop(name)


@pytest.fixture(scope="session")
def web_app(base: settings.Settings) -> Iterator[Flask]:
    """One for all, closed while its database still answers: a client that cannot say goodbye waits for it."""
    made = app.create_app(base)
    yield made
    made.extensions["sendero"].db.client.close()
    made.extensions["limits"].storage.storage.close()


@pytest.fixture
def configured(base: settings.Settings, mailbox: tuple[Mailbox, int], phones: tuple[Phones, int]) -> settings.Settings:
    return replace(base, smtp_port=mailbox[1], sms_url=f"http://127.0.0.1:{phones[1]}/sms/v1/messages")


@dataclass
class Service:
    """The service as its worker and its web see it, turned by hand."""

    db: Database
    settings: settings.Settings
    mails: Mailbox
    sms: Phones

    def hear(self, *heard: events.Event) -> None:
        """As the consumer does: mark and effect in one transaction."""
        for event in heard:
            headers, value = events.write(event)
            record = inbox.Record(event.topic, 0, 0, event.key.encode(), headers, value)
            inbox.take(self.db, handlers.READING, [record])

    def send(self) -> list[due.Work]:
        """Does what is due now, once; what is put off stays put off."""
        done = []
        for lane in self.db.due.distinct("lane"):
            while work := due.claim(self.db, lane, list(timers.TIMERS)):
                due.run(self.db, work, timers.TIMERS[work.kind])
                done.append(work)
        return done

    def later(self) -> None:
        """What is put off is due now."""
        self.db.due.update_many({"state": "waiting"}, {"$set": {"due_at": clock.now()}})

    def messages(self, **wanted: Any) -> list[Message]:
        return [messages.get(self.db, row["_id"]) for row in self.db.messages.find(wanted).sort("channel", 1)]

    def message(self, **wanted: Any) -> Message:
        (found,) = self.messages(**wanted)
        return found

    def states(self) -> dict[str, str]:
        return {one.channel: one.state for one in self.messages()}

    def announced(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and data of what waits in the outbox, oldest first."""
        return [
            (row["type"], json.loads(row["value"])) for row in self.db.outbox.find().sort([("key", 1), ("sequence", 1)])
        ]


@pytest.fixture
def service(
    configured: settings.Settings, mailbox: tuple[Mailbox, int], phones: tuple[Phones, int]
) -> Iterator[Service]:
    db = mongo.open(configured)
    commands.prepare(db)
    for name in db.list_collection_names():
        db[name].delete_many({})
    yield Service(db, configured, mailbox[0], phones[0])
    db.client.close()


@pytest.fixture
def client(service: Service, web_app: Flask) -> FlaskClient:
    return web_app.test_client()


@pytest.fixture
def booked(service: Service) -> Callable[..., None]:
    """The person and their appointment have been heard of."""

    def hear(**person: Any) -> None:
        service.hear(person_event(service.settings.people_keys, **person), appointment_event())

    return hear
