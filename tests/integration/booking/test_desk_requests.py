"""Staff ask in a request window for somebody: who and why is noted, no contact is verified, all else is as for all."""

import secrets
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, people, refusals, store
from services.booking.actions import windows as steps
from shared import auth
from tests import builders
from tests.integration.booking import between, windows
from tests.integration.booking.conftest import CLERK, a_key, announced, race
from tests.integration.booking.test_api import basic, script
from tests.integration.booking.test_requests_api import a_body

PATH = "/api/v1/staff/requests"
HOTLINE = auth.Actor("hotline-1", roles=("clerk",), offices=("*",))
ELSEWHERE = auth.Actor("clerk-2", roles=("clerk",), offices=("izabal",))
NOBODY_CAN_WRITE = {"person": {"name": "Ixchel Tzunux", "birth_date": "1990-05-17"}, "channels": []}


@pytest.fixture(autouse=True)
def window(db: Database, office: model.Office) -> model.Window:
    return windows.an_open_one(db, verified=True)


@pytest.fixture
def client(web_app: Flask) -> FlaskClient:
    return web_app.test_client()


@pytest.fixture
def clerk(db: Database, tmp_path: Path) -> dict[str, str]:
    return script(db, tmp_path, "clerk")


def post(client: FlaskClient, who: dict[str, str], key: str | None = None, **changes: Any) -> Any:
    body = a_body(**{"why": "at_the_office"} | changes)
    return client.post(PATH, json=body, headers=who | {"Idempotency-Key": key or secrets.token_hex(16)})


def ask_for(db: Database, key: Any = None, actor: auth.Actor = CLERK, **changes: Any) -> model.Request:
    return actions.ask_for(db, windows.asked(**changes), "hotline", key or a_key(), actor)[0]


def test_who_has_no_contact_is_asked_for_where_one_is_verified_and_who_and_why_is_noted(
    client: FlaskClient, db: Database, clerk: dict[str, str]
) -> None:
    key = secrets.token_hex(16)
    answer = post(client, clerk, key, **NOBODY_CAN_WRITE)
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert (made["status"], made["history"][0]["by"]) == ("received", "office")
    assert client.get(answer.headers["Location"], headers=basic(made)).json["entry"] == made["entry"]
    account = db.accounts.find_one({"name": "Script"})["_id"]
    (entry,) = store.requests.with_reference(db, made["reference"]).history
    assert (entry["by"], entry["account"], entry["why"]) == ("office", account, "at_the_office")
    again = post(client, clerk, key, **NOBODY_CAN_WRITE)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (made, "true")
    (row,) = db.audit.find({"action": "request.ask"})
    assert (row["actor"]["id"], row["subject"], row["outcome"]) == (account, made["reference"], "allowed")
    assert row["ids"] == {"office_id": "guatemala", "why": "at_the_office"}
    assert len(announced(db, "request.received.v1")) == len(announced(db, "person.changed.v1")) == 1
    assert "Tzunux" not in str([*db.requests.find(), *db.audit.find(), *db.outbox.find()])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"why": None}, "why"),
        ({"why": "walk_in"}, "why"),
        ({"walk_in": True}, "walk_in"),
        ({"verification": "v-1"}, "verification"),
        ({"channels": ["email"]}, "person.email"),
        ({"offices": ["izabal"]}, "offices"),
        ({"offices": ["guatemala", "izabal"]}, "offices"),
        ({"access_needs": ["gold"]}, "access_needs.0"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_asked(
    client: FlaskClient, db: Database, clerk: dict[str, str], changes: dict[str, Any], field: str
) -> None:
    answer = post(client, clerk, **changes)
    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, [field])
    assert not db.requests.count_documents({})


def test_without_a_word_on_how_they_asked_it_is_refused(
    client: FlaskClient, db: Database, clerk: dict[str, str]
) -> None:
    answer = client.post(PATH, json=a_body(), headers=clerk | {"Idempotency-Key": secrets.token_hex(16)})
    assert [one["field"] for one in answer.json["errors"]] == ["why"]


