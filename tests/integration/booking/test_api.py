"""Booking's JSON routes, as a front-end, a person and a script of the office use them."""

import base64
import json
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import answers, model, offers, store
from shared import auth, clock
from tests import builders
from tests.integration.booking.conftest import add_slot, announced, business, states
from tests.wait import wait_until


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


@pytest.fixture
def slot(client: FlaskClient, db: Database) -> str:
    return add_slot(db)


def a_body(slot: str, **changes: Any) -> dict[str, Any]:
    person = {"name": f"Ana {secrets.token_hex(5)}", "birth_date": "1990-05-17", "phone": builders.a_phone()}
    body = {"slot": slot, "pathway": "orientation", "language": "es", "channels": ["sms"]}
    return body | {"person": person | changes.pop("person", {})} | changes


def post(client: FlaskClient, body: Any, key: str | None = None, **headers: str) -> Any:
    given = {"Idempotency-Key": key or secrets.token_hex(16), "Accept-Language": "en"} | headers
    return client.post("/api/v1/appointments", json=body, headers=given)


def basic(booked: dict[str, Any], code: str | None = None) -> dict[str, str]:
    pair = f"{booked['reference']}:{code or booked['code']}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def script(db: Database, tmp_path: Path, *roles: str, offices: tuple[str, ...] = ("guatemala",)) -> dict[str, str]:
    """The header of a script that has these roles."""
    key, email = secrets.token_urlsafe(32), f"{secrets.token_hex(4)}@sendero.test"
    account = {"email": email, "name": "Script", "password_hash": "none", "roles": roles, "offices": offices}
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps({"accounts": [account | {"keys": [auth.hash_key(key)]}]}))
    auth.load_file(db, file)
    return {"Authorization": f"Bearer {key}", "Accept-Language": "en"}


def test_what_is_offered_comes_in_the_readers_language(client: FlaskClient) -> None:
    items = client.get("/api/v1/pathways", headers={"Accept-Language": "en"}).json["items"]
    assert [(one["id"], one["name"], one["mode"]) for one in items][0] == ("orientation", "Orientation", "first_come")
    assert client.get("/api/v1/pathways", headers={"Accept-Language": "es"}).json["items"][0]["name"] == "Orientación"
    office = client.get("/api/v1/offices?pathway=orientation").json["items"][0]
    assert office["intake"] == {"open": True, "opens_at": None, "closes_at": None, "message": None}
    assert set(office) >= {"id", "name", "city", "address", "timezone", "languages", "pathways"}
    assert client.get("/api/v1/offices?pathway=protection").json["items"] == []


def test_free_times_come_by_start_in_pages(client: FlaskClient, db: Database) -> None:
    slots = [add_slot(db, hours=hours) for hours in (1, 2, 3)]
    url = "/api/v1/offices/guatemala/slots?pathway=orientation&limit=2"
    first = client.get(url).json
    assert [one["id"] for one in first["items"]] == slots[:2]
    assert first["items"][0]["free"] == 3
    assert first["items"][0]["starts_at"].endswith("Z")
    second = client.get(f"{url}&after={first['next']}").json
    assert ([one["id"] for one in second["items"]], second["next"]) == (slots[2:], None)


def test_full_past_and_closed_times_are_not_offered(client: FlaskClient, db: Database) -> None:
    url = "/api/v1/offices/guatemala/slots?pathway=orientation"
    add_slot(db, hours=-1)
    slot = add_slot(db, capacity=1)
    assert len(client.get(url).json["items"]) == 1
    assert client.get(f"{url}&party_size=5").json["items"] == []
    post(client, a_body(slot))
    wait_until(lambda: client.get(url).json["items"] == [], offers.SECONDS + 2, "the advice is a second old at most")
    slot = add_slot(db, hours=3)
    yesterday = (clock.now() - timedelta(days=1)).date()
    assert [one["id"] for one in client.get(f"{url}&from={yesterday}").json["items"]] == [slot]  # asked anew
    db.offices.update_one({"_id": "guatemala"}, {"$set": {"intake.open": False}})
    wait_until(lambda: client.get(url).json["items"] == [], offers.SECONDS + 2, "the closing is heard of")


