"""What the staff of an office do at the desk, by program: book for somebody, look, search, put right, write notes."""

import contextlib
import dataclasses
import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, case_notes, model, refusals, store
from shared import auth, clock, errors, mongo
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.conftest import CLERK, a_key, add_slot, announced, close_intake, race, states
from tests.integration.booking.test_api import a_body, basic, post, script

STAFF = "/api/v1/staff"
SUPERVISOR = auth.Actor("supervisor-1", roles=("supervisor",), offices=("guatemala",))
ELSEWHERE = auth.Actor("clerk-2", roles=("clerk",), offices=("izabal",))
SECRET = "Viene con miedo de su vecino."


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


@pytest.fixture
def clerk(db: Database, tmp_path: Path) -> dict[str, str]:
    return script(db, tmp_path, "clerk")


def book_for(client: FlaskClient, who: dict[str, str], slot: str, key: str | None = None, **changes: Any) -> Any:
    body = a_body(slot) | {"walk_in": True} | changes
    headers = who | {"Idempotency-Key": key or secrets.token_hex(16)}
    return client.post(f"{STAFF}/appointments", json=body, headers=headers)


def begun(db: Database, **changes: Any) -> str:
    """A slot that began a quarter of an hour ago."""
    return add_slot(db, hours=-0.25, **changes)


@pytest.fixture
def missed(db: Database, office: model.Office) -> model.Appointment:
    slot = add_slot(db, hours=0.5)
    made, _ = actions.book(db, builders.a_booking_request(slot_id=slot), a_key())
    past = clock.now() - timedelta(minutes=40)
    db.appointments.update_one({"_id": made.id}, {"$set": {"starts_at": past, "ends_at": past + timedelta(minutes=30)}})
    return actions.miss(db, made.reference, CLERK)


# --- booking for somebody


def test_a_walk_in_gets_a_time_that_has_begun_at_an_office_that_is_closed_to_the_public(
    client: FlaskClient, db: Database, clerk: dict[str, str]
) -> None:
    slot = begun(db)
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"min_notice_minutes": 600}})
    close_intake(db)
    assert post(client, a_body(slot)).status_code == 409
    listed = client.get(f"{STAFF}/offices/guatemala/slots?pathway=orientation", headers=clerk).json["items"]
    assert [one["id"] for one in listed] == [slot]
    answer = book_for(client, clerk, slot)
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert client.get(f"/api/v1/appointments/{made['reference']}", headers=basic(made)).status_code == 200
    assert len(announced(db, "appointment.booked.v1")) == 1
    seen = client.get(answer.headers["Location"], headers=clerk).json
    account = db.accounts.find_one({"name": "Script"})["_id"]
    entry = seen["history"][0]
    assert (entry["by"], entry["account"], entry["why"]) == ("office", account, "walk_in")
    (row,) = db.audit.find({"action": "appointment.book"})
    assert (row["actor"]["id"], row["subject"], row["outcome"]) == (account, made["reference"], "allowed")


def test_who_is_over_is_over_at_the_desk_too(client: FlaskClient, db: Database, clerk: dict[str, str]) -> None:
    answer = book_for(client, clerk, add_slot(db, hours=-1))
    assert (answer.status_code, answer.json["type"]) == (409, "urn:sendero:slot-past")


def test_on_somebodys_behalf_one_says_how_they_asked(client: FlaskClient, db: Database, clerk: dict[str, str]) -> None:
    slot = add_slot(db)
    answer = book_for(client, clerk, slot, walk_in=False)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == ["why"]
    assert book_for(client, clerk, slot, walk_in=False, why="hotline").status_code == 201
    assert store.of_slot(db, slot, "guatemala", store.slot(db, slot).starts_at)[0].history[0]["why"] == "hotline"


