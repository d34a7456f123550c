"""The page of one's own appointment answers what people ask."""

import re

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions
from services.booking.pages import square, wording
from tests import builders
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import visitor

NOBODY = {"person.email": "", "channels": ["none"]}


@pytest.mark.parametrize("language", ["es", "en"])
def test_it_says_where_when_in_which_zone_what_to_bring_what_next_whom_to_call_and_what_can_be_done(
    client: FlaskClient, db: Database, language: str
) -> None:
    visitor.book(client, bookings.add_slot(db, hours=30))
    page = client.get(f"/appointment?lang={language}").text
    words = {
        "es": (
            "Dirección de ejemplo, Ciudad",
            "hora de Guatemala",
            "Qué traer",
            "Llegue diez minutos antes",
            "Cancelar esta cita",
        ),
        "en": (
            "Dirección de ejemplo, Ciudad",
            "Guatemala Time",
            "What to bring",
            "Come ten minutes early",
            "Cancel this",
        ),
    }[language]
    for word in (*words, 'href="tel:+50200000001"', 'href="/appointment/calendar.ics"', 'href="/lost-code"'):
        assert word in page, word
    assert {"es": "Usted reservó esta cita.", "en": "You booked this appointment."}[language] in page


def test_it_tells_what_happened_and_what_may_follow_then(client: FlaskClient, db: Database) -> None:
    reference = visitor.book(client, bookings.add_slot(db))
    actions.cancel(db, reference, "office")
    page = client.get("/appointment").text
    assert "La oficina la canceló." in page
    assert "Reservar una cita nueva" in page
    assert 'href="/appointment/cancellation"' not in page
    assert "<svg" not in page


def test_it_says_until_when_it_can_be_cancelled_and_that_it_is_too_late(client: FlaskClient, db: Database) -> None:
    visitor.book(client, bookings.add_slot(db, hours=30))
    assert "(hasta el " in client.get("/appointment").text
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"cancel_notice_minutes": 60 * 48}})
    page = client.get("/appointment").text
    assert "Ya es tarde para cancelar aquí" in page
    assert 'href="/appointment/cancellation"' not in page


def test_a_square_code_for_the_office_holds_the_reference_and_nothing_personal(
    client: FlaskClient, db: Database
) -> None:
    reference = visitor.book(client, bookings.add_slot(db))
    answer = client.get("/appointment")
    (drawn,) = re.findall("<svg.*?</svg>", answer.text, re.DOTALL)
    assert drawn == _drawn(client, reference)
    assert "style=" not in drawn, "the policy of our pages would not show it"
    assert len(drawn) < 4000
    assert len(answer.data) < 16_000


def _drawn(client: FlaskClient, reference: str) -> str:
    with client.application.test_request_context():
        return str(square.of(reference))


def test_somebody_without_phone_and_email_books_and_is_told_to_write_it_down(client: FlaskClient, db: Database) -> None:
    assert visitor.say(client, bookings.add_slot(db), **NOBODY).location == "/check"
    page = client.get("/check").text
    assert "Sin teléfono ni correo no podemos escribirle" in page
    client.post("/book", data=visitor.hidden(page))
    page = client.get("/appointment").text
    assert "No podemos escribirle." in page
    assert "anote los dos ahora" in page
    row = db.appointments.find_one() or {}
    assert row["channels"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"person.email": "", "channels": []}, "channels"),
        ({"channels": ["none"]}, "channels"),
        ({"channels": ["none", "sms"]}, "person.phone"),
        ({"needs": ["gold"]}, "needs.0"),
        ({"interpreter": "mam!"}, "interpreter"),
    ],
)
def test_how_we_may_write_is_asked_for_until_it_fits(
    client: FlaskClient, db: Database, changes: dict[str, object], field: str
) -> None:
    answer = visitor.say(client, bookings.add_slot(db), **changes)
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in answer.text


def test_needs_are_kept_checked_and_seen_by_the_office(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, hours=0.1)
    assert visitor.say(client, slot, needs=["wheelchair", "sight"], interpreter="mam").location == "/check"
    details = client.get("/details").text
    assert len(re.findall('name="needs" value="(?:wheelchair|sight)" checked', details)) == 2
    assert '<option value="mam" selected>Mam</option>' in details
    page = client.get("/check").text
    assert "silla de ruedas" in page
    client.post("/book", data=visitor.hidden(page))
    clerk = client.application.test_client()
    visitor.sign_in(clerk)
    day = wording.local_day((db.appointments.find_one() or {})["starts_at"], builders.GUATEMALA)
    shown = clerk.get(f"/staff/offices/guatemala/day?date={day}").text
    assert "silla de ruedas" in shown
    assert "Intérprete: Mam" in shown
