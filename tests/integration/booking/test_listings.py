"""Public listings are kept by browsers for a moment, asked for again by their tag, and right again after a booking."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import model, offers
from shared import clock
from tests.integration.booking.conftest import add_slot
from tests.integration.booking.test_api import a_body, post
from tests.wait import wait_until

SLOTS = "/api/v1/offices/guatemala/slots?pathway=orientation"
LISTINGS = ["/api/v1/pathways", "/api/v1/offices", SLOTS]


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


def again(client: FlaskClient, url: str, tag: str, **headers: str) -> Any:
    return client.get(url, headers={"If-None-Match": tag, **headers})


@pytest.mark.parametrize("url", [*LISTINGS, f"{SLOTS}&from=2026-01-01&to=2026-01-02"])
def test_a_listing_that_has_not_changed_is_not_sent_again(client: FlaskClient, db: Database, url: str) -> None:
    add_slot(db)
    first = client.get(url)
    assert first.headers["Cache-Control"] == "public, max-age=1"
    assert first.headers["Vary"] == "Accept-Language"
    answer = again(client, url, first.headers["ETag"])
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == first.headers["ETag"]
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    assert again(client, url, '"another"').data == first.data
    assert again(client, url, f'W/{first.headers["ETag"]}, "another"').status_code == 304


@pytest.mark.parametrize("window", ["", "&from={}"])
def test_a_place_that_was_booked_is_gone_when_the_listing_is_asked_for_again(
    client: FlaskClient, db: Database, window: str
) -> None:
    taken, left = add_slot(db, capacity=1, hours=30), add_slot(db, hours=30.5)
    url = SLOTS + window.format((clock.now() - timedelta(days=1)).date())
    before = client.get(url)
    assert {one["id"] for one in before.json["items"]} == {taken, left}
    assert post(client, a_body(taken)).status_code == 201
    wait_until(lambda: again(client, url, before.headers["ETag"]).status_code == 200, offers.SECONDS + 2, "it changed")
    assert [one["id"] for one in again(client, url, before.headers["ETag"]).json["items"]] == [left]


def test_each_language_has_its_own_tag(client: FlaskClient) -> None:
    spanish, english = (client.get("/api/v1/pathways", headers={"Accept-Language": one}) for one in ("es", "en"))
    assert spanish.headers["ETag"] != english.headers["ETag"]
    assert again(client, "/api/v1/pathways", spanish.headers["ETag"], **{"Accept-Language": "en"}).status_code == 200


def test_what_is_refused_or_personal_is_kept_nowhere(client: FlaskClient) -> None:
    for url in ("/api/v1/offices/nowhere/slots?pathway=orientation", f"{SLOTS}&limit=0", "/api/v1/session"):
        answer = client.get(url)
        assert answer.status_code >= 400
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