@pytest.mark.parametrize("slot", [{}, {"slot": "guatemala.orientation.1"}])
def test_at_the_desk_nothing_is_held_first_and_a_hold_is_refused_by_name(
    client: FlaskClient, clerk: dict[str, str], slot: dict[str, str]
) -> None:
    body = {name: value for name, value in a_body("").items() if name != "slot"}
    headers = clerk | {"Idempotency-Key": secrets.token_hex(16)}
    answer = client.post(f"{STAFF}/appointments", json=body | {"walk_in": True, "hold": "h-1"} | slot, headers=headers)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json["errors"]} == {"hold"} | ({"slot"} - set(slot))


def test_who_has_neither_phone_nor_email_is_booked_at_the_desk_and_gets_no_messages(
    client: FlaskClient, db: Database, clerk: dict[str, str]
) -> None:
    person = {"name": "Ana Pérez", "birth_date": "1990-05-17"}
    answer = book_for(client, clerk, add_slot(db), person=person, channels=[])
    assert answer.status_code == 201, answer.text
    assert json.loads(announced(db, "appointment.booked.v1")[0]["value"])["channels"] == []
    wrong = book_for(client, clerk, add_slot(db, hours=3), person=person, channels=["sms"])
    assert [one["field"] for one in wrong.json["errors"]] == ["person.phone"]


def test_the_same_booking_for_somebody_sent_twice_is_one(
    client: FlaskClient, db: Database, clerk: dict[str, str]
) -> None:
    slot, key = add_slot(db), secrets.token_hex(16)
    person = a_body(slot)["person"]
    first = book_for(client, clerk, slot, key, person=person)
    again = book_for(client, clerk, slot, key, person=person)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert states(db, slot).count("taken") == 1
    assert db.audit.count_documents({"action": "appointment.book"}) == 1


def test_a_time_of_another_office_is_not_there_and_the_try_is_recorded(
    client: FlaskClient, db: Database, tmp_path: Path
) -> None:
    slot = add_slot(db)
    other = script(db, tmp_path, "clerk", offices=("izabal",))
    answer = book_for(client, other, slot)
    assert (answer.status_code, answer.json["type"]) == (404, "urn:sendero:slot-gone")
    assert states(db, slot) == ["free"] * 3
    assert db.audit.count_documents({"action": "appointment.book", "outcome": "refused"}) == 1
    assert client.get(f"{STAFF}/offices/guatemala/slots?pathway=orientation", headers=other).status_code == 403


@pytest.mark.parametrize("attempt", range(3))
def test_a_walk_in_and_the_public_race_for_the_last_place_and_one_has_it(
    db: Database, office: model.Office, attempt: int
) -> None:
    slot = add_slot(db, capacity=1)

    def ask(number: int) -> Any:
        request = builders.a_booking_request(slot_id=slot)
        if number % 2:
            return actions.book(db, request, a_key())
        return actions.book_for(db, request, model.WALK_IN, a_key(), CLERK)

    answers = race(10, ask)
    assert answers.count(refusals.SlotTaken) == 9
    assert states(db, slot) == ["taken"]
    assert db.appointments.count_documents({}) == 1
    assert db.audit.count_documents({"action": "appointment.book", "outcome": "allowed"}) <= 1


def test_one_contact_is_booked_with_only_so_often_by_staff_too(db: Database, office: model.Office) -> None:
    most, phone = mongo.settings(db).bookings_per_contact, builders.a_phone()
    slot = add_slot(db, capacity=most + 1)

    def ask(number: int) -> model.Appointment:
        person = builders.a_person(name=f"Ana {number} {secrets.token_hex(4)}", phone=phone, email=None)
        request = builders.a_booking_request(slot_id=slot, person=person, channels=("sms",))
        made, _ = actions.book_for(db, request, "hotline", a_key(), CLERK)
        return actions.cancel(db, made.reference, "office", actor=CLERK)

    for number in range(most):
        ask(number)
    with pytest.raises(refusals.TooManyBookings):
        ask(most)


# --- looked at, found, searched


