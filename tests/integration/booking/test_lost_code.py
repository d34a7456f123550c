"""A lost code made new: for its owner, against strangers, in a race, after a crash."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, refusals, store, timers
from services.booking.actions import lost_code
from shared import auth, clock, codes, due, mongo
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.conftest import a_key, add_slot, announced, race
from tests.integration.booking.test_api import basic

Booked = Callable[..., model.Appointment]


@pytest.fixture
def booked(db: Database, office: model.Office) -> Booked:
    slot = add_slot(db, capacity=9)

    def book(**person: Any) -> model.Appointment:
        request = builders.a_booking_request(
            slot_id=slot, person=builders.a_person(name=f"Ana {a_key().scope}", **person)
        )
        return actions.book(db, request, a_key())[0]

    return book


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


def work(db: Database) -> None:
    """What the worker does, until nothing is due in its lane."""
    while one := due.claim(db, lost_code.LANE, list(timers.TIMERS)):
        due.run(db, one, timers.TIMERS[one.kind])


def renew(db: Database, **lost: str) -> None:
    actions.ask_for_code(db, model.LostCode(**lost))
    work(db)


def half_a_day_later(db: Database) -> None:
    for row in db.appointments.find():
        earlier = [at - timedelta(hours=12) for at in row["codes_renewed_at"]]
        db.appointments.update_one({"_id": row["_id"]}, {"$set": {"codes_renewed_at": earlier}})


def opens(db: Database, appointment: model.Appointment, number: int) -> bool:
    code = codes.code(mongo.settings(db).access_key, appointment.reference, number)
    db.throttles.delete_many({})
    try:
        return actions.identify(db, appointment.reference, code, "network").id == appointment.id
    except auth.WrongCode:
        return False


def renewed(db: Database) -> list[dict[str, Any]]:
    return [json.loads(row["value"]) for row in announced(db, "appointment.code_renewed.v1")]


@pytest.mark.parametrize("by", ["reference", "phone", "email"])
def test_whoever_lost_their_code_gets_a_new_one_by_what_they_know(db: Database, booked: Booked, by: str) -> None:
    person = {"phone": builders.a_phone(), "email": "ana@example.org"}
    appointment = booked(**person)
    renew(db, **({"reference": appointment.reference} if by == "reference" else {by: person[by]}))
    (told,) = renewed(db)
    assert (told["appointment_id"], told["code_number"]) == (appointment.id, 2)
    assert opens(db, appointment, 2)


def test_the_old_code_is_good_until_the_new_one_is_used(db: Database, booked: Booked) -> None:
    appointment = booked()
    renew(db, reference=appointment.reference)
    assert opens(db, appointment, 1)
    assert not announced(db, "appointment.code_used.v1")
    assert opens(db, appointment, 2)
    assert not opens(db, appointment, 1)
    assert opens(db, appointment, 2)
    (used,) = announced(db, "appointment.code_used.v1")
    assert json.loads(used["value"])["code_number"] == 2


def test_a_stranger_who_asks_again_and_again_locks_nobody_out_and_fills_no_phone(db: Database, booked: Booked) -> None:
    appointment = booked()
    for _ in range(lost_code.MOST_ASKED):
        renew(db, reference=appointment.reference)
    assert len(renewed(db)) == 1, "a double click is one"
    for _ in range(12):
        db.asked.delete_many({})
        half_a_day_later(db)
        renew(db, reference=appointment.reference)
    newest = store.appointment(db, appointment.reference).code_number
    assert newest > lost_code.MOST_ASKED
    assert all(opens(db, appointment, number) for number in range(1, newest + 1))


def test_asking_too_often_is_refused_alike_whether_there_is_an_appointment_or_not(db: Database, booked: Booked) -> None:
    for lost in ({"reference": booked().reference}, {"reference": "SND-0000-0000"}, {"phone": builders.a_phone()}):
        for _ in range(lost_code.MOST_ASKED):
            actions.ask_for_code(db, model.LostCode(**lost))
        with pytest.raises(refusals.AskedTooOften) as refused:
            actions.ask_for_code(db, model.LostCode(**lost))
        assert timedelta(hours=23).total_seconds() < refused.value.retry_after <= 86_401


def test_a_day_later_it_may_be_asked_again(db: Database, office: model.Office) -> None:
    lost = model.LostCode(reference="SND-0000-0000")
    for _ in range(lost_code.MOST_ASKED):
        actions.ask_for_code(db, lost)
    db.asked.update_many({}, {"$set": {"at.0": clock.now() - timedelta(hours=25)}})
    actions.ask_for_code(db, lost)
    with pytest.raises(refusals.AskedTooOften):
        actions.ask_for_code(db, lost)


def test_two_renewals_at_once_make_one_code(db: Database, booked: Booked) -> None:
    appointment = booked()
    for _ in range(4):
        actions.ask_for_code(db, model.LostCode(reference=appointment.reference))
    race(4, lambda _: work(db))
    work(db)
    assert [one["code_number"] for one in renewed(db)] == [2]
    assert store.appointment(db, appointment.reference).code_number == 2
    assert not db.due.count_documents({"kind": lost_code.RENEW, "state": {"$ne": due.rows.DONE}})


def test_a_worker_that_dies_after_the_renewal_has_done_it_once(db: Database, booked: Booked) -> None:
    appointment = booked()
    actions.ask_for_code(db, model.LostCode(reference=appointment.reference))
    one = due.claim(db, lost_code.LANE, list(timers.TIMERS))
    assert one
    actions.renew_codes(db, one)  # and dies here, before its runner has noted anything
    db.due.update_many({"state": due.rows.RUNNING}, {"$set": {"leased_until": clock.EPOCH}})
    due.give_back_expired(db)
    work(db)
    assert len(renewed(db)) == 1


@pytest.mark.parametrize("number", range(1, 9))
def test_a_renewal_and_a_cancellation_at_once_both_count(db: Database, booked: Booked, number: int) -> None:
    appointment = booked()
    actions.ask_for_code(db, model.LostCode(reference=appointment.reference))
    one = due.claim(db, lost_code.LANE, list(timers.TIMERS))
    assert one
    between.run(
        db,
        lambda own: actions.renew_codes(own, one),
        number,
        lambda: actions.cancel(db, appointment.reference, "person"),
    )
    actions.cancel(db, appointment.reference, "person")
    after = store.appointment(db, appointment.reference)
    assert (after.status, after.code_number) == (model.CANCELLED, 2)


def test_a_repeated_booking_is_answered_with_its_first_code(db: Database, booked: Booked) -> None:
    request, key = builders.a_booking_request(slot_id=booked().slot_id), a_key()
    first, _ = actions.book(db, request, key)
    renew(db, reference=first.reference)
    again, was_there = actions.book(db, request, key)
    assert was_there
    assert actions.code(db, again) == actions.code(db, first)


def test_an_erased_person_leaves_no_trace_of_having_asked(db: Database, booked: Booked) -> None:
    phone = builders.a_phone()
    appointment = booked(phone=phone)
    renew(db, phone=phone)
    actions.erase(db, appointment.reference)
    assert not db.asked.count_documents({})
    assert not db.due.count_documents({"kind": lost_code.RENEW})


@pytest.mark.parametrize("known", [True, False])
def test_the_api_answers_everybody_alike(client: FlaskClient, db: Database, booked: Booked, known: bool) -> None:
    phone = builders.a_phone()
    if known:
        booked(phone=phone)
    answer = client.post("/api/v1/codes", json={"phone": phone})
    assert (answer.status_code, answer.json) == (202, {"status": "accepted"})
    assert db.due.count_documents({"kind": lost_code.RENEW}) == 1
    assert phone not in str(list(db.due.find()) + list(db.asked.find()))
    statuses = {client.post("/api/v1/codes", json={"phone": phone}).status_code for _ in range(lost_code.MOST_ASKED)}
    assert statuses == {202, 429}


@pytest.mark.parametrize(
    "body",
    [{}, {"reference": "Ana Pérez"}, {"phone": "1"}, {"email": "a@"}, {"phone": "51234567", "email": "a@example.org"}],
)
def test_the_api_takes_one_thing_and_nothing_else(client: FlaskClient, db: Database, body: dict[str, str]) -> None:
    answer = client.post("/api/v1/codes", json=body)
    assert answer.status_code == 422
    assert answer.json["errors"]
    assert not db.asked.count_documents({})


def test_a_new_code_opens_the_appointment_by_the_api(client: FlaskClient, db: Database, booked: Booked) -> None:
    appointment = booked()
    renew(db, reference=appointment.reference)
    code = codes.code(mongo.settings(db).access_key, appointment.reference, 2)
    url = f"/api/v1/appointments/{appointment.reference}"
    assert client.get(url, headers=basic({"reference": appointment.reference, "code": code})).status_code == 200
    first = actions.code(db, appointment)
    assert client.get(url, headers=basic({"reference": appointment.reference, "code": first})).status_code == 401
