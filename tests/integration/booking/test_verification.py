"""A contact verified by a one-time code before it holds a scarce place, on a real mongod."""

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, refusals, store, timers
from services.booking.actions import verification
from shared import clock, codes, due, mongo, web
from tests import builders
from tests.integration.booking import conftest
from tests.integration.booking.conftest import a_key, add_slot, announced, states
from tests.integration.booking.test_api import a_body, post


@pytest.fixture
def slot(db: Database, office: model.Office) -> str:
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"verify_contact": True}})
    return add_slot(db, capacity=9)


@pytest.fixture
def client(web_app: Flask, slot: str) -> FlaskClient:
    return web_app.test_client()


def ask(db: Database, phone: str, key: web.IdempotencyKey | None = None) -> model.Verification:
    return actions.request_verification(db, model.VerificationRequest("sms", phone, "es"), key or a_key())[0]


def code_of(db: Database, one: model.Verification) -> str:
    return codes.code(mongo.settings(db).access_key, one.code_of, 0)


def verified(db: Database, phone: str) -> str:
    """The id of its verification."""
    one = ask(db, phone)
    return actions.verify(db, one.id, code_of(db, one)).id


def book(db: Database, slot: str, phone: str, id: str | None, key: web.IdempotencyKey | None = None) -> Any:
    person = builders.a_person(name=secrets.token_hex(6), phone=phone, email=None)
    request = builders.a_booking_request(slot_id=slot, person=person, channels=("sms",), verification=id)
    return actions.book(db, request, key or a_key())


def test_a_verified_contact_books_once(db: Database, slot: str) -> None:
    phone = builders.a_phone()
    id = verified(db, phone)
    made, _ = book(db, slot, phone, id)
    actions.cancel(db, made.reference, "person")
    with pytest.raises(refusals.ContactNotVerified):
        book(db, slot, phone, id)


@pytest.mark.parametrize("how", ["none", "unknown", "not yet", "another's"])
def test_a_contact_that_is_not_verified_gets_no_place(db: Database, slot: str, how: str) -> None:
    phone = builders.a_phone()
    ids = {
        "none": lambda: None,
        "unknown": lambda: "unknown",
        "not yet": lambda: ask(db, phone).id,
        "another's": lambda: verified(db, builders.a_phone()),
    }
    with pytest.raises(refusals.ContactNotVerified):
        book(db, slot, phone, ids[how]())
    assert states(db, slot) == ["free"] * 9


def test_of_two_bookings_at_once_with_one_verification_one_is_made(db: Database, slot: str) -> None:
    phone = builders.a_phone()
    id = verified(db, phone)

    def one(_: int) -> Any:
        try:
            return book(db, slot, phone, id)[0].status
        except refusals.ContactNotVerified:
            return "refused"

    with conftest.without_one_live(db):
        assert sorted(conftest.race(6, one)) == ["booked", *["refused"] * 5]
        assert states(db, slot).count("taken") == 1
    assert db.places.count_documents({"state": "held"}) == 0


def test_a_repeated_booking_is_answered_as_it_was_when_nothing_is_left_of_the_verification(
    db: Database, slot: str
) -> None:
    phone, key = builders.a_phone(), a_key()
    request = builders.a_booking_request(
        slot_id=slot, person=builders.a_person(phone=phone), verification=verified(db, phone)
    )
    first, _ = actions.book(db, request, key)
    assert actions.book(db, request, key) == (first, True)
    db.verifications.delete_many({})
    assert actions.book(db, request, key) == (first, True)


def test_tries_at_once_are_all_counted(db: Database, slot: str) -> None:
    one = ask(db, builders.a_phone())

    def wrong(_: int) -> str:
        try:
            actions.verify(db, one.id, "00000000")
        except (refusals.WrongOneTimeCode, refusals.OneTimeCodeVoid) as refused:
            return refused.code
        return "verified"

    told = conftest.race(8, wrong)
    assert sorted(told) == ["one-time-code-void"] * 3 + ["wrong-one-time-code"] * 5
    with pytest.raises(refusals.OneTimeCodeVoid):
        actions.verify(db, one.id, code_of(db, one))


def test_the_right_code_at_once_from_two_sides_is_one_verification(db: Database, slot: str) -> None:
    one = ask(db, builders.a_phone())
    found = conftest.race(4, lambda _: actions.verify(db, one.id, code_of(db, one)))
    assert {each.verified_at for each in found} == {store.verification(db, one.id).verified_at}


def test_a_contact_is_asked_for_five_codes_a_day_and_a_repeat_does_not_count(db: Database, slot: str) -> None:
    phone, key = builders.a_phone(), a_key()
    first = ask(db, phone, key)
    for _ in range(9):
        assert ask(db, phone, key) == first
    for _ in range(verification.MOST_ASKED - 1):
        ask(db, phone)
    with pytest.raises(refusals.AskedTooOften):
        ask(db, phone)
    assert ask(db, phone, key) == first
    assert db.verifications.count_documents({}) == verification.MOST_ASKED


