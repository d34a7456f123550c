"""Who asks for a place that is drawn shows first that their contact is theirs: once, in a race, after a crash."""

import secrets
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, refusals, store
from shared import mongo, web
from tests import builders
from tests.integration.booking import between, windows
from tests.integration.booking.conftest import a_key, announced, race
from tests.integration.booking.test_requests_api import a_body, post
from tests.integration.booking.test_verification import ask as ask_for_code
from tests.integration.booking.test_verification import code_of, verified


@pytest.fixture(autouse=True)
def window(db: Database, office: model.Office) -> model.Window:
    return windows.an_open_one(db, verified=True)


@pytest.fixture
def client(web_app: Flask) -> FlaskClient:
    return web_app.test_client()


def wanted(phone: str, id: str | None, **person: Any) -> model.Asked:
    known = {"name": f"Ana {secrets.token_hex(6)}", "email": None} | person
    return windows.asked(person=builders.a_person(phone=phone, **known), verification=id)


def ask(
    db: Database, phone: str, id: str | None, key: web.IdempotencyKey | None = None, **person: Any
) -> model.Request:
    return actions.ask(db, wanted(phone, id, **person), key or a_key())[0]


def test_a_verified_contact_asks_once(db: Database) -> None:
    phone = builders.a_phone()
    id = verified(db, phone)
    request = ask(db, phone, id)
    assert store.verification(db, id).used_by == request.request["scope"]
    actions.withdraw_request(db, request.reference, "person")
    with pytest.raises(refusals.ContactNotVerified):
        ask(db, phone, id)


@pytest.mark.parametrize("how", ["none", "unknown", "not yet", "another's"])
def test_a_contact_that_is_not_verified_asks_for_nothing(db: Database, how: str) -> None:
    phone = builders.a_phone()
    ids = {
        "none": lambda: None,
        "unknown": lambda: "unknown",
        "not yet": lambda: ask_for_code(db, phone).id,
        "another's": lambda: verified(db, builders.a_phone()),
    }
    with pytest.raises(refusals.ContactNotVerified):
        ask(db, phone, ids[how]())
    assert not db.requests.count_documents({})
    assert not db.live_fingerprints.count_documents({})


def test_a_stranger_without_a_code_is_told_the_same_whether_somebody_has_asked_or_not(db: Database) -> None:
    phone = builders.a_phone()
    ask(db, phone, verified(db, phone))
    for each in (phone, builders.a_phone()):
        with pytest.raises(refusals.ContactNotVerified):
            ask(db, each, None)
    assert not announced(db, "request.requested_again.v1")


def test_a_stranger_with_a_code_of_their_own_learns_nothing_by_a_name_and_birth_date(db: Database) -> None:
    phone, theirs = builders.a_phone(), builders.a_phone()
    ask(db, phone, verified(db, phone), name="Ixchel Tzunux")
    with pytest.raises(refusals.NotPossible):
        ask(db, theirs, verified(db, theirs), name="Ixchel Tzunux")
    assert len(announced(db, "request.requested_again.v1")) == 1


def test_who_has_verified_the_contact_on_file_is_told_that_they_have_asked(db: Database) -> None:
    phone = builders.a_phone()
    ask(db, phone, verified(db, phone))
    with pytest.raises(refusals.AlreadyAsked) as refused:
        ask(db, phone, verified(db, phone))
    assert refused.value.code == "already-booked"


def test_of_many_requests_at_once_with_one_verification_one_is_made(db: Database) -> None:
    phone = builders.a_phone()
    id = verified(db, phone)

    def one(_: int) -> str:
        try:
            return ask(db, phone, id).status
        except (refusals.ContactNotVerified, refusals.AlreadyAsked):
            return "refused"

    assert sorted(race(6, one)) == ["received", *["refused"] * 5]
    assert db.requests.count_documents({}) == db.people.count_documents({}) == 1


