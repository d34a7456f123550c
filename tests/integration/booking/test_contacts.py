"""How often one phone number or mailbox is booked with, on a real mongod."""

import dataclasses
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, app, model, refusals
from shared import clock, mongo
from tests import builders
from tests.integration.booking.conftest import a_key, add_slot, states, without_one_live
from tests.integration.booking.test_api import a_body, post
from tests.integration.booking.test_booking import race

MOST = 6


@pytest.fixture
def slot(db: Database, office: model.Office) -> str:
    return add_slot(db, capacity=20)


def book(db: Database, slot: str, person: model.Person) -> model.Appointment:
    """By somebody else each time, with the contacts of `person`."""
    somebody = dataclasses.replace(person, name=builders.a_booking_request().person.name)
    return actions.book(db, builders.a_booking_request(slot_id=slot, person=somebody), a_key())[0]


def book_and_cancel(db: Database, slot: str, person: model.Person, times: int = MOST) -> None:
    for _ in range(times):
        actions.cancel(db, book(db, slot, person).reference, "person")


@pytest.mark.parametrize("kept", ["phone", "email"])
def test_a_contact_books_six_times_a_day_cancelled_ones_too(db: Database, slot: str, kept: str) -> None:
    person = builders.a_person()
    book_and_cancel(db, slot, person)
    same = {"phone": person.phone} if kept == "phone" else {"email": str(person.email).upper()}
    with pytest.raises(refusals.TooManyBookings) as refused:
        book(db, slot, builders.a_person(**same))
    assert timedelta(hours=23).total_seconds() < refused.value.retry_after <= timedelta(hours=24).total_seconds() + 1
    assert states(db, slot) == ["free"] * 20
    assert book(db, slot, builders.a_person())


def test_a_day_later_it_may_book_again(db: Database, slot: str) -> None:
    person = builders.a_person()
    book_and_cancel(db, slot, person)
    db.contacts.update_many({}, {"$set": {"booked_at.0": clock.now() - timedelta(hours=25)}})
    book_and_cancel(db, slot, person, 1)
    with pytest.raises(refusals.TooManyBookings):
        book(db, slot, person)


def test_a_repeated_request_does_not_count_and_is_answered_all_the_same(db: Database, slot: str) -> None:
    person, key = builders.a_person(), a_key()
    request = builders.a_booking_request(slot_id=slot, person=person)
    first, _ = actions.book(db, request, key)
    for _ in range(MOST):
        assert actions.book(db, request, key) == (first, True)
    actions.cancel(db, first.reference, "person")
    book_and_cancel(db, slot, person, MOST - 1)
    assert actions.book(db, request, key)[1]


def test_a_booking_that_is_refused_does_not_count(db: Database, slot: str) -> None:
    person, full = builders.a_person(), add_slot(db, capacity=1, hours=3)
    book(db, full, builders.a_person())
    for _ in range(MOST):
        with pytest.raises(refusals.SlotTaken):
            book(db, full, person)
    assert book(db, slot, person)


def test_of_many_at_once_only_as_many_as_are_left_pass(db: Database, office: model.Office) -> None:
    person = builders.a_person()
    slot = add_slot(db, capacity=20)

    def one(_: int) -> Any:
        try:
            return book(db, slot, person).status
        except refusals.TooManyBookings:
            return "too many"

    with without_one_live(db):
        book(db, slot, person)
        assert Counter(race(12, one)) == {"booked": MOST - 1, "too many": 12 - MOST + 1}
        assert states(db, slot).count("taken") == MOST


def test_the_api_says_too_many_and_when_to_come_back(db: Database, slot: str) -> None:
    client: FlaskClient = app.create_app(mongo.settings(db)).test_client()
    person = builders.a_person()
    book_and_cancel(db, slot, person)
    answer = post(client, a_body(slot, person={"phone": person.phone}))
    assert (answer.status_code, answer.json["type"]) == (429, "urn:sendero:too-many-bookings")
    assert int(answer.headers["Retry-After"]) > 80_000
    assert "at most 6 appointments" in answer.json["detail"]


def test_an_erased_person_leaves_no_count_and_nothing_to_be_sent_but_the_tombstone(db: Database, slot: str) -> None:
    appointment = book(db, slot, builders.a_person())
    actions.erase(db, appointment.reference)
    assert db.contacts.count_documents({}) == 0
    waiting = [row["type"] for row in db.outbox.find({"topic": "people", "key": appointment.person_id})]
    assert waiting == ["person.erased.v1"]
