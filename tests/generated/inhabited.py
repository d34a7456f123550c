"""Each service as an application over a real database in which things have happened, and those who may call it."""

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database
from standardwebhooks import Webhook

from services.booking import app as booking_app
from services.booking import commands as booking_commands
from services.booking import model as booking_model
from services.booking import places, store, upkeep
from services.notifications import app as notifications_app
from services.notifications import commands as notifications_commands
from services.notifications import handlers as notifications_handlers
from services.referrals import actions as referrals_actions
from services.referrals import app as referrals_app
from services.referrals import commands as referrals_commands
from services.referrals import store as referrals_store
from shared import auth, clock, codes, events, inbox, mongo
from tests import builders, notifications, referrals

Headers = dict[str, str]
SIGNED = "/api/v1/providers/"
PASSWORD = "sendero-demo"
CONTENT = ("rate_limits", "rate_windows", "throttles", "audit")  # kept about requests, not by what they ask


@dataclass(frozen=True)
class Inhabited:
    """`callers`: the headers of each kind of rightful caller. `known`: what exists, by path parameter or field."""

    name: str
    app: Flask
    db: Database
    callers: dict[str, Headers]
    known: dict[str, list[str]]
    facts: dict[str, Any] = field(default_factory=dict)

    def client(self) -> FlaskClient:
        return self.app.test_client(use_cookies=False)

    def rightful(self, security: list[dict[str, Any]]) -> list[str]:
        """Those of the callers whom the document lets use an operation."""
        schemes = {name for option in security for name in option}
        return [name for name in self.callers if name in {*schemes, *({"partner"} if schemes == {"bearer"} else ())}]

    def rows(self) -> dict[str, int]:
        """How many there are of each thing: what a refused request must leave as it was."""
        names = [name for name in self.db.list_collection_names() if name not in CONTENT]
        return {name: self.db[name].count_documents({}) for name in sorted(names)}

    def signed(self, body: bytes) -> Headers:
        """As the provider of SMS signs what it sends."""
        now, id = clock.now(), secrets.token_hex(8)
        secret = mongo.settings(self.db).sms_receipt_secret
        signature = Webhook(secret).sign(id, now, body.decode())
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


# --- booking


def a_slot(db: Database, office: str = "guatemala", hours: float = 2, capacity: int = 5) -> str:
    """The id of a new slot that begins in so many hours."""
    start = clock.now().replace(microsecond=0) + timedelta(hours=hours)
    id = f"{office}.orientation.{start:%Y%m%dT%H%M%SZ}"
    times = {"starts_at": start, "ends_at": start + timedelta(minutes=30), "timezone": builders.GUATEMALA}
    places.add(db, [{"_id": id, "office_id": office, "pathway_id": "orientation", "capacity": capacity, **times}])
    return id


def a_booking(slot: str, **changes: Any) -> dict[str, Any]:
    person = {"name": f"Ana {secrets.token_hex(5)}", "birth_date": "1990-05-17", "phone": builders.a_phone()}
    body = {"slot": slot, "pathway": "orientation", "language": "es", "channels": ["sms"]}
    return body | {"person": person | changes.pop("person", {})} | changes