def test_the_same_request_at_once_and_again_is_one_though_nothing_is_left_of_its_verification(db: Database) -> None:
    phone, key = builders.a_phone(), a_key()
    asked = wanted(phone, verified(db, phone))
    made = race(4, lambda _: actions.ask(db, asked, key)[0])
    assert len({one.reference for one in made if isinstance(one, model.Request)}) == 1
    db.verifications.delete_many({})
    again, was_there = actions.ask(db, asked, key)
    assert was_there
    assert again.request == key.document()


def test_a_verification_that_serves_another_meanwhile_serves_no_request(db: Database) -> None:
    """Wherever the other comes in between: one of the two has it."""
    for number in range(1, 60):
        phone = builders.a_phone()
        id = verified(db, phone)
        other: list[object] = []
        mine: list[Any] = []

        def use(id: str = id, other: list = other) -> None:
            other.append(race(1, lambda _: _use(db, id))[0])

        def request(db: Database, phone: str = phone, id: str = id, mine: list = mine) -> None:
            mine.append(race(1, lambda _: ask(db, phone, id))[0])

        happened = between.run(db, request, number, use)
        used_by = store.verification(db, id).used_by
        if not happened:
            assert isinstance(mine[0], model.Request)
            return
        asked = isinstance(mine[0], model.Request)
        assert asked or mine[0] is refusals.ContactNotVerified, (number, mine)
        assert [asked, other[0] is True].count(True) == 1, (number, mine, other)
        assert used_by == (mine[0].request["scope"] if asked else "another booking")
    pytest.fail("it has more commands than were tried")


@mongo.transactional
def _use(db: Database, id: str) -> bool:
    return store.use_verification(db, id, "another booking")


def test_who_dies_while_asking_has_used_nothing_or_asked_and_the_same_again_is_one(db: Database) -> None:
    for number in range(1, 60):
        phone, key = builders.a_phone(), a_key()
        id = verified(db, phone)
        asked = wanted(phone, id)
        died = between.die(db, lambda own, asked=asked, key=key: actions.ask(own, asked, key), number)
        made = db.requests.count_documents({"request.scope": key.scope})
        assert (store.verification(db, id).used_by is not None) == (made == 1)
        again, _ = actions.ask(db, asked, key)
        assert db.requests.count_documents({"person_id": again.person_id}) == 1
        assert db.requests.count_documents({"request.scope": key.scope}) == 1
        if not died:
            return
    pytest.fail("it has more commands than were tried")


def test_an_erased_persons_verification_goes_with_them(db: Database) -> None:
    phone = builders.a_phone()
    request = ask(db, phone, verified(db, phone))
    actions.erase(db, request.reference)
    assert not db.verifications.count_documents({})


def test_by_the_api(client: FlaskClient, db: Database) -> None:
    phone = builders.a_phone()
    body = a_body()
    body["person"]["phone"] = phone
    refused = post(client, body)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:sendero:contact-not-verified")
    unknown = post(client, body | {"verification": "unknown"})
    assert (unknown.status_code, unknown.json["type"]) == (409, "urn:sendero:contact-not-verified")
    wrong = post(client, body | {"verification": "no identifier"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "verification")
    one = ask_for_code(db, phone)
    right = client.post(f"/api/v1/verifications/{one.id}", json={"code": code_of(db, one)})
    assert right.json["verified"] is True
    key = secrets.token_hex(16)
    made = post(client, body | {"verification": one.id}, key)
    assert made.status_code == 201, made.text
    again = post(client, body | {"verification": one.id}, key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (made.json, "true")
    told = post(client, body | {"verification": verified(db, phone)})
    assert (told.status_code, told.json["type"]) == (409, "urn:sendero:already-booked")


@pytest.mark.parametrize("verifies", [None, True])
def test_places_that_are_drawn_are_verified_unless_the_service_says_otherwise(db: Database, verifies: bool) -> None:
    db.pathways.update_one({"_id": windows.PATHWAY}, {"$set": {"verify_contact": verifies}})
    assert store.pathway(db, windows.PATHWAY).verifies_contact