def test_a_time_is_told_as_its_schema_has_it(client: FlaskClient, db: Database) -> None:
    slot = store.slot(db, add_slot(db))
    (told,) = client.get("/api/v1/offices/guatemala/slots?pathway=orientation").json["items"]
    assert told == answers.SlotOut().dump(slot)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?pathway=orientation&from=2026-13-01",
        "?pathway=orientation&from=2026-12-02&to=2026-12-01",
        "?pathway=orientation&from=2026-12-01&to=2027-02-01",
        "?pathway=orientation&to=2199-12-31",
        "?pathway=orientation&party_size=0",
        "?pathway=orientation&limit=201",
    ],
)
def test_a_wrong_question_about_times_is_refused_at_its_field(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/offices/guatemala/slots{query}")
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_unknown_offices_and_pathways_are_not_found(client: FlaskClient) -> None:
    assert client.get("/api/v1/offices/nowhere/slots?pathway=orientation").status_code == 404
    assert client.get("/api/v1/offices/guatemala/slots?pathway=nothing").status_code == 404


def test_a_person_books_looks_and_cancels(client: FlaskClient, db: Database, slot: str) -> None:
    answer = post(client, a_body(slot, companions=[{"name": "Luis", "birth_date": "2015-02-03"}]))
    booked = answer.json
    assert answer.status_code == 201
    assert set(booked) >= {"reference", "code", "status", "office", "starts_at", "ends_at", "timezone", "party_size"}
    assert (booked["status"], booked["party_size"], booked["timezone"]) == ("booked", 2, builders.GUATEMALA)
    url = answer.headers["Location"]
    assert url == f"/api/v1/appointments/{booked['reference']}"
    shown = client.get(url, headers=basic(booked)).json
    assert "code" not in shown
    assert [entry["status"] for entry in shown["history"]] == ["booked"]
    cancelled = client.post(f"{url}/cancellation", json={"reason": "No puedo"}, headers=basic(booked))
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    again = client.post(f"{url}/cancellation", headers=basic(booked))
    assert (again.status_code, again.json["status"]) == (200, "cancelled")
    assert len(announced(db, "appointment.cancelled.v1")) == 1
    assert states(db, slot) == ["free"] * 3


def test_a_repeat_answers_the_same_and_says_so(client: FlaskClient, slot: str) -> None:
    body = a_body(slot)
    first = post(client, body, key="k" * 20)
    client.post(f"{first.headers['Location']}/cancellation", headers=basic(first.json))
    again = post(client, body, key="k" * 20)
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    other = post(client, body | {"language": "en"}, key="k" * 20)
    assert (other.status_code, other.json["type"]) == (422, "urn:sendero:idempotency-key-reused")


def test_the_calendar_file_is_for_the_person_only(client: FlaskClient, slot: str) -> None:
    answer = post(client, a_body(slot))
    url = f"{answer.headers['Location']}/calendar.ics"
    assert client.get(url).status_code == 401
    file = client.get(url, headers=basic(answer.json))
    assert file.mimetype == "text/calendar"
    assert file.text.startswith("BEGIN:VCALENDAR")


@pytest.mark.usefixtures("still")
def test_neither_reference_nor_code_alone_open_anything(client: FlaskClient, slot: str) -> None:
    mine, other = post(client, a_body(slot)).json, post(client, a_body(slot)).json
    url = f"/api/v1/appointments/{mine['reference']}"
    for headers in ({}, basic(mine, "00000000"), basic(mine, other["code"]), basic(other)):
        answer = client.get(url, headers=headers)
        assert (answer.status_code, answer.json["type"]) == (401, "urn:sendero:wrong-code")
        assert "WWW-Authenticate" in answer.headers
    unknown = client.get(
        "/api/v1/appointments/SND-0000-0000", headers=basic({"reference": "SND-0000-0000", "code": "x"})
    )
    assert (unknown.status_code, unknown.json["type"]) == (401, "urn:sendero:wrong-code")
    for _ in range(5):
        last = client.get(url, headers=basic(mine, "00000000"))
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) >= 1