def _booked(app: Flask, slot: str) -> dict[str, Any]:
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    answer = app.test_client().post("/api/v1/appointments", json=a_booking(slot), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json


@contextmanager
def booking(uri: str) -> Iterator[Inhabited]:
    db = mongo.open(builders.some_booking_settings(uri))
    booking_commands.prepare(db)
    sample = [
        json.loads((booking_commands.SAMPLE / f"{name}.json").read_text())
        for name in ("pathways", "offices", "partners")
    ]
    upkeep.load(db, *sample)
    app = booking_app.create_app(mongo.settings(db))
    slots = [a_slot(db, hours=2 + number, capacity=50) for number in range(5)]
    gone = {"past": a_slot(db, hours=-1), "elsewhere": a_slot(db, office="izabal", hours=9)}
    mine = [_booked(app, slots[0]) for _ in range(6)]
    _attend(db, mine[1:3])
    known = {
        "id": ["guatemala", "izabal"],
        "reference": [one["reference"] for one in mine],
        "slot": slots,
        "pathway": ["orientation"],
        "partners": ["unhcr"],
        "event_id": set_aside(db, _reading(app), "referrals", "referral.accepted.v1"),
        "correlation_id": ["case-aside-0"],
    }
    callers = staff(app, db, "admin", "clerk") | {"basic": basic(mine[0]["reference"], mine[0]["code"])}
    yield Inhabited("booking", app, db, callers, known, {"mine": mine[0], "slots": slots, **gone})
    db.client.close()


def _reading(app: Flask) -> inbox.Reading:
    return app.extensions["sendero-reading"]


def _attend(db: Database, booked: list[dict[str, Any]]) -> None:
    """They came on the day; whatever the hour now is, it is that day."""
    for one in booked:
        appointment = store.appointment(db, one["reference"])
        store.save(db, appointment.becomes(booking_model.ATTENDED, appointment.starts_at, "office"))


# --- referrals


@contextmanager
def referring(uri: str) -> Iterator[Inhabited]:
    db = mongo.open(referrals.some_settings(uri, webhook_allowed_hosts=("127.0.0.1",)))
    referrals_commands.prepare(db)
    for id in ("unhcr", "iom"):
        referrals_store.save_partner(db, referrals.a_partner(id, capacity=10_000))
    referrals_actions.change_person(db, referrals.PERSON_ID, 1, referrals.person_details())
    unhcr = auth.Actor("unhcr", kind="partner")
    referrals_actions.save_webhook(db, "unhcr", "http://127.0.0.1:1/hook", unhcr)
    opened = [_opened(db, number, "unhcr") for number in range(12)]
    for referral in opened[:4]:
        referrals_actions.accept(db, referral, unhcr)
    other = _opened(db, 12, "iom")
    app = referrals_app.create_app(mongo.settings(db))
    key = secrets.token_urlsafe(36)
    referrals_store.add_key(db, "unhcr", key)
    callers = staff(app, db, "admin", "operator") | {"partner": {"Authorization": f"Bearer {key}"}}
    partner = callers["partner"]
    replay = app.test_client().post(
        "/api/v1/webhook/replays",
        json={"since": "2026-01-01T00:00:00Z"},
        headers=partner | {"Idempotency-Key": secrets.token_hex(16)},
    )
    tested = app.test_client().post(
        "/api/v1/webhook/test", headers=partner | {"Idempotency-Key": secrets.token_hex(16)}
    )
    known = {
        "referral_id": opened,
        "delivery_id": [tested.json["id"]],
        "replay_id": [replay.json["id"]],
        "url": ["http://127.0.0.1:1/hook"],
        "event_id": set_aside(db, _reading(app), "booking", "referral.requested.v1"),
        "correlation_id": ["case-aside-0"],
    }
    yield Inhabited("referrals", app, db, callers, known, {"mine": opened[-1], "other": other})
    db.client.close()


def _opened(db: Database, number: int, partner: str) -> str:
    consent = referrals.a_consent(partners=(partner,))
    referral = referrals_actions.open_referral(db, referrals.a_referral(case_id=f"case-{number}", consent=consent))
    assert referral is not None
    return referral.id


# --- notifications


@contextmanager
def telling(uri: str) -> Iterator[Inhabited]:
    db = mongo.open(notifications.some_settings(uri))
    notifications_commands.prepare(db)
    _hear(db, notifications.person_event(mongo.settings(db).people_keys))
    for number in range(4):
        reference = f"SND-0000-000{number}"
        _hear(db, notifications.appointment_event(case_id=f"case-{number}", reference=reference))
    messages = [row["_id"] for row in db.messages.find()]
    assert len(messages) == 8
    app = notifications_app.create_app(mongo.settings(db))
    code = codes.code(mongo.settings(db).access_key, "SND-0000-0000", 1)
    known = {
        "message_id": messages,
        "provider": ["demo-sms"],
        "event_id": set_aside(db, _reading(app), "booking", "appointment.cancelled.v1"),
        "correlation_id": ["case-aside-0"],
        "from": [notifications.PHONE],
        "text": ["ALTO", "ALTA", "STOP", "hola"],
        "reference": messages,  # in a receipt: what was handed over
    }
    callers = staff(app, db, "admin", "operator") | {"basic": basic("SND-0000-0000", code)}
    yield Inhabited("notifications", app, db, callers, known)
    db.client.close()


def _hear(db: Database, event: events.Event) -> None:
    headers, value = events.write(event)
    record = inbox.Record(event.topic, 0, 0, event.key.encode(), headers, value)
    inbox.take(db, notifications_handlers.READING, [record])