def test_events_carry_neither_contact_nor_code_but_sealed(db: Database, slot: str) -> None:
    phone = builders.a_phone()
    one = ask(db, phone)
    (given,) = announced(db, "contact.given.v1")
    (requested,) = announced(db, "verification.requested.v1")
    opened = mongo.settings(db).people_keys.open(json.loads(given["value"])["sealed"], one.person_id)
    assert opened == {"channel": "sms", "contact": phone, "language": "es"}
    rows = str([given, requested, *db.verifications.find(), *db.due.find(), *db.asked.find()])
    assert phone not in rows
    assert code_of(db, one) not in rows


@pytest.mark.parametrize("used", [True, False])
def test_after_a_day_nothing_is_left_of_it_anywhere(db: Database, slot: str, used: bool) -> None:
    phone = builders.a_phone()
    one = ask(db, phone)
    if used:
        actions.verify(db, one.id, code_of(db, one))
        book(db, slot, phone, one.id)
    row = db.due.find_one({"kind": verification.FORGET}) or {}
    assert row["due_at"] == one.asked_at + timedelta(days=1)
    db.due.update_one({"_id": row["_id"]}, {"$set": {"due_at": clock.now()}})
    for _ in range(2):  # as after a crash
        work = due.claim(db, verification.LANE, [verification.FORGET])
        assert work
        timers.TIMERS[work.kind](db, work)
        due.give_back(db, work)
    said = [found["type"] for found in announced(db) if found["key"] == one.person_id]
    assert said == ["person.erased.v1"]
    assert not db.verifications.count_documents({})


def test_an_erased_persons_verification_goes_with_them(db: Database, slot: str) -> None:
    phone = builders.a_phone()
    made, _ = book(db, slot, phone, verified(db, phone))
    actions.erase(db, made.reference)
    assert not db.verifications.count_documents({})
    assert len(announced(db, "person.erased.v1")) == 2


def test_who_has_verified_the_contact_on_file_is_told_that_they_are_booked(db: Database, slot: str) -> None:
    phone = builders.a_phone()
    book(db, slot, phone, verified(db, phone))
    with pytest.raises(refusals.AlreadyBooked):
        book(db, slot, phone, verified(db, phone))


def test_somebody_elses_name_and_birth_date_tell_nothing_to_a_verified_stranger(db: Database, slot: str) -> None:
    person = builders.a_person(name=secrets.token_hex(6))
    request = builders.a_booking_request(slot_id=slot, person=person, verification=verified(db, str(person.phone)))
    actions.book(db, request, a_key())
    stranger = builders.a_person(name=person.name)
    request = builders.a_booking_request(slot_id=slot, person=stranger, verification=verified(db, str(stranger.phone)))
    with pytest.raises(refusals.NotPossible):
        actions.book(db, request, a_key())


def test_by_the_api(client: FlaskClient, db: Database, slot: str) -> None:
    phone = builders.a_phone()
    body, headers = {"channel": "sms", "contact": phone}, {"Idempotency-Key": "k" * 20, "Accept-Language": "en"}
    assert client.get("/api/v1/pathways").json["items"][0]["verify_contact"] is True
    refused = post(client, a_body(slot, person={"phone": phone}))
    assert (refused.status_code, refused.json["type"]) == (409, "urn:sendero:contact-not-verified")
    asked = client.post("/api/v1/verifications", json=body, headers=headers)
    assert (asked.status_code, asked.json["verified"]) == (202, False)
    again = client.post("/api/v1/verifications", json=body, headers=headers)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (asked.json, "true")
    url = f"/api/v1/verifications/{asked.json['id']}"
    wrong = client.post(url, json={"code": "00000000"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "code")
    right = client.post(url, json={"code": code_of(db, store.verification(db, asked.json["id"])).lower()})
    assert (right.status_code, right.json["verified"]) == (200, True)
    booked = post(client, a_body(slot, person={"phone": phone}, verification=asked.json["id"]))
    assert booked.status_code == 201
    assert client.post("/api/v1/verifications/unknown", json={"code": "1"}).status_code == 404


@pytest.mark.parametrize("body", [{"channel": "sms", "contact": "1"}, {"channel": "email", "contact": "5"}, {}])
def test_a_wrong_contact_is_refused_at_its_field(client: FlaskClient, body: dict[str, str]) -> None:
    answer = client.post("/api/v1/verifications", json=body, headers={"Idempotency-Key": "k" * 20})
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json["errors"]} <= {"contact", "channel"}
