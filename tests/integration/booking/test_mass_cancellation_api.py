"""The routes of mass cancellations, as a script of an office uses them."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import model
from shared import clock
from tests.integration.booking.cancelling import work
from tests.integration.booking.conftest import add_slot
from tests.integration.booking.slots import book
from tests.integration.booking.test_api import script

PATH = "/api/v1/staff/offices/guatemala/cancellations"
Call = Callable[..., Any]


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


def body(**changes: Any) -> dict[str, Any]:
    now = clock.now()
    to = clock.rfc3339(now + timedelta(days=2))
    return {"from": now.date().isoformat(), "to": to, "reason": "office_closed", "rebook": True} | changes


def with_key(headers: dict[str, str], key: str | None = None) -> dict[str, str]:
    return headers | {"Idempotency-Key": key or secrets.token_hex(16)}


def test_a_job_is_proposed_approved_followed_to_its_end(client: FlaskClient, db: Database, tmp_path: Path) -> None:
    one, other = script(db, tmp_path, "supervisor"), script(db, tmp_path, "programme_lead")
    mine = book(db, add_slot(db, hours=30))
    key, asked = secrets.token_hex(16), body(note="Flood")
    made = client.post(PATH, json=asked, headers=with_key(one, key))
    assert (made.status_code, made.json["state"], made.json["total"]) == (202, "proposed", 0)
    assert made.json["preview"] | {"by_pathway_and_day": None} == {
        "total": 1,
        "within_24h": 0,
        "offered": 0,
        "by_pathway_and_day": None,
    }
    again = client.post(PATH, json=asked, headers=with_key(one, key))
    assert (again.json["id"], again.headers["Idempotency-Replayed"]) == (made.json["id"], "true")
    job = made.headers["Location"]
    refused = client.post(f"{job}/approval", headers=one)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:sendero:own-proposal")
    assert client.post(f"{job}/approval", headers=other).json["state"] == "running"
    work(db)
    ended = client.get(job, headers=other).json
    told = {name: ended[name] for name in ("state", "total", "done", "left", "failed", "note", "preview")}
    assert told == {
        "state": "finished",
        "total": 1,
        "done": 1,
        "left": 0,
        "failed": 0,
        "note": "Flood",
        "preview": None,
    }
    assert client.get(PATH, headers=one).json["items"][0]["id"] == made.json["id"]
    assert db.appointments.find_one({"_id": mine.id})["status"] == "cancelled"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": "tomorrow"}, "from"),
        ({"from": "2026-13-01"}, "from"),
        ({"to": "2026-11-28T10:00:00"}, "to"),
        ({"to": "2020-01-01"}, "to"),
        ({"reason": "asylum"}, "reason"),
        ({"rebook": 1}, "rebook"),
        ({"pathway": "protection"}, "pathway"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_wrong_is_named(
    client: FlaskClient, db: Database, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    answer = client.post(PATH, json=body(**changes), headers=with_key(script(db, tmp_path, "supervisor")))
    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, [field])
    assert db.mass_cancellations.count_documents({}) == 0


def test_a_clerk_and_a_stranger_may_not(client: FlaskClient, db: Database, tmp_path: Path) -> None:
    assert client.post(PATH, json=body(), headers=with_key({})).status_code == 401
    clerk = script(db, tmp_path, "clerk", "caseworker", "operator")
    assert client.post(PATH, json=body(), headers=with_key(clerk)).status_code == 403
    elsewhere = script(db, tmp_path, "supervisor", offices=("izabal",))
    assert client.post(PATH, json=body(), headers=with_key(elsewhere)).status_code == 403
    assert client.get(f"{PATH}/{secrets.token_hex(4)}", headers=script(db, tmp_path, "admin")).status_code == 404
    assert db.audit.count_documents({"outcome": "refused"}) == 2
