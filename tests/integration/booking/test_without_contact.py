"""Somebody without phone, without email, without document, and what the office must prepare for whoever comes."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, people, refusals
from shared import mongo
from tests import builders
from tests.integration.booking.conftest import a_key, add_slot, announced
from tests.integration.booking.test_api import a_body, basic, day_of, post, script

NOBODY: dict[str, Any] = {"phone": None, "email": None}


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


@pytest.fixture
def slot(client: FlaskClient, db: Database) -> str:
    return add_slot(db)


def test_somebody_who_cannot_be_written_to_books_and_comes_back_with_the_code(client: FlaskClient, slot: str) -> None:
    answer = post(client, a_body(slot, person=NOBODY, channels=[]))
    assert answer.status_code == 201
    shown = client.get(answer.headers["Location"], headers=basic(answer.json)).json
    assert shown["channels"] == []
    assert "No podemos escribirle" in shown["following"][0]


def test_who_gives_a_contact_says_how_we_may_write(client: FlaskClient, slot: str) -> None:
    answer = post(client, a_body(slot, channels=[]))
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "channels")


def test_two_people_without_contact_are_told_apart_and_one_is_not_taken_for_two(db: Database, slot: str) -> None:
    def book(name: str) -> model.Appointment:
        person = builders.a_person(name=name, **NOBODY)
        return actions.book(db, builders.a_booking_request(slot_id=slot, person=person, channels=()), a_key())[0]

    assert book("Ana").id != book("Luz").id
    with pytest.raises(refusals.NotPossible):
        book("ana")
    assert not db.contacts.count_documents({})


def test_needs_are_sealed_with_the_person_and_shown_to_the_office(
    client: FlaskClient, db: Database, slot: str, tmp_path: Path
) -> None:
    booked = post(client, a_body(slot, needs=["wheelchair", "hearing"], interpreter="mam")).json
    list_of_day = f"/api/v1/staff/offices/guatemala/day?date={day_of(booked)}"
    (row,) = client.get(list_of_day, headers=script(db, tmp_path, "clerk")).json["items"]
    assert (row["person"]["needs"], row["person"]["interpreter"]) == (["wheelchair", "hearing"], "mam")
    appointment = db.appointments.find_one({"reference": booked["reference"]}) or {}
    assert "wheelchair" not in json.dumps([appointment, *announced(db)], default=str)
    (row,) = announced(db, "person.changed.v1")
    told = mongo.settings(db).people_keys.open(json.loads(row["value"])["sealed"], row["key"])
    assert (told["needs"], told["interpreter"]) == (["wheelchair", "hearing"], "mam")
    assert people.get(db, appointment["person_id"]) == told


@pytest.mark.parametrize(
    ("changes", "field"), [({"needs": ["gold"]}, "needs.0"), ({"interpreter": "Mam"}, "interpreter")]
)
def test_needs_are_from_a_short_list(client: FlaskClient, slot: str, changes: dict[str, Any], field: str) -> None:
    answer = post(client, a_body(slot, **changes))
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
