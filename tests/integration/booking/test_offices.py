"""What offices tell of their calendars, and how soon and how far ahead they may be booked."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import model, offers, upkeep
from shared import clock
from tests import builders
from tests.integration.booking.conftest import add_slot
from tests.wait import wait_until

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
HOURS = {"pathway": "orientation", "days": EVERY_DAY, "from": "08:00", "to": "09:00", "minutes": 60, "places": 1}


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


def told(client: FlaskClient, language: str) -> list[dict[str, Any]]:
    (office,) = client.get("/api/v1/offices", headers={"Accept-Language": language}).json["items"]
    return office["closed_days"]


def test_an_office_tells_its_closed_days_of_two_weeks_in_the_readers_language(
    client: FlaskClient, db: Database, office: model.Office
) -> None:
    assert told(client, "es") == []
    today = office.today(clock.now())
    reason = {"es": "Inventario", "en": "Stocktaking"}
    days = [{"first": (today + timedelta(days=number)).isoformat(), "reason": reason} for number in (13, 14)]
    upkeep.set_calendar(db, office.id, {"opening": [HOURS], "exceptions": {"closed": days}})
    closed = {"date": days[0]["first"], "pathways": ["orientation"]}
    assert told(client, "es") == [closed | {"reason": "Inventario"}]
    assert told(client, "en") == [closed | {"reason": "Stocktaking"}]


def test_a_time_that_needs_more_notice_is_neither_listed_nor_booked(client: FlaskClient, db: Database) -> None:
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"min_notice_minutes": 180}})
    soon, later = add_slot(db, hours=2), add_slot(db, hours=4)
    listed = client.get("/api/v1/offices/guatemala/slots?pathway=orientation").json["items"]
    assert [one["id"] for one in listed] == [later]
    person = {"name": "Ana Pérez", "birth_date": "1990-05-17", "phone": builders.a_phone()}
    body = {"pathway": "orientation", "language": "es", "channels": ["sms"], "person": person}

    def book(slot: str) -> Any:
        headers = {"Idempotency-Key": secrets.token_hex(16), "Accept-Language": "en"}
        return client.post("/api/v1/appointments", json=body | {"slot": slot}, headers=headers)

    refused = book(soon)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:sendero:too-soon")
    assert refused.json["title"] == "That time is too soon"
    assert book(later).status_code == 201


def test_an_offices_own_limit_counts_and_far_days_are_not_listed(client: FlaskClient, db: Database) -> None:
    near, far = add_slot(db, hours=1), add_slot(db, hours=24 * 3)
    url = f"/api/v1/offices/guatemala/slots?pathway=orientation&from={clock.now().date() - timedelta(days=1)}"
    assert [one["id"] for one in client.get(url).json["items"]] == [near, far]
    upkeep.set_calendar(db, "guatemala", {"limits": {"orientation": {"horizon_days": 2}}})
    wait_until(
        lambda: [one["id"] for one in client.get(url).json["items"]] == [near],
        offers.SECONDS + 2,
        "the limit is heard of",
    )