def test_one_of_the_offices_must_be_theirs_and_a_refusal_is_noted(db: Database) -> None:
    with pytest.raises(refusals.UnfitWish) as refused:
        ask_for(db, actor=ELSEWHERE)
    assert set(refused.value.errors) == {"offices"}
    (row,) = db.audit.find({"action": "request.ask"})
    assert (row["actor"]["id"], row["outcome"], row["ids"]["office_id"]) == ("clerk-2", "refused", "guatemala")
    assert not db.requests.count_documents({})
    assert ask_for(db, actor=HOTLINE).status == "received"


def test_whom_staff_ask_for_is_one_entry_like_any_other(db: Database) -> None:
    """What is published tells nobody who asked for whom."""
    theirs = ask_for(db)
    db.pathways.update_one({}, {"$set": {"verify_contact": False}})
    windows.be_drawn(db)
    mine = windows.ask(db)
    assert vars(theirs.entry()) | {"id": ""} == vars(mine.entry()) | {"id": ""}
    windows.drawn(db)
    assert {windows.again(db, one).status for one in (theirs, mine)} == {"allocated"}
    actions.confirm_request(db, theirs.reference)
    assert store.appointment(db, theirs.reference).status == "booked"


def test_who_has_asked_already_is_not_asked_for_again_and_is_told(db: Database) -> None:
    person = builders.a_person()
    first = ask_for(db, person=person)
    with pytest.raises(refusals.NotPossible):
        ask_for(db, person=builders.a_person(name="Another Name", phone=person.phone, email=None))
    told = [row["type"] for row in announced(db) if row["key"] == first.case_id]
    assert told == ["request.received.v1", "request.requested_again.v1"]


def test_several_at_once_ask_for_one_person_and_they_have_one_request(db: Database) -> None:
    person = builders.a_person()
    answers = race(6, lambda _: ask_for(db, person=person))
    assert sum(isinstance(one, model.Request) for one in answers) == 1
    assert answers.count(refusals.NotPossible) == 5
    assert db.audit.count_documents({"action": "request.ask", "outcome": "allowed"}) == 1


def test_when_no_window_is_open_staff_cannot_ask_either(db: Database, window: model.Window) -> None:
    windows.close(db)
    with pytest.raises(refusals.NoWindow):
        ask_for(db)
    assert not db.audit.count_documents({"action": "request.ask"})


def test_a_request_for_somebody_while_the_window_closes_is_in_with_its_note_or_refused(
    db: Database, window: model.Window
) -> None:
    for number in range(1, 60):
        db.windows.update_one({"_id": window.id}, {"$set": {"state": "open"}})
        db.window_gates.update_many({}, {"$set": {"open": True}})
        mine: list[object] = []

        def ask(own: Database, mine: list = mine) -> None:
            mine.append(race(1, lambda _: ask_for(own))[0])

        happened = between.run(db, ask, number, lambda: steps._shut(db, window.id))
        is_in = isinstance(mine[0], model.Request)
        assert is_in or mine[0] is refusals.NoWindow, (number, mine)
        noted = [row["action"] for row in db.audit.find({"subject": {"$ne": window.id}})]
        assert (db.requests.count_documents({"entered": True}), noted) == (int(is_in), ["request.ask"] * is_in)
        db.requests.delete_many({})
        db.audit.delete_many({})
        if not happened:
            return
    pytest.fail("it has more commands than were tried")


def test_who_dies_while_asking_for_somebody_has_done_and_noted_all_or_nothing(db: Database) -> None:
    for number in range(1, 60):
        key, asked = a_key(), windows.asked()
        died = between.die(
            db, lambda own, asked=asked, key=key: actions.ask_for(own, asked, "hotline", key, CLERK), number
        )
        made = db.requests.count_documents({"request.scope": key.scope})
        noted = db.audit.count_documents({"action": "request.ask"})
        assert made == noted == db.people.count_documents({}) == db.outbox.count_documents({"topic": "people"})
        again, was_there = actions.ask_for(db, asked, "hotline", key, CLERK)
        assert was_there == bool(made)
        assert db.requests.count_documents({}) == db.audit.count_documents({"action": "request.ask"}) == 1
        assert (people.get(db, again.person_id) or {})["name"] == asked.person.name
        for name in ("requests", "audit", "people", "outbox", "live_fingerprints"):
            db[name].delete_many({})
        if not died:
            return
    pytest.fail("it has more commands than were tried")
