"""Another time for one's appointment, by page."""

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import offers
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import visitor
from tests.wait import wait_until


@pytest.mark.parametrize("path", ["/appointment/times", "/appointment/offices", "/appointment/rescheduling?slot=x"])
def test_who_has_not_opened_an_appointment_begins_there(client: FlaskClient, db: Database, path: str) -> None:
    assert client.get(path).location == "/find"


def test_a_person_chooses_another_time_sees_both_and_changes(client: FlaskClient, db: Database) -> None:
    first, second = bookings.add_slot(db), bookings.add_slot(db, hours=4)
    visitor.book(client, first)
    assert "/appointment/times" in client.get("/appointment").text
    times = client.get("/appointment/times").text
    assert f"/appointment/rescheduling?slot={second}" in times
    assert "Paso" not in times
    assert "/appointment/offices" in client.get("/appointment/times?from=2030-01-01").text
    assert "/appointment/times?" in client.get("/appointment/offices").text
    page = client.get(f"/appointment/rescheduling?slot={second}").text
    assert "La nueva hora" in page
    form = visitor.hidden(page)
    assert form["slot"] == second
    for _ in range(2):  # twice is once
        assert client.post("/appointment/rescheduling", data=form).location == "/appointment"
    assert "Su cita ya tiene otra hora" in client.get("/appointment").text
    assert (bookings.states(db, first), bookings.states(db, second)) == (["free"] * 3, ["free", "free", "taken"])
    assert len(bookings.announced(db, "appointment.rescheduled.v1")) == 1


@pytest.mark.parametrize("language", ["es", "en"])
def test_why_it_cannot_be_changed_is_said_and_nothing_is_changed(
    client: FlaskClient, db: Database, language: str
) -> None:
    client.get(f"/?lang={language}")
    first, full = bookings.add_slot(db), bookings.add_slot(db, capacity=1, hours=4)
    visitor.book(client, first)
    wait_until(
        lambda: client.get(f"/appointment/rescheduling?slot={full}").status_code == 200,
        offers.SECONDS + 2,
        "what another test had for a rule is forgotten",
    )
    form = visitor.hidden(client.get(f"/appointment/rescheduling?slot={full}").text)
    visitor.book(client.application.test_client(), full)
    assert client.post("/appointment/rescheduling", data=form).location == "/appointment/times"
    assert {"es": "Otra persona", "en": "Somebody else was faster"}[language] in client.get("/appointment/times").text
    for slot in (first, "no.such.slot"):
        assert client.get(f"/appointment/rescheduling?slot={slot}").location == "/appointment/times"
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"max_changes": 0}})
    assert client.get("/appointment/times").location == "/appointment"
    wait_until(
        lambda: client.post("/appointment/rescheduling", data=form).location == "/appointment",
        offers.SECONDS + 2,
        "the rule is heard of",
    )
    page = client.get("/appointment").text
    assert {"es": "0 veces como máximo", "en": "0 times at most"}[language] in page
    assert bookings.states(db, first) == ["free", "free", "taken"]


def test_a_form_from_elsewhere_changes_nothing(client: FlaskClient, db: Database) -> None:
    visitor.book(client, bookings.add_slot(db))
    other = bookings.add_slot(db, hours=4)
    assert client.post("/appointment/rescheduling", data={"slot": other, "csrf_token": "x"}).status_code == 400
    assert bookings.states(db, other) == ["free"] * 3
