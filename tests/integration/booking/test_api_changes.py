"""Holds and other times by the JSON routes."""

import secrets
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, offers
from tests.integration.booking.cancelling import approved, work
from tests.integration.booking.conftest import add_slot, rule, states
from tests.integration.booking.first_in_line import booked_later
from tests.integration.booking.test_api import a_body, basic, client, post, script, slot
from tests.wait import wait_until

__all__ = ["client", "slot"]  # fixtures


def hold(client: FlaskClient, body: dict[str, Any], key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key or secrets.token_hex(16), "Accept-Language": "en"}
    return client.post("/api/v1/holds", json=body, headers=headers)


def with_hold(made: Any, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in a_body("", **changes).items() if name != "slot"} | {"hold": made.json["id"]}


def test_a_time_is_held_then_booked(client: FlaskClient, db: Database, slot: str) -> None:
    made = hold(client, {"slot": slot, "party_size": 2}, key="k" * 20)
    assert (made.status_code, set(made.json)) == (201, {"id", "expires_at"})
    again = hold(client, {"slot": slot, "party_size": 2}, key="k" * 20)
    assert (again.status_code, again.json, again.headers["Idempotency-Replayed"]) == (201, made.json, "true")
    assert hold(client, {"slot": slot}, key="k" * 20).json["type"] == "urn:sendero:idempotency-key-reused"
    assert client.post("/api/v1/holds", json={"slot": slot}).json["type"] == "urn:sendero:idempotency-key"
    booked = post(client, with_hold(made))
    assert (booked.status_code, states(db, slot)) == (201, ["free", "free", "taken"])
    late = post(client, with_hold(made))
    assert (late.status_code, late.json["type"]) == (409, "urn:sendero:hold-expired")


def test_a_booking_names_a_slot_or_a_hold_and_not_both(client: FlaskClient, slot: str) -> None:
    made = hold(client, {"slot": slot})
    for wrong in (with_hold(made) | {"slot": slot}, {**with_hold(made), "hold": None}):
        answer = post(client, wrong)
        assert (answer.status_code, answer.json["type"]) == (422, "urn:sendero:invalid")
        assert "hold" in [error["field"] for error in answer.json["errors"]]
    neither = post(client, {name: value for name, value in a_body(slot).items() if name != "slot"})
    assert {error["field"] for error in neither.json["errors"]} == {"slot", "hold"}


def test_what_cannot_be_held_is_refused_by_name(client: FlaskClient, db: Database) -> None:
    last = add_slot(db, capacity=1)
    assert hold(client, {"slot": last}).status_code == 201
    answer = hold(client, {"slot": last})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:sendero:slot-taken")
    many = add_slot(db, capacity=2, hours=3)
    assert [hold(client, {"slot": many}).status_code for _ in range(2)] == [201, 409]
    assert hold(client, {"slot": many}).json["type"] == "urn:sendero:too-many-holds"
    assert hold(client, {"slot": "no.such.slot"}).status_code == 404
    assert hold(client, {"slot": many, "party_size": 5}).json["type"] == "urn:sendero:party-too-large"


def test_a_family_sees_only_times_with_room_for_all(client: FlaskClient, db: Database) -> None:
    small, large = add_slot(db, capacity=2), add_slot(db, capacity=4, hours=3)
    url = "/api/v1/offices/guatemala/slots?pathway=orientation&party_size=3"
    assert [one["id"] for one in client.get(url).json["items"]] == [small, large]
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"place_per": "person"}})
    wait_until(
        lambda: [one["id"] for one in client.get(url).json["items"]] == [large],
        offers.SECONDS + 2,
        "the rule is heard of",
    )


def test_a_person_changes_the_time_and_the_booking_still_answers_as_it_did(
    client: FlaskClient, db: Database, slot: str
) -> None:
    rule(db, max_changes=1)
    body, other = a_body(slot), add_slot(db, hours=5)
    booked = post(client, body, key="k" * 20)
    url = f"{booked.headers['Location']}/rescheduling"
    assert client.post(url, json={"slot": other}).status_code == 401
    moved = client.post(url, json={"slot": other}, headers=basic(booked.json))
    assert (moved.status_code, moved.json["status"]) == (200, "booked")
    assert moved.json["starts_at"] != booked.json["starts_at"]
    assert moved.json["history"][-1]["previous_starts_at"] == booked.json["starts_at"]
    again = client.post(url, json={"slot": other}, headers=basic(booked.json))
    assert (again.status_code, again.json) == (200, moved.json)
    assert post(client, body, key="k" * 20).json == booked.json
    refused = client.post(url, json={"slot": slot}, headers=basic(booked.json) | {"Accept-Language": "en"})
    assert (refused.status_code, refused.json["type"]) == (409, "urn:sendero:too-many-changes")
    assert "1 times" in refused.json["detail"]
    wrong = client.post(url, json={}, headers=basic(booked.json))
    assert [error["field"] for error in wrong.json["errors"]] == ["slot"]


def test_staff_of_the_office_changes_it_too(client: FlaskClient, db: Database, slot: str, tmp_path: Path) -> None:
    booked, other = post(client, a_body(slot)).json, add_slot(db, hours=5)
    url = f"/api/v1/staff/appointments/{booked['reference']}/rescheduling"
    elsewhere = script(db, tmp_path, "clerk", offices=("izabal",))
    assert client.post(url, json={"slot": other}, headers=elsewhere).status_code == 404
    clerk = script(db, tmp_path, "clerk")
    moved = client.post(url, json={"slot": other}, headers=clerk)
    assert (moved.status_code, moved.json["history"][-1]["by"]) == (200, "office")
    assert states(db, slot) == ["free"] * 3


def test_a_place_that_is_kept_is_shown_and_taken_or_left(client: FlaskClient, db: Database, slot: str) -> None:
    made = post(client, a_body(slot)).json
    own = f"/api/v1/appointments/{made['reference']}"
    auth = basic(made)
    assert client.get(own, headers=auth).json["first_until"] is None
    none = client.post(f"{own}/rebooking", headers=auth)
    assert (none.status_code, none.json["type"]) == (409, "urn:sendero:not-kept")
    approved(db, rebook=True)
    work(db)
    assert client.get(own, headers=auth).json["first_until"] is not None
    (other,) = booked_later(db)
    actions.cancel(db, other.reference, "person")
    actions.rebooking.look(db)
    assert set(client.get(own, headers=auth).json["kept"]) == {"starts_at", "ends_at", "answer_by"}
    taken = client.post(f"{own}/rebooking", headers=auth)
    assert (taken.status_code, taken.json["status"], taken.json["kept"]) == (200, "booked", None)
    assert client.post(f"{own}/rebooking", headers=auth).json == taken.json
    assert client.post(f"{own}/rebooking", json={"take": False}, headers=auth).json == taken.json
