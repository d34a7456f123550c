"""A lost code of a request for a place: made new for its owner, against strangers, in a race, after a crash."""

import json
import secrets
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, app, model, store, timers
from services.booking.actions import lost_code
from shared import auth, clock, codes, due, mongo
from tests import builders
from tests.integration.booking import between, windows
from tests.integration.booking.conftest import announced, race
from tests.integration.booking.test_api import basic
from tests.integration.booking.test_lost_code import renew, work


@pytest.fixture(autouse=True)
def window(db: Database, office: model.Office) -> model.Window:
    return windows.an_open_one(db)


def ask(db: Database, **person: Any) -> model.Request:
    return windows.ask(db, person=builders.a_person(name=f"Ana {secrets.token_hex(6)}", **person))


def opens(db: Database, request: model.Request, number: int) -> bool:
    code = codes.code(mongo.settings(db).access_key, request.reference, number)
    db.throttles.delete_many({})
    try:
        return actions.identify_request(db, request.reference, code, "network").id == request.id
    except auth.WrongCode:
        return False


def renewed(db: Database, kind: str = "request") -> list[dict[str, Any]]:
    return [json.loads(row["value"]) for row in announced(db, f"{kind}.code_renewed.v1")]


@pytest.mark.parametrize("by", ["reference", "phone", "email"])
def test_whoever_lost_their_code_gets_a_new_one_by_what_they_know(db: Database, by: str) -> None:
    person = {"phone": builders.a_phone(), "email": "ana@example.org"}
    request = ask(db, **person)
    renew(db, **({"reference": request.reference} if by == "reference" else {by: person[by]}))
    (told,) = renewed(db)
    assert (told["request_id"], told["code_number"]) == (request.id, 2)
    assert (told["person_id"], told["channels"]) == (request.person_id, ["sms"])
    assert "ana@example.org" not in str(told)
    assert opens(db, request, 2)


def test_the_old_code_is_good_until_the_new_one_is_used(db: Database) -> None:
    request = ask(db)
    renew(db, reference=request.reference)
    assert opens(db, request, 1)
    assert not announced(db, "request.code_used.v1")
    assert opens(db, request, 2)
    assert not opens(db, request, 1)
    assert opens(db, request, 2)
    (used,) = announced(db, "request.code_used.v1")
    assert json.loads(used["value"])["code_number"] == 2


def test_of_a_request_that_has_ended_only_who_knows_its_reference_gets_a_code(db: Database) -> None:
    phone = builders.a_phone()
    request = ask(db, phone=phone)
    actions.withdraw_request(db, request.reference, "person")
    renew(db, phone=phone)
    assert not renewed(db)
    renew(db, reference=request.reference)
    assert len(renewed(db)) == 1


def test_a_confirmed_request_is_an_appointment_and_its_codes_go_with_it(db: Database) -> None:
    request = ask(db)
    renew(db, reference=request.reference)
    windows.drawn(db)
    actions.confirm_request(db, request.reference)
    db.appointments.update_one({}, {"$set": {"codes_renewed_at": []}})
    renew(db, reference=request.reference)
    assert len(renewed(db)) == 1
    (told,) = renewed(db, "appointment")
    assert (told["appointment_id"], told["code_number"]) == (request.id, 3)
    assert opens(db, request, 3)
    appointment = store.appointment(db, request.reference)
    assert list(appointment.good_codes) == [3]
    assert len(announced(db, "appointment.code_used.v1")) == 1


@pytest.mark.parametrize("number", range(1, 9))
def test_a_renewal_and_a_confirmation_at_once_both_count(db: Database, number: int) -> None:
    request = ask(db)
    windows.drawn(db)
    actions.ask_for_code(db, model.LostCode(reference=request.reference))
    one = due.claim(db, lost_code.LANE, list(timers.TIMERS))
    assert one
    between.run(
        db,
        lambda own: actions.renew_codes(own, one),
        number,
        lambda: actions.confirm_request(db, request.reference),
    )
    actions.confirm_request(db, request.reference)
    appointment = store.appointment(db, request.reference)
    assert list(appointment.good_codes) == [1, 2]


def test_two_renewals_at_once_make_one_code(db: Database) -> None:
    request = ask(db)
    for _ in range(4):
        actions.ask_for_code(db, model.LostCode(reference=request.reference))
    race(4, lambda _: work(db))
    work(db)
    assert [one["code_number"] for one in renewed(db)] == [2]


def test_a_worker_that_dies_after_the_renewal_has_done_it_once(db: Database) -> None:
    request = ask(db)
    actions.ask_for_code(db, model.LostCode(reference=request.reference))
    one = due.claim(db, lost_code.LANE, list(timers.TIMERS))
    assert one
    actions.renew_codes(db, one)  # and dies here, before its runner has noted anything
    db.due.update_many({"state": due.rows.RUNNING}, {"$set": {"leased_until": clock.EPOCH}})
    due.give_back_expired(db)
    work(db)
    assert len(renewed(db)) == 1


def test_a_repeated_request_is_answered_with_its_first_code(db: Database) -> None:
    request = ask(db)
    first = actions.request_code(db, request)
    renew(db, reference=request.reference)
    assert actions.request_code(db, windows.again(db, request)) == first


def test_an_erased_person_leaves_no_trace_of_having_asked(db: Database) -> None:
    phone = builders.a_phone()
    request = ask(db, phone=phone)
    renew(db, phone=phone)
    actions.erase(db, request.reference)
    assert not db.asked.count_documents({})
    assert not db.due.count_documents({"kind": lost_code.RENEW})


@pytest.mark.parametrize("known", [True, False])
def test_the_api_answers_everybody_alike_and_the_new_code_opens_the_request(db: Database, known: bool) -> None:
    client: FlaskClient = app.create_app(mongo.settings(db)).test_client()
    phone = builders.a_phone()
    request = ask(db, phone=phone if known else builders.a_phone())
    answer = client.post("/api/v1/codes", json={"phone": phone})
    assert (answer.status_code, answer.json) == (202, {"status": "accepted"})
    work(db)
    code = codes.code(mongo.settings(db).access_key, request.reference, 2)
    url = f"/api/v1/requests/{request.reference}"
    opened = client.get(url, headers=basic({"reference": request.reference, "code": code}))
    assert opened.status_code == (200 if known else 401)
