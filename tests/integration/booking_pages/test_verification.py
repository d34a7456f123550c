"""The step in which a contact is verified, without JavaScript; what was typed is kept."""

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import store
from services.booking.actions import verification
from tests.integration.booking import conftest as bookings
from tests.integration.booking.test_verification import code_of
from tests.integration.booking_pages import visitor


@pytest.fixture
def slot(client: FlaskClient, db: Database) -> str:
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"verify_contact": True}})
    return bookings.add_slot(db)


def newest(db: Database) -> str:
    (row,) = db.verifications.find().sort("asked_at", -1).limit(1)
    return code_of(db, store.verification(db, row["_id"]))


def send(client: FlaskClient, channel: str = "email"):
    return client.post("/verify", data=visitor.hidden(client.get("/verify").text) | {"channel": channel})


def give(client: FlaskClient, code: str):
    return visitor.post(client, "/verify/code", {"code": code}, shown_at="/verify")


def test_details_then_a_code_then_the_check(client: FlaskClient, db: Database, slot: str) -> None:
    assert visitor.say(client, slot).location == "/check"
    assert client.get("/check").location == "/verify"
    assert "¿Es suyo este teléfono o correo?" in client.get("/verify").text
    assert "Is this phone or email yours?" in client.get("/verify?lang=en").text
    assert send(client).location == "/verify"
    assert 'autocomplete="one-time-code"' in client.get("/verify").text
    wrong = give(client, "00000000")
    assert wrong.status_code == 422
    assert 'href="#field-code"' in wrong.text
    assert "held" not in bookings.states(db, slot), "a contact is verified before it holds a place"
    assert give(client, newest(db)).location == "/check"
    assert bookings.states(db, slot).count("held") == 1
    page = client.get("/check").text
    assert client.post("/book", data=visitor.hidden(page)).location == "/appointment"
    assert (db.verifications.find_one() or {})["used_by"]


def test_a_time_that_has_gone_while_the_code_was_on_its_way_is_told(
    client: FlaskClient, db: Database, slot: str
) -> None:
    visitor.say(client, slot)
    send(client)
    db.places.update_many({"slot_id": slot}, {"$set": {"state": "taken"}})
    db.slots.update_one({"_id": slot}, {"$set": {"free": 0}})
    assert give(client, newest(db)).location == "/details"
    assert "Otra persona reservó antes esa hora" in client.get("/details", follow_redirects=True).text


def test_another_contact_needs_another_code(client: FlaskClient, db: Database, slot: str) -> None:
    visitor.say(client, slot)
    send(client)
    give(client, newest(db))
    visitor.say(client, slot)  # with another address
    assert client.get("/check").location == "/verify"
    assert 'name="code"' not in client.get("/verify").text


def test_other_details_with_the_same_contact_need_none(client: FlaskClient, db: Database, slot: str) -> None:
    contact = {"person.email": "ana@example.org"}
    visitor.say(client, slot, **contact)
    send(client)
    give(client, newest(db))
    visitor.say(client, slot, **contact)
    assert client.get("/check").status_code == 200


def test_who_has_neither_is_told_where_to_go(client: FlaskClient, db: Database, slot: str) -> None:
    visitor.say(client, slot, **{"person.email": "", "channels": ["none"]})
    assert client.get("/check").location == "/verify"
    page = client.get("/verify").text
    assert "llame a la oficina o vaya allí" in page
    assert 'name="channel"' not in page


def test_asking_too_often_and_a_void_code_are_said_in_words(client: FlaskClient, db: Database, slot: str) -> None:
    visitor.say(client, slot)
    for _ in range(verification.MOST_ASKED):
        assert send(client).status_code == 303
    refused = send(client)
    assert refused.status_code == 429
    assert "Ya pidió esto varias veces" in refused.text
    for _ in range(5):
        give(client, "00000000")
    void = give(client, newest(db))
    assert void.status_code == 409
    assert "ya no sirve" in void.text
    assert "Ana" in client.get("/details").text


@pytest.mark.parametrize("path", ["/verify", "/verify/code"])
def test_without_a_draft_it_begins_again(client: FlaskClient, path: str) -> None:
    assert visitor.post(client, path, {"code": "1"}).location == "/"
    assert client.get("/verify").location == "/"
