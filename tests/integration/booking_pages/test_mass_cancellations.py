"""The pages on which many appointments are cancelled, and those who may not."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import store
from shared import clock
from tests.integration.booking import cancelling
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import leading, visitor

PATH = "/staff/offices/guatemala/cancellations"


@pytest.fixture
def reference(client: FlaskClient, db: Database) -> str:
    return visitor.book(client.application.test_client(), bookings.add_slot(db, hours=3))


@pytest.fixture
def lead(app: Flask, db: Database) -> FlaskClient:
    return leading.signed_in(app, db, "lead")


def asked(**changes: str) -> dict[str, str]:
    day = (clock.now() + timedelta(days=2)).date().isoformat()
    today = (clock.now() - timedelta(days=1)).date().isoformat()
    return {"from": today, "to": day, "reason": "office_closed", "pathway": "", "rebook": "yes"} | changes


def test_one_proposes_another_approves_and_the_people_are_cancelled(
    app: Flask, lead: FlaskClient, reference: str, db: Database
) -> None:
    page = lead.get(f"{PATH}/new", query_string=asked())
    assert "A quiénes afecta" in page.text
    assert "1 cita" in page.text
    assert "1 de ellas empieza en menos de 24 horas." in page.text
    made = lead.post(PATH, data=visitor.hidden(page.text) | {"note": "Inundación en el sótano"})
    shown = lead.get(made.location).text
    assert "Una segunda persona tiene que aprobarla" in shown
    assert "Aprobar" not in shown
    assert "Inundación en el sótano" in shown
    own = visitor.post(lead, f"{made.location}/approval", {})
    assert "Usted mismo la propuso" in lead.get(own.location).text
    second = leading.signed_in(app, db, "second")
    assert "Aprobar: cancelarlas" in second.get(made.location).text
    visitor.post(second, f"{made.location}/approval", {})
    assert 'http-equiv="refresh"' in second.get(made.location).text
    cancelling.work(db)
    assert store.appointment(db, reference).status == "cancelled"
    ended = second.get(f"{made.location}?lang=en").text
    assert re.search(r"1 of 1 cancelled", ended)
    assert "1 cancelled" in second.get(f"{PATH}?lang=en").text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": ""}, "from"),
        ({"to": "2020-01-01"}, "to"),
        ({"reason": ""}, "reason"),
        ({"pathway": "none"}, "pathway"),
    ],
)
def test_what_is_not_right_is_named(lead: FlaskClient, changes: dict[str, str], field: str) -> None:
    page = lead.get(f"{PATH}/new", query_string=asked(**changes))
    assert page.status_code == 422
    assert f'href="#field-{field}"' in page.text


def test_it_can_be_stopped_and_objected_to(app: Flask, lead: FlaskClient, reference: str, db: Database) -> None:
    second = leading.signed_in(app, db, "second")
    for what, said in (("objection", "Rechazada"), ("stop", "Detenida")):
        page = lead.get(f"{PATH}/new", query_string=asked())
        where = lead.post(PATH, data=visitor.hidden(page.text)).location
        if what == "stop":
            visitor.post(second, f"{where}/approval", {})
        visitor.post(second, f"{where}/{what}", {})
        assert said in second.get(where).text
    cancelling.work(db)
    assert store.appointment(db, reference).status == "booked"


def test_a_clerk_may_not_and_does_not_see_the_way_there(client: FlaskClient, lead: FlaskClient) -> None:
    visitor.sign_in(client)
    assert client.get(PATH).status_code == 403
    assert visitor.post(client, PATH, asked()).status_code == 403
    assert PATH not in client.get("/staff/offices/guatemala/day").text
    assert PATH in lead.get("/staff/offices/guatemala/day").text


def test_who_leads_another_office_may_not(lead: FlaskClient, db: Database) -> None:
    db.offices.insert_one(db.offices.find_one({"_id": "guatemala"}) | {"_id": "izabal"})
    assert lead.get("/staff/offices/izabal/cancellations").status_code == 403
    assert db.audit.count_documents({"outcome": "refused"}) == 1
