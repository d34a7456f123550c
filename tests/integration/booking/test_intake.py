"""An office's intake: set by those in charge, held to by the database, shown to the public."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo import MongoClient, monitoring
from pymongo.database import Database

from services.booking import actions, intakes, model, offers, refusals, store
from shared import auth, clock, mongo, recent
from tests import builders
from tests.integration.booking.conftest import CLERK, a_key, add_slot, race, states
from tests.integration.booking.test_api import a_body, post, script
from tests.wait import wait_until

SUPERVISOR = auth.Actor("supervisor-1", roles=("supervisor",), offices=("guatemala",))
INTAKE = "/api/v1/staff/offices/guatemala/intake"
CLOSED = {"es": "Cerrado por inundación.", "en": "Closed because of a flood."}


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


@pytest.fixture
def supervisor(db: Database, tmp_path: Path) -> dict[str, str]:
    return script(db, tmp_path, "supervisor")


def limit(db: Database, most: int, pathway: str | None = "orientation") -> None:
    """Heard of at once by who asks this database."""
    actions.set_intake(db, "guatemala", pathway, model.Intake(most_per_day=most), SUPERVISOR, None)
    recent.forget(db)


def book(db: Database, slot: str, **changes: Any) -> Any:
    try:
        return actions.book(db, builders.a_booking_request(slot_id=slot, **changes), a_key())
    except refusals.IntakeFull as refused:
        return type(refused)


@pytest.mark.parametrize("pathway", ["orientation", None])
def test_of_twenty_at_once_a_limit_of_seven_takes_seven(
    db: Database, office: model.Office, pathway: str | None
) -> None:
    slots = [add_slot(db, capacity=20, hours=2 + number) for number in range(4)]
    limit(db, 7, pathway)
    answers = race(20, lambda number: book(db, slots[number % 4]))
    assert answers.count(refusals.IntakeFull) == 13
    assert store_count(db) == 7
    (row,) = db.intake_days.find()
    assert row["made"] == 7
    assert sum(states(db, slot).count("taken") for slot in slots) == 7
    assert all("held" not in states(db, slot) for slot in slots), "who was refused holds no place"


def store_count(db: Database) -> int:
    return db.appointments.count_documents({})


def test_a_limit_counts_what_was_booked_that_day_before_it_and_not_what_staff_book(
    db: Database, office: model.Office
) -> None:
    slot = add_slot(db, capacity=9)
    for _ in range(2):
        book(db, slot)
    request = builders.a_booking_request(slot_id=slot)
    actions.book_for(db, request, model.WALK_IN, a_key(), CLERK)
    limit(db, 3)
    assert book(db, slot) is not refusals.IntakeFull
    assert book(db, slot) is refusals.IntakeFull
    other = builders.a_booking_request(slot_id=slot)
    assert actions.book_for(db, other, "hotline", a_key(), CLERK)[0].status == model.BOOKED


def test_the_same_request_is_answered_the_same_once_the_limit_is_reached(db: Database, office: model.Office) -> None:
    slot, key = add_slot(db), a_key()
    limit(db, 1)
    request = builders.a_booking_request(slot_id=slot)
    made, _ = actions.book(db, request, key)
    assert actions.book(db, request, key) == (made, True)
    assert db.intake_days.find_one()["made"] == 1


def test_a_limit_is_of_its_pathway_and_of_its_day(db: Database, office: model.Office) -> None:
    db.offices.update_one({"_id": "guatemala"}, {"$set": {"pathways": ["orientation", "protection"]}})
    slot, other = add_slot(db), add_slot(db, pathway="protection")
    limit(db, 1)
    book(db, slot)
    assert book(db, slot) is refusals.IntakeFull
    assert book(db, other, pathway_id="protection") is not refusals.IntakeFull
    today = office.today(clock.now())
    db.intake_days.delete_many({"_id": {"$regex": today.isoformat()}})  # as a new day finds none
    assert book(db, slot) is not refusals.IntakeFull


class Commands(monitoring.CommandListener):
    def __init__(self) -> None:
        self.on: list[str] = []

    def started(self, event: Any) -> None:
        self.on.append(str(event.command.get(event.command_name)))

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def test_without_a_limit_nothing_is_counted(db: Database, office: model.Office) -> None:
    slot, heard = add_slot(db), Commands()
    settings = mongo.settings(db)
    client: MongoClient = MongoClient(
        settings.mongo_uri, tz_aware=True, uuidRepresentation="standard", event_listeners=[heard]
    )
    with client:
        own = mongo.ServiceDatabase(client, db.name, settings)
        book(own, slot)
        assert offers.times(own, store.office(own, "guatemala"), "orientation", *(office.today(clock.now()),) * 2)
    assert "places" in heard.on
    assert "intake_days" not in heard.on


def test_a_booking_that_fails_is_not_counted(db: Database, office: model.Office) -> None:
    slot = add_slot(db)
    limit(db, 5)
    person = builders.a_person()
    book(db, slot, person=person)
    with pytest.raises(refusals.NotPossible):
        book(db, slot, person=person)
    assert db.intake_days.find_one()["made"] == 1


def test_what_is_set_is_shown_to_the_public_by_pathway_in_their_language(
    client: FlaskClient, db: Database, supervisor: dict[str, str]
) -> None:
    slot = add_slot(db)
    body = {"pathway": "orientation", "open": False, "message": CLOSED}
    answer = client.put(INTAKE, json=body, headers=supervisor)
    assert answer.status_code == 200, answer.text
    assert answer.json["items"][1] == body | {"opens_at": None, "closes_at": None, "most_per_day": None}

    def told(query: str, language: str = "es") -> dict[str, Any]:
        found = client.get(f"/api/v1/offices{query}", headers={"Accept-Language": language}).json["items"]
        return found[0]["intake"]

    assert told("?pathway=orientation", "en") == {
        "open": False,
        "opens_at": None,
        "closes_at": None,
        "message": CLOSED["en"],
    }
    assert told("?pathway=orientation")["message"] == CLOSED["es"]
    assert told("")["open"]
    assert client.get("/api/v1/offices/guatemala/slots?pathway=orientation").json["items"] == []
    wait_until(
        lambda: post(client, a_body(slot)).json["type"] == "urn:sendero:intake-closed",
        offers.SECONDS + 2,
        "the closing is heard of",
    )


def test_a_day_that_is_full_is_shown_as_closed_and_refused_as_such(
    client: FlaskClient, db: Database, supervisor: dict[str, str]
) -> None:
    slot = add_slot(db)
    limit(db, 1)
    assert post(client, a_body(slot)).status_code == 201
    refused = post(client, a_body(slot))
    assert (refused.status_code, refused.json["type"]) == (409, "urn:sendero:intake-closed")
    assert "tomorrow" in refused.json["detail"]
    wait_until(
        lambda: not client.get("/api/v1/offices?pathway=orientation").json["items"][0]["intake"]["open"],
        intakes.SECONDS + 2,
        "the day is full",
    )
    assert client.get("/api/v1/offices").json["items"][0]["intake"]["open"]


def test_two_who_change_it_at_once_do_not_overwrite_each_other(
    client: FlaskClient, db: Database, supervisor: dict[str, str]
) -> None:
    read = client.get(INTAKE, headers=supervisor).headers["ETag"]
    first = client.put(INTAKE, json={"open": False}, headers=supervisor | {"If-Match": read})
    assert first.status_code == 200
    second = client.put(INTAKE, json={"open": True}, headers=supervisor | {"If-Match": read})
    assert (second.status_code, second.json["type"]) == (412, "urn:sendero:changed-meanwhile")
    assert not store.office(db, "guatemala").intake.open
    third = client.put(INTAKE, json={"open": True}, headers=supervisor | {"If-Match": first.headers["ETag"]})
    assert third.status_code == 200


def test_of_many_changes_of_one_state_one_is_made(db: Database, office: model.Office) -> None:
    read = actions.etag(store.office(db, "guatemala"))

    def close(number: int) -> str:
        try:
            actions.set_intake(db, "guatemala", None, model.Intake(most_per_day=number + 1), SUPERVISOR, read)
        except Exception as refused:
            return type(refused).__name__
        return "done"

    answers = race(6, close)
    assert answers.count("done") == 1
    assert set(answers) <= {"done", "PreconditionFailed", "Changed"}
    assert store.office(db, "guatemala").intake_version == 1


def test_who_set_it_to_what_is_in_the_audit_log(client: FlaskClient, db: Database, supervisor: dict[str, str]) -> None:
    opens = clock.rfc3339((clock.now() + timedelta(days=1)).replace(microsecond=0))
    body = {"pathway": "orientation", "open": True, "most_per_day": 40, "opens_at": opens, "message": CLOSED}
    client.put(INTAKE, json=body, headers=supervisor)
    row = db.audit.find_one({"action": "intake.change"})
    assert row["ids"] == {
        "office_id": "guatemala",
        "pathway_id": "orientation",
        "open": True,
        "opens_at": opens,
        "most_per_day": 40,
    }
    assert "flood" not in str(row)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"most_per_day": 0}, "most_per_day"),
        ({"most_per_day": "many"}, "most_per_day"),
        ({"open": "no"}, "open"),
        ({"message": {"es": "Solo en español"}}, "message.en"),
        ({"opens_at": "2026-12-02T08:00:00Z", "closes_at": "2026-12-01T08:00:00Z"}, "closes_at"),
        ({"opens_at": "2026-12-02T08:00:00"}, "opens_at"),
    ],
)
def test_what_is_no_intake_is_refused_at_its_field(
    client: FlaskClient, db: Database, supervisor: dict[str, str], change: dict[str, Any], field: str
) -> None:
    answer = client.put(INTAKE, json={"open": True} | change, headers=supervisor)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [field]
    assert store.office(db, "guatemala").intake_version == 0


def test_an_unknown_pathway_and_another_office_are_not_there(
    client: FlaskClient, db: Database, supervisor: dict[str, str]
) -> None:
    unknown = client.put(INTAKE, json={"open": True, "pathway": "nothing"}, headers=supervisor)
    assert (unknown.status_code, unknown.json["type"]) == (404, "urn:sendero:unknown-pathway")
    db.offices.insert_one(db.offices.find_one({"_id": "guatemala"}) | {"_id": "izabal"})
    other = client.put(INTAKE.replace("guatemala", "izabal"), json={"open": False}, headers=supervisor)
    assert other.status_code == 403
    assert db.audit.count_documents({"outcome": "refused", "ids.office_id": "izabal"}) == 1
    assert store.office(db, "izabal").intake.open