def wrong_bodies(slot: str, past: str, far: str) -> dict[str, tuple[Any, int, str, str | None]]:
    """What is sent, and the status, code and field of its refusal."""
    invalid = "invalid"
    return {
        "a list": ([], 422, invalid, None),
        "nothing": ({}, 422, invalid, "slot"),
        "wrong types": (a_body(slot) | {"slot": 7}, 422, invalid, "slot"),
        "an unknown field": (a_body(slot, colour="red"), 422, invalid, "colour"),
        "an unknown field inside": (a_body(slot, person={"age": 3}), 422, invalid, "person.age"),
        "a slot that is gone": (a_body("guatemala.orientation.20000101T000000Z"), 404, "slot-gone", None),
        "a slot that is past": (a_body(past), 409, "slot-past", None),
        "a slot that is too far ahead": (a_body(far), 409, "too-far-ahead", None),
        "a slot of another office": (a_body(slot, office="izabal"), 409, "wrong-office", None),
        "a slot of another pathway": (a_body(slot, pathway="protection"), 409, "wrong-pathway", None),
        "a phone that is none": (a_body(slot, person={"phone": "12"}), 422, invalid, "person.phone"),
        "an email that is none": (a_body(slot, person={"email": "a@b\r\nc"}), 422, invalid, "person.email"),
        "a birth date to come": (a_body(slot, person={"birth_date": "2199-01-01"}), 422, invalid, "person.birth_date"),
        "a channel without contact": (a_body(slot, channels=["email"]), 422, invalid, "person.email"),
        "too many people": (
            a_body(slot, companions=[{"name": "x", "birth_date": "2015-01-01"}] * 4),
            422,
            "party-too-large",
            "companions",
        ),
    }


@pytest.mark.parametrize("what", wrong_bodies("", "", ""))
def test_each_wrong_body_has_its_own_refusal_and_changes_nothing(
    client: FlaskClient, db: Database, slot: str, what: str
) -> None:
    body, status, code, field = wrong_bodies(slot, add_slot(db, hours=-1), add_slot(db, hours=24 * 20))[what]
    before = business(db)
    answer = post(client, body)
    assert (answer.status_code, answer.json["type"]) == (status, f"urn:sendero:{code}")
    assert answer.mimetype == "application/problem+json"
    if field:
        assert field in [error["field"] for error in answer.json["errors"]]
    assert business(db) == before


def test_what_cannot_be_read_is_refused_and_changes_nothing(client: FlaskClient, db: Database, slot: str) -> None:
    url, key, before = "/api/v1/appointments", {"Idempotency-Key": "k" * 20}, business(db)
    assert client.post(url, data="{", content_type="application/json", headers=key).status_code == 400
    assert client.post(url, data="a=b", headers=key).status_code == 415
    huge = json.dumps({"slot": "x" * 10_000_000})
    assert client.post(url, data=huge, content_type="application/json", headers=key).status_code == 413
    for wrong in ({}, {"Idempotency-Key": "short"}, {"Idempotency-Key": "x" * 65}):
        answer = client.post(url, json=a_body(slot), headers=wrong)
        assert (answer.status_code, answer.json["type"]) == (400, "urn:sendero:idempotency-key")
    assert business(db) == before


def test_refusals_speak_the_readers_language(client: FlaskClient, db: Database) -> None:
    slot = add_slot(db, capacity=1)
    post(client, a_body(slot))
    english = post(client, a_body(slot)).json
    assert (english["type"], english["title"]) == ("urn:sendero:slot-taken", "That time is no longer free")
    spanish = post(client, a_body(slot), **{"Accept-Language": "es-GT"}).json
    assert spanish["type"] == english["type"]
    assert spanish["title"] != english["title"]


# --- staff


def test_the_days_list_shows_names_to_the_office_and_is_audited(
    client: FlaskClient, db: Database, slot: str, tmp_path: Path
) -> None:
    booked = post(client, a_body(slot, person={"name": "Ixchel Tzunux"})).json
    headers = script(db, tmp_path, "clerk")
    url = "/api/v1/staff/offices/guatemala/day"
    rows = client.get(f"{url}?date={day_of(booked)}", headers=headers).json["items"]
    assert [(row["reference"], row["person"]["name"]) for row in rows] == [(booked["reference"], "Ixchel Tzunux")]
    assert client.get(f"{url}?date=2030-01-01", headers=headers).json["items"] == []
    assert db.audit.count_documents({"action": "office.day", "outcome": "allowed"}) == 2
    assert "Ixchel" not in repr(list(db.audit.find()))


