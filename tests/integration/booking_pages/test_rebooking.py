"""A place kept for who lost their time to the office, by page."""

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, store
from tests.integration.booking import conftest as bookings
from tests.integration.booking.cancelling import approved, work
from tests.integration.booking.first_in_line import booked_later
from tests.integration.booking_pages import visitor


@pytest.fixture
def reference(client: FlaskClient, db: Database) -> str:
    """Of somebody for whom another time is kept."""
    mine = visitor.book(client, bookings.add_slot(db))
    approved(db, rebook=True)
    work(db)
    assert "antes que a los demás" in client.get("/appointment").text
    (other,) = booked_later(db)
    actions.cancel(db, other.reference, "person")
    actions.rebooking.look(db)
    return mine


def test_a_person_sees_the_place_until_when_and_takes_it(client: FlaskClient, db: Database, reference: str) -> None:
    page = client.get("/appointment").text
    assert "Le guardamos un lugar" in page
    assert "Responda antes del" in page
    for _ in range(2):  # twice is once
        answer = visitor.post(client, "/appointment/kept", {"answer": "take"})
        assert answer.location == "/appointment"
    assert store.appointment(db, reference).status == "booked"
    after = client.get("/appointment").text
    assert "Su cita ya tiene otra hora" in after
    assert "Le guardamos un lugar" not in after


def test_who_leaves_it_is_thanked_and_a_late_answer_is_told_so(
    client: FlaskClient, db: Database, reference: str
) -> None:
    visitor.post(client, "/appointment/kept", {"answer": "leave"})
    assert "Gracias por avisarnos" in client.get("/appointment").text
    visitor.post(client, "/appointment/kept", {"answer": "take"})
    assert "ningún lugar guardado" in client.get("/appointment").text
    assert store.appointment(db, reference).status == "cancelled"


def test_who_has_opened_none_begins_there(client: FlaskClient, db: Database) -> None:
    assert visitor.post(client, "/appointment/kept", {"answer": "take"}).location == "/find"
