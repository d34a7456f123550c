"""Makes each service inhabited: booking with appointments, referrals with offers, notifications with messages."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from pymongo.database import Database

from services.booking import actions as booking_actions
from services.booking import app as booking_app
from services.booking import commands as booking_commands
from services.booking import model as booking_model
from services.booking import places, store, upkeep
from services.booking import schemas as booking_schemas
from services.notifications import app as notifications_app
from services.notifications import commands as notifications_commands
from services.notifications import handlers as notifications_handlers
from services.referrals import actions as referrals_actions
from services.referrals import app as referrals_app
from services.referrals import commands as referrals_commands
from services.referrals import store as referrals_store
from shared import auth, clock, codes, events, inbox, mongo, web
from tests import builders, notifications, referrals
from tests.generated import drawn, inhabited

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


def a_referral(**changes: Any) -> dict[str, Any]:
    consent = {"partners": ["unhcr"], "text_version": "2026-11", "given_by": "person"}
    return {"service": "protection", "priority": "high", "consent": consent, "languages": ["mam"]} | changes


def _booked(app: Flask, slot: str) -> dict[str, Any]:
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    answer = app.test_client().post("/api/v1/appointments", json=a_booking(slot), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json


@contextmanager
def booking(uri: str) -> Iterator[inhabited.Inhabited]:
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
    asked = drawn.windows(db, app)
    known = {
        "id": ["guatemala", "izabal"],
        "reference": [one["reference"] for one in [*mine, *asked]],
        "draw_id": ["drawn", "open", "review", "committed"],
        "event_id": inhabited.set_aside(db, inhabited.reading(app), "referrals", "referral.accepted.v1"),
        **inhabited.judged(db, "referrals"),
        "work_id": inhabited.given_up(db),
        "gone_id": inhabited.gone(db),
        "correlation_id": ["case-aside-0"],
        "job": _mass_cancellations(db),
        "pilot": [_pilot(db) for _ in range(2)],
    }
    facts = {f"asked {name}": asked[-1][name] for name in ("reference", "code")}
    facts |= {"reference": mine[0]["reference"], "attended": mine[1]["reference"], "slot": slots[0], **gone}
    wanted = booking_model.VerificationRequest("sms", builders.a_phone(), "es")
    asked, _ = booking_actions.request_verification(db, wanted, web.IdempotencyKey("made-up", ""))
    one_time_code = codes.code(mongo.settings(db).access_key, asked.code_of, 0)
    known["verification_id"] = [asked.id]
    callers = inhabited.staff(app, db, "admin", "privacy_officer", "clerk") | {
        "basic": inhabited.basic(mine[0]["reference"], mine[0]["code"])
    }
    right: dict[str, Callable[[], dict[str, Any]]] = {
        **inhabited.OF_DEAD_LETTERS,
        "/api/v1/appointments": lambda: a_booking(secrets.choice(slots)),
        "/api/v1/holds": lambda: {"slot": secrets.choice(slots), "party_size": 2},
        "/api/v1/appointments/{reference}/rescheduling": lambda: {"slot": secrets.choice(slots)},
        "/api/v1/staff/appointments/{reference}/rescheduling": lambda: {"slot": secrets.choice(slots)},
        "/api/v1/verifications": lambda: {"channel": "sms", "contact": builders.a_phone()},
        "/api/v1/verifications/{verification_id}": lambda: {"code": one_time_code},
        "/api/v1/codes": lambda: {"reference": secrets.choice(known["reference"])},
        "/api/v1/staff/appointments": lambda: a_booking(secrets.choice(slots), walk_in=True),
        "/api/v1/requests": drawn.a_wish,
        "/api/v1/staff/requests": lambda: drawn.a_wish(why="hotline"),
        "/api/v1/staff/appointments/{reference}/referral": a_referral,
        "/api/v1/staff/offices/{id}/cancellations": a_mass_cancellation,
        "/api/v1/staff/pilots": a_pilot,
        "/api/v1/staff/appointments/{reference}/correction": lambda: {"status": "attended", "reason": "came_late"},
        "/api/v1/staff/appointments/{reference}/notes": lambda: {"text": "made up"},
        "/api/v1/staff/offices/{id}/day/search": lambda: {"text": "Ana"},
        "/api/v1/staff/offices/{id}/intake": lambda: {"open": True, "most_per_day": 10_000},
    }
    yield inhabited.Inhabited("booking", app, db, callers, known, right, facts)
    db.client.close()


def a_mass_cancellation() -> dict[str, Any]:
    """Of days on which nobody has an appointment."""
    return {"from": "2199-01-04", "to": "2199-01-05", "reason": "office_closed", "rebook": True, "note": "made up"}


def a_pilot() -> dict[str, Any]:
    dates = {"first": "2027-01-04", "last": "2027-07-02", "opens_on": "2026-12-14", "opens_at": "08:00"}
    plan = [{"office": "guatemala", "pathway": "orientation", "places": 40}]
    return {"name": "Made up", "offices": ["guatemala"], "pathways": ["orientation"], "plan": plan, **dates}


def _mass_cancellations(db: Database) -> list[str]:
    by = auth.Actor("account-proposer", roles=("supervisor",), offices=("*",))
    proposal = booking_schemas.MassCancellationIn().load(a_mass_cancellation())
    return [booking_actions.mass_cancellation.propose(db, "guatemala", proposal, _a_key(), by)[0].id for _ in range(6)]


def _pilot(db: Database) -> str:
    return booking_actions.pilot.make(db, booking_schemas.PilotIn().load(a_pilot()), _a_key(), None)[0].id


def _a_key() -> web.IdempotencyKey:
    return web.IdempotencyKey(secrets.token_hex(16), "made up")


def _attend(db: Database, booked: list[dict[str, Any]]) -> None:
    """They came on the day; whatever the hour now is, it is that day."""
    for one in booked:
        appointment = store.appointment(db, one["reference"])
        store.save(db, appointment.becomes(booking_model.ATTENDED, appointment.starts_at, "office"))


# --- referrals


@contextmanager
def referring(uri: str) -> Iterator[inhabited.Inhabited]:
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
    callers = inhabited.staff(app, db, "admin", "operator") | {"partner": {"Authorization": f"Bearer {key}"}}
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
        "event_id": inhabited.set_aside(db, inhabited.reading(app), "booking", "referral.requested.v1"),
        **inhabited.judged(db, "booking"),
        "work_id": inhabited.given_up(db),
        "gone_id": inhabited.gone(db),
        "correlation_id": ["case-aside-0"],
    }
    right: dict[str, Callable[[], dict[str, Any]]] = {
        **inhabited.OF_DEAD_LETTERS,
        "/api/v1/webhook": lambda: {"url": "http://127.0.0.1:1/hook"},
    }
    yield inhabited.Inhabited("referrals", app, db, callers, known, right, {"mine": opened[-1], "other": other})
    db.client.close()


def _opened(db: Database, number: int, partner: str) -> str:
    consent = referrals.a_consent(partners=(partner,))
    referral = referrals_actions.open_referral(db, referrals.a_referral(case_id=f"case-{number}", consent=consent))
    assert referral is not None
    return referral.id


# --- notifications


@contextmanager
def telling(uri: str) -> Iterator[inhabited.Inhabited]:
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
        "event_id": inhabited.set_aside(db, inhabited.reading(app), "booking", "appointment.cancelled.v1"),
        **inhabited.judged(db, "booking"),
        "work_id": inhabited.given_up(db),
        "gone_id": inhabited.gone(db),
        "correlation_id": ["case-aside-0"],
    }
    callers = inhabited.staff(app, db, "admin", "operator") | {"basic": inhabited.basic("SND-0000-0000", code)}
    right: dict[str, Callable[[], dict[str, Any]]] = {
        **inhabited.OF_DEAD_LETTERS,
        f"{inhabited.SIGNED}{{provider}}/receipts": lambda: {
            "reference": secrets.choice(messages),
            "status": "delivered",
        },
        f"{inhabited.SIGNED}{{provider}}/incoming": lambda: {
            "from": notifications.PHONE,
            "text": secrets.choice(["ALTO", "ALTA"]),
        },
    }
    yield inhabited.Inhabited("notifications", app, db, callers, known, right)
    db.client.close()


def _hear(db: Database, event: events.Event) -> None:
    headers, value = events.write(event)
    record = inbox.Record(event.topic, 0, 0, event.key.encode(), headers, value)
    inbox.take(db, notifications_handlers.READING, [record])
