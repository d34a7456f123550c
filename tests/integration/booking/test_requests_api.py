"""The JSON routes of requests and draws, as a person, a stranger and the staff use them."""

import secrets
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, people, store
from services.booking.model import draw
from shared import clock
from tests import builders
from tests.integration.booking import windows
from tests.integration.booking.test_api import basic, script


@pytest.fixture
def client(db: Database, web_app: Flask, office: model.Office) -> FlaskClient:
    windows.an_open_one(db)
    return web_app.test_client()


def a_body(**changes: Any) -> dict[str, Any]:
    person = {"name": f"Ana {secrets.token_hex(5)}", "birth_date": "1990-05-17", "phone": builders.a_phone()}
    body = {"offices": ["guatemala"], "pathway": "orientation", "language": "es", "channels": ["sms"]}
    return body | {"person": person} | changes


def post(client: FlaskClient, body: Any, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key or secrets.token_hex(16), "Accept-Language": "en"}
    return client.post("/api/v1/requests", json=body, headers=headers)


def at(asked: dict[str, Any], rest: str = "") -> str:
    return f"/api/v1/requests/{asked['reference']}{rest}"


def test_a_place_is_asked_for_looked_at_changed_and_withdrawn(client: FlaskClient) -> None:
    body, key = a_body(), secrets.token_hex(16)
    made = post(client, body, key)
    assert made.status_code == 201, made.text
    asked = made.json
    assert (asked["status"], asked["offices"], asked["offer"]) == ("received", ["guatemala"], None)
    assert made.headers["Location"].endswith(asked["reference"])
    again = post(client, body, key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (asked, "true")
    wish = {"offices": ["guatemala"], "availability": ["evening", "morning"]}
    changed = client.put(at(asked), json=wish, headers=basic(asked))
    assert (changed.status_code, changed.json["availability"]) == (200, ["evening", "morning"])
    shown = client.get(at(asked), headers=basic(asked)).json
    assert shown == changed.json
    assert "code" not in shown
    withdrawn = client.post(at(asked, "/withdrawal"), headers=basic(asked))
    assert (withdrawn.status_code, withdrawn.json["status"]) == (200, "withdrawn")


def test_a_place_is_confirmed_and_is_an_appointment_then(client: FlaskClient, db: Database) -> None:
    asked = post(client, a_body()).json
    early = client.post(at(asked, "/confirmation"), headers=basic(asked))
    assert (early.status_code, early.json["type"]) == (409, "urn:sendero:not-offered")
    windows.drawn(db)
    offered = client.get(at(asked), headers=basic(asked)).json
    assert (offered["status"], offered["offer"]["office"]["id"]) == ("allocated", "guatemala")
    confirmed = client.post(at(asked, "/confirmation"), headers=basic(asked))
    assert (confirmed.status_code, confirmed.json["status"]) == (200, "confirmed")
    booked = client.get(f"/api/v1/appointments/{asked['reference']}", headers=basic(asked)).json
    assert (booked["status"], booked["starts_at"]) == ("booked", offered["offer"]["starts_at"])
    over = client.post(at(asked, "/withdrawal"), headers=basic(asked))
    assert (over.status_code, over.json["type"]) == (409, "urn:sendero:not-withdrawable")


def test_somebody_elses_request_does_not_exist(client: FlaskClient) -> None:
    mine, other = post(client, a_body()).json, post(client, a_body()).json
    for headers in ({}, basic(other), basic(mine, "00000000")):
        for method, rest in (("GET", ""), ("POST", "/confirmation"), ("POST", "/withdrawal")):
            assert client.open(at(mine, rest), method=method, headers=headers).status_code == 401


def test_what_is_wrong_is_named(client: FlaskClient) -> None:
    wrong = post(client, a_body(offices=[], availability=["noon"]))
    assert (wrong.status_code, {one["field"] for one in wrong.json["errors"]}) == (422, {"offices", "availability.0"})
    unfit = post(client, a_body(offices=["xela"], needs=["medical"]))
    assert {one["field"] for one in unfit.json["errors"]} == {"offices", "needs"}
    nothing = post(client, a_body(pathway="protection"))
    assert (nothing.status_code, nothing.json["type"]) == (409, "urn:sendero:no-window")


def test_what_the_office_must_prepare_is_from_a_short_list(client: FlaskClient, db: Database) -> None:
    wrong = post(client, a_body(access_needs=["gold"], interpreter="Mam"))
    assert (wrong.status_code, {one["field"] for one in wrong.json["errors"]}) == (
        422,
        {"access_needs.0", "interpreter"},
    )
    assert post(client, a_body(access_needs=["sight"], interpreter="kek")).status_code == 201
    assert "sight" not in str([*db.requests.find(), *db.outbox.find()])


def test_what_the_office_must_prepare_is_changed_with_the_request_and_stays_where_it_is_not_named(
    client: FlaskClient, db: Database
) -> None:
    asked = post(client, a_body(access_needs=["sight"], interpreter="kek")).json
    (row,) = db.requests.find()

    def change(**more: Any) -> Any:
        return client.put(at(asked), json={"offices": ["guatemala"], **more}, headers=basic(asked))

    def known() -> tuple[list[str], str | None]:
        person = people.get(db, row["person_id"]) or {}
        return person["needs"], person["interpreter"]

    assert change().status_code == 200
    assert known() == (["sight"], "kek")
    assert change(access_needs=["hearing", "hearing"], interpreter=None).status_code == 200
    assert known() == (["hearing"], None)
    wrong = change(access_needs=["gold"], interpreter="Mam")
    assert (wrong.status_code, {one["field"] for one in wrong.json["errors"]}) == (
        422,
        {"access_needs.0", "interpreter"},
    )
    assert known() == (["hearing"], None)
    assert "hearing" not in change().text


def test_drawn_places_are_refused_to_who_books(client: FlaskClient, db: Database) -> None:
    slot = db.slots.find_one({})["_id"]
    body = {name: value for name, value in a_body().items() if name != "offices"} | {"slot": slot}
    refused = client.post("/api/v1/appointments", json=body, headers={"Idempotency-Key": secrets.token_hex(16)})
    assert (refused.status_code, refused.json["type"]) == (409, "urn:sendero:ask-in-window")


def test_an_officer_of_privacy_looks_and_releases_and_two_people_tell_the_seed(
    client: FlaskClient, db: Database, tmp_path: Path
) -> None:
    odd = post(client, a_body(availability=["evening"])).json
    actions.close_window(db, "w-1")
    url = "/api/v1/staff/draws/w-1"
    clerk, officer = script(db, tmp_path, "clerk"), script(db, tmp_path, "privacy_officer")
    lead = script(db, tmp_path, "programme_lead")
    assert client.get(f"{url}/alone").status_code == 401
    assert client.get(f"{url}/alone", headers=clerk).status_code == 403
    assert [one["id"] for one in client.get(f"{url}/alone", headers=officer).json["items"]] == [odd["entry"]]
    assert client.post(f"{url}/release", headers=officer).json["state"] == "committed"
    told = {"value": windows.FIRST}
    assert client.post(f"{url}/seed", json=told, headers=officer).json["type"] == "urn:sendero:not-yet"
    db.windows.update_one({}, {"$set": {"committed_at": clock.now() - draw.PAUSE}})
    assert client.post(f"{url}/seed", json=told, headers=clerk).status_code == 403
    assert client.post(f"{url}/seed", json=told, headers=officer).status_code == 200
    assert client.post(f"{url}/seed", json={"value": windows.SECOND}, headers=lead).status_code == 200
    windows.run_due(db)
    assert store.windows.get(db, "w-1").state == "applied"
    assert db.audit.count_documents({"action": "draw.seed", "outcome": "allowed"}) == 2