def day_of(booked: dict[str, Any]) -> str:
    """At its office."""
    start = datetime.fromisoformat(booked["starts_at"])
    return start.astimezone(ZoneInfo(booked["timezone"])).date().isoformat()


def test_staff_routes_are_for_staff_of_the_office(client: FlaskClient, db: Database, slot: str, tmp_path: Path) -> None:
    booked = post(client, a_body(slot)).json
    day, arrival = "/api/v1/staff/offices/guatemala/day", f"/api/v1/staff/appointments/{booked['reference']}/arrival"
    before = business(db)
    assert client.get(day).status_code == client.post(arrival).status_code == 401
    assert client.post(arrival, headers=basic(booked)).status_code == 401
    operator = script(db, tmp_path, "operator", offices=("*",))
    assert client.get(day, headers=operator).status_code == client.post(arrival, headers=operator).status_code == 403
    elsewhere = script(db, tmp_path, "clerk", offices=("izabal",))
    assert client.get(day, headers=elsewhere).status_code == 403
    assert client.post(arrival, headers=elsewhere).status_code == 404
    assert business(db) == before
    assert db.audit.count_documents({"outcome": "refused"}) >= 4


def test_a_person_is_attended_and_referred(client: FlaskClient, db: Database, slot: str, tmp_path: Path) -> None:
    booked, headers = post(client, a_body(slot)).json, script(db, tmp_path, "clerk")
    url = f"/api/v1/staff/appointments/{booked['reference']}"
    consent = {"partners": ["unhcr"], "text_version": "2026-11", "given_by": "person"}
    referral = {"service": "protection", "priority": "urgent", "consent": consent, "note": "Teme volver"}
    early = client.post(f"{url}/referral", json=referral, headers=headers | {"Idempotency-Key": "k" * 20})
    assert (early.status_code, early.json["type"]) == (409, "urn:sendero:wrong-state")
    assert client.post(f"{url}/absence", headers=headers).json["type"] == "urn:sendero:not-yet"
    assert client.post(f"{url}/arrival", headers=headers).json["status"] == "arrived"
    assert client.post(f"{url}/attendance", json={}, headers=headers).json["status"] == "attended"
    first = client.post(f"{url}/referral", json=referral, headers=headers | {"Idempotency-Key": "k" * 20})
    again = client.post(f"{url}/referral", json=referral, headers=headers | {"Idempotency-Key": "k" * 20})
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    second = client.post(f"{url}/referral", json=referral, headers=headers | {"Idempotency-Key": "l" * 20})
    assert (second.status_code, second.json["type"]) == (409, "urn:sendero:already-referred")
    unknown = referral | {"service": "orientation", "consent": consent | {"partners": ["nobody"]}}
    refused = client.post(f"{url}/referral", json=unknown, headers=headers | {"Idempotency-Key": "m" * 20})
    assert [error["field"] for error in refused.json["errors"]] == ["consent.partners"]
    assert "Teme" not in repr(announced(db))
    shown = client.get(f"/api/v1/appointments/{booked['reference']}", headers=basic(booked)).json
    assert [one["status"] for one in shown["referrals"]] == ["requested"]


# --- operators


def test_an_operator_follows_a_case_by_its_reference_as_people_say_it(
    client: FlaskClient, db: Database, slot: str, tmp_path: Path
) -> None:
    booked = post(client, a_body(slot, person={"name": "Ixchel Tzunux"})).json
    operator = script(db, tmp_path, "operator")
    said = booked["reference"].lower().replace("-", " ")
    followed = client.get(f"/api/v1/operations/traces/{said}", headers=operator)
    case = db.appointments.find_one({"reference": booked["reference"]}, {"case_id": 1})
    assert case is not None
    assert followed.json["correlation"] == case["case_id"]
    assert [step["type"] for step in followed.json["items"]] == ["appointment.booked.v1"]
    assert "Ixchel" not in followed.text
    unknown = client.get("/api/v1/operations/traces/SND-0000-0000", headers=operator)
    assert unknown.json["items"] == []
    subjects = [row["subject"] for row in db.audit.find({"action": "follow case"}).sort("_id", 1)]
    assert subjects == [case["case_id"], "an unknown case"]