def test_an_appointment_is_looked_at_by_its_office_only_and_each_look_is_noted(
    client: FlaskClient, db: Database, clerk: dict[str, str], tmp_path: Path
) -> None:
    made = post(client, a_body(add_slot(db))).json
    path = f"{STAFF}/appointments/{made['reference']}"
    seen = client.get(path, headers=clerk).json
    assert seen["person"]["phone"].startswith("+502")
    other = client.get(path, headers=script(db, tmp_path, "clerk", offices=("izabal",)))
    assert (other.status_code, other.json["type"]) == (404, "urn:sendero:unknown-appointment")
    outcomes = [row["outcome"] for row in db.audit.find({"action": "appointment.see"}).sort("_id", 1)]
    assert outcomes == ["allowed", "refused"]


def test_a_day_is_searched_by_name_and_nothing_of_the_name_is_kept(
    client: FlaskClient, db: Database, clerk: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    slot = add_slot(db, hours=1)
    made = [post(client, a_body(slot, person={"name": name})).json for name in ("Rigoberta Menchú", "Ana López")]
    day = store.slot(db, slot).starts_at.astimezone(ZoneInfo(builders.GUATEMALA)).date().isoformat()
    path = f"{STAFF}/offices/guatemala/day"

    def found(**body: str) -> list[str]:
        answer = client.post(f"{path}/search", json={"date": day} | body, headers=clerk)
        return [one["reference"] for one in answer.json["items"]]

    assert found(text="menchu") == [made[0]["reference"]]
    assert found(text=made[1]["reference"].lower()) == [made[1]["reference"]]
    assert found(text="menchu", status="missed") == []
    assert found(text="rigo", pathway="orientation") == [made[0]["reference"]]
    listed = client.get(f"{path}?date={day}&status=booked&pathway=orientation", headers=clerk).json["items"]
    assert len(listed) == 2
    assert client.get(f"{path}?date={day}&pathway=protection", headers=clerk).json["items"] == []
    logged = capfd.readouterr()
    assert "enchu" not in logged.out + logged.err + str(list(db.audit.find()))


# --- put right


@pytest.mark.parametrize("status", [model.ARRIVED, model.ATTENDED])
def test_a_supervisor_puts_a_missed_one_right_and_readers_hear_it(
    client: FlaskClient, db: Database, missed: model.Appointment, tmp_path: Path, status: str
) -> None:
    supervisor = script(db, tmp_path, "supervisor")
    body, path = {"status": status, "reason": "came_late"}, f"{STAFF}/appointments/{missed.reference}/correction"
    answer = client.post(path, json=body, headers=supervisor)
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == status
    entry = answer.json["history"][-1]
    assert (entry["why"], entry["by"]) == ("came_late", "office")
    assert entry["account"] == db.accounts.find_one({"name": "Script"})["_id"]
    assert client.post(path, json=body, headers=supervisor).json == answer.json
    (event,) = announced(db, f"appointment.{status}.v1")
    (before,) = announced(db, "appointment.missed.v1")
    assert event["sequence"] > before["sequence"]
    assert db.audit.count_documents({"action": "appointment.correct", "outcome": "allowed"}) == 1


def test_a_clerk_may_not_put_right_and_a_supervisor_of_another_office_finds_nothing(
    client: FlaskClient, db: Database, missed: model.Appointment, tmp_path: Path
) -> None:
    body, path = {"status": "arrived", "reason": "came_late"}, f"{STAFF}/appointments/{missed.reference}/correction"
    for role in ("clerk", "caseworker", "programme_lead"):
        assert client.post(path, json=body, headers=script(db, tmp_path, role)).status_code == 403, role
    other = script(db, tmp_path, "supervisor", offices=("izabal",))
    assert client.post(path, json=body, headers=other).status_code == 404
    assert store.appointment(db, missed.reference).status == model.MISSED
    assert db.audit.count_documents({"outcome": "refused"}) == 4


def test_only_what_was_missed_is_put_right(db: Database, office: model.Office) -> None:
    made, _ = actions.book(db, builders.a_booking_request(slot_id=add_slot(db)), a_key())
    with pytest.raises(refusals.NotMissed):
        actions.correct(db, made.reference, model.ARRIVED, "came_late", SUPERVISOR)


def test_who_has_booked_again_since_cannot_be_put_right_to_arrived(db: Database, office: model.Office) -> None:
    person = builders.a_person()
    first, _ = actions.book(db, builders.a_booking_request(slot_id=add_slot(db), person=person), a_key())
    db.appointments.update_one({"_id": first.id}, {"$set": {"starts_at": clock.now() - timedelta(hours=1)}})
    actions.miss(db, first.reference, CLERK)
    actions.book(db, builders.a_booking_request(slot_id=add_slot(db, hours=5), person=person), a_key())
    with pytest.raises(refusals.BookedAgain):
        actions.correct(db, first.reference, model.ARRIVED, "came_late", SUPERVISOR)
    assert actions.correct(db, first.reference, model.ATTENDED, "came_late", SUPERVISOR).status == model.ATTENDED


def test_two_supervisors_at_once_put_it_right_once(db: Database, missed: model.Appointment) -> None:
    supervisors = [dataclasses.replace(SUPERVISOR, id=f"supervisor-{number}") for number in range(6)]

    def put_right(number: int) -> str:
        try:
            actions.correct(db, missed.reference, model.ATTENDED, "came_late", supervisors[number])
        except errors.Conflict as refused:
            return refused.code
        return "done"

    answers = race(6, put_right)
    assert answers.count("done") == 1
    assert len(announced(db, "appointment.attended.v1")) == 1


# --- case notes


def test_a_note_is_sealed_and_read_by_its_office_only(
    client: FlaskClient, db: Database, clerk: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = post(client, a_body(add_slot(db))).json
    path, key = f"{STAFF}/appointments/{made['reference']}/notes", {"Idempotency-Key": secrets.token_hex(16)}
    first = client.post(path, json={"text": SECRET}, headers=clerk | key)
    assert first.status_code == 201, first.text
    again = client.post(path, json={"text": SECRET}, headers=clerk | key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    (note,) = client.get(path, headers=clerk).json["items"]
    assert (note["text"], note["by"]) == (SECRET, db.accounts.find_one({"name": "Script"})["_id"])
    other = script(db, tmp_path, "caseworker", offices=("izabal",))
    assert client.get(path, headers=other).status_code == 404
    assert client.post(path, json={"text": "x"}, headers=other | {"Idempotency-Key": "k" * 20}).status_code == 404
    kept = [str(list(db[name].find())) for name in db.list_collection_names()]
    logged = capfd.readouterr()
    assert "vecino" not in "".join(kept) + logged.out + logged.err


def test_notes_go_with_the_person(db: Database, office: model.Office) -> None:
    made, _ = actions.book(db, builders.a_booking_request(slot_id=add_slot(db)), a_key())
    actions.write_note(db, made.reference, SECRET, a_key(), CLERK)
    actions.erase(db, made.reference)
    assert db.case_notes.count_documents({}) == 0
    with pytest.raises(refusals.Forgotten):
        actions.write_note(db, made.reference, SECRET, a_key(), CLERK)


def test_a_person_erased_before_any_step_of_a_note_leaves_no_note(db: Database, office: model.Office) -> None:
    for number in range(1, 30):
        made, _ = actions.book(db, builders.a_booking_request(slot_id=add_slot(db, hours=2 + number)), a_key())

        def write(own: Database, reference: str = made.reference) -> None:
            with contextlib.suppress(refusals.Forgotten):
                actions.write_note(own, reference, SECRET, a_key(), CLERK)

        if not between.run(db, write, number, lambda made=made: actions.erase(db, made.reference)):
            break
        assert case_notes.of(db, made.id) == [], f"before the command number {number}"
    assert 4 < number < 29


def test_a_note_must_say_something(client: FlaskClient, db: Database, clerk: dict[str, str]) -> None:
    made = post(client, a_body(add_slot(db))).json
    headers = clerk | {"Idempotency-Key": secrets.token_hex(16)}
    for text in ("", "  ", "x" * 2001):
        answer = client.post(f"{STAFF}/appointments/{made['reference']}/notes", json={"text": text}, headers=headers)
        assert answer.status_code == 422, text
