"""What a browser may keep of the pages, and what it must not; and what each page says at its foot."""

import dataclasses
import re

import flask
import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import app as booking
from shared import mongo
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import visitor

PUBLIC = ["/", "/offices?pathway=orientation", "/times?pathway=orientation&office=guatemala"]


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_asked_for_again_and_sent_only_when_it_has_changed(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    english = client.get(path, headers={"If-None-Match": first.headers["ETag"], "Accept-Language": "en"})
    assert english.status_code == 200


def test_a_time_that_was_booked_is_gone_when_the_page_is_asked_for_again(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, capacity=1, hours=30)
    before = client.get(PUBLIC[2])
    assert slot in before.text
    visitor.book(flask.Flask.test_client(client.application), slot)
    after = client.get(PUBLIC[2], headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, slot in after.text) == (200, False)


def test_a_page_that_says_something_to_one_person_is_kept_nowhere(client: FlaskClient) -> None:
    client.get("/appointment")  # leaves a notice for the next page
    for path in ("/", "/find"):
        assert client.get(path).headers["Cache-Control"] == "no-store"
    visitor.sign_in(client)
    answers = [client.get(path) for path in (*PUBLIC, "/staff")]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert not any("ETag" in answer.headers for answer in answers)


def test_a_static_file_is_kept_for_good_under_the_hash_of_its_content_only(client: FlaskClient) -> None:
    found = re.search(r'href="(/shared/sendero\.css\?v=[0-9a-f]{16})"', client.get("/").text)
    assert found
    assert client.get(found.group(1)).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in ("/shared/sendero.css?v=0123456789abcdef", "/shared/sendero.css"):
        answer = client.get(other)
        assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, False)
    assert client.get("/shared/nothing.css?v=0123456789abcdef").status_code == 404


def test_each_page_says_that_all_is_free_and_where_a_message_is_checked(db: Database, client: FlaskClient) -> None:
    settings = dataclasses.replace(mongo.settings(db), notifications_public_url="https://avisos.example")
    told = booking.create_app(settings).test_client()
    for path in (*PUBLIC, "/find", "/login", "/nothing"):
        page = told.get(path, headers={"Accept-Language": "en"}).text
        assert "nobody may ask you for money" in page, path
        assert '<a href="https://avisos.example/check">Is a message really from us?</a>' in page, path
    assert "really from us" not in client.get("/", headers={"Accept-Language": "en"}).text
