"""The public pages where something is missing, wrong, gone or too late."""

import time
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import offers
from services.booking.pages import draft
from shared import clock, mongo, sealed
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import visitor
from tests.wait import wait_until


@pytest.mark.parametrize("language", ["es", "en"])
def test_pages_speak_the_readers_language(client: FlaskClient, language: str) -> None:
    page = client.get("/", headers={"Accept-Language": language}).text
    assert f'<html lang="{language}">' in page
    assert {"es": "Nadie puede pedirle dinero", "en": "Nobody may ask you for money"}[language] in page


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/offices", "/"),
        ("/times", "/offices"),
        ("/times?pathway=orientation", "/offices?pathway=orientation"),
        ("/details", "/"),
        ("/check", "/"),
        ("/book", "/check"),
        ("/appointment", "/find"),
        ("/appointment/calendar.ics", "/find"),
        ("/appointment/cancellation", "/find"),
    ],
)
def test_a_step_that_was_left_out_leads_to_where_it_begins(client: FlaskClient, path: str, leads_to: str) -> None:
    assert client.get(path).location == leads_to


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "yesterday", "2026-02-31", ""])
def test_a_day_that_is_none_is_as_if_none_were_asked_for(client: FlaskClient, day: str) -> None:
    answer = client.get(f"/times?pathway=orientation&office=guatemala&from={day}&day={day}")
    assert answer.status_code == 200


def test_an_unknown_service_or_office_is_not_found(client: FlaskClient) -> None:
    assert client.get("/offices?pathway=nowhere").status_code == 404
    assert client.get("/times?pathway=orientation&office=nowhere").status_code == 404


def test_a_closed_office_says_so(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db)
    assert visitor.say(client, slot).location == "/check"
    db.offices.update_one({"_id": "guatemala"}, {"$set": {"intake.open": False}})
    for path in ("/times?pathway=orientation&office=guatemala", f"/details?slot={slot}"):
        assert client.get(path).location == "/offices?pathway=orientation"
    begun = time.monotonic()
    wait_until(lambda: time.monotonic() - begun > offers.SECONDS, offers.SECONDS + 2, "who books hears of it")
    answer = client.post("/book", data=visitor.hidden(client.get("/check").text))
    assert answer.location == "/offices?pathway=orientation"
    assert "no está dando citas" in client.get(answer.location).text
    assert "Ana" in client.get("/check").text  # kept


def test_a_time_that_has_passed_leads_back_to_the_times(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, hours=-1)
    answer = visitor.say(client, slot)
    assert answer.location.startswith("/times?")
    page = client.get(answer.location).text
    assert "ya empezó" in page
    assert "Lo que escribió quedó guardado" in page


def test_a_time_that_needs_more_notice_leads_back_to_the_times(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, hours=2)
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"min_notice_minutes": 180}})
    answer = visitor.say(client, slot)
    assert answer.location.startswith("/times?")
    page = client.get(answer.location).text
    assert "más anticipación" in page
    assert slot not in page


def test_a_time_that_is_gone_leads_back_and_keeps_what_was_typed(client: FlaskClient) -> None:
    answer = visitor.say(client, "no.such.slot")
    assert answer.location == "/offices?pathway=orientation"
    assert "Lo que escribió quedó guardado" in client.get(answer.location).text


def test_what_is_wrong_is_said_field_by_field_and_nothing_is_lost(client: FlaskClient, db: Database) -> None:
    wrong = {"person.name": "", "person.birth_date.month": "13", "person.email": "ana@", "channels": []}
    answer = visitor.say(client, bookings.add_slot(db), **wrong)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    for name in ("person.name", "person.birth_date", "person.email", "channels"):
        assert f'href="#field-{name}"' in answer.text, name
    assert 'value="ana@"' in answer.text
    assert 'value="13"' in answer.text
    assert 'value="ana@"' in client.get("/details").text
    assert not db.appointments.count_documents({})


def test_too_many_companions_are_refused_before_the_last_step(client: FlaskClient, db: Database) -> None:
    row = {"name": "Luis", "birth_date.day": "1", "birth_date.month": "2", "birth_date.year": "2015"}
    companions = {f"companions.{number}.{field}": value for number in range(4) for field, value in row.items()}
    answer = visitor.say(client, bookings.add_slot(db), **companions)
    assert answer.status_code == 422
    assert "como máximo 4 personas" in answer.text


def test_more_text_than_a_cookie_holds_is_refused_not_lost(client: FlaskClient, db: Database) -> None:
    long = {f"companions.{number}.name": "ñ" * 250 for number in range(9)}
    answer = visitor.say(client, bookings.add_slot(db), **long)
    assert answer.status_code == 422
    assert "Es demasiado texto" in answer.text
    assert "ñ" * 250 in answer.text


def test_a_draft_says_nothing_to_who_reads_the_cookie(client: FlaskClient, db: Database) -> None:
    visitor.say(client, bookings.add_slot(db), **{"person.name": "Ana Pérez"})
    cookie = client.get_cookie(draft.COOKIE)
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert "Ana" not in cookie.value
    client.set_cookie(draft.COOKIE, cookie.value[:-8] + "AAAAAAA=")
    assert client.get("/check").location == "/"


def test_a_draft_is_forgotten_after_half_an_hour(client: FlaskClient, db: Database) -> None:
    visitor.say(client, bookings.add_slot(db))
    kept = client.get_cookie(draft.COOKIE)
    assert kept is not None
    keys: sealed.Keys = client.application.extensions["sendero"].settings.seal_keys
    kid, nonce, box = kept.value.rsplit(".", 2)
    content = keys.open({"kid": kid, "nonce": nonce, "box": box}, draft.BOUND_TO)
    late = keys.seal(content | {"until": (clock.now() - timedelta(seconds=1)).timestamp()}, draft.BOUND_TO)
    client.set_cookie(draft.COOKIE, f"{late['kid']}.{late['nonce']}.{late['box']}")
    assert client.get("/check").location == "/"
    assert "30 minutos" in client.get("/").text


def test_what_was_typed_can_be_deleted(client: FlaskClient, db: Database) -> None:
    visitor.say(client, bookings.add_slot(db))
    assert visitor.post(client, "/clear", {}).location == "/"
    assert client.get_cookie(draft.COOKIE) is None


def test_what_is_booked_is_what_was_checked(client: FlaskClient, db: Database) -> None:
    first, second = bookings.add_slot(db), bookings.add_slot(db, hours=3)
    visitor.say(client, first)
    checked = visitor.hidden(client.get("/check").text)
    visitor.say(client, second)  # in another window
    assert client.post("/book", data=checked).location == "/check"
    assert "Sus respuestas cambiaron en otra ventana" in client.get("/check").text
    assert not db.appointments.count_documents({})


def test_the_same_form_again_leads_to_the_same_appointment(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db)
    visitor.say(client, slot)
    form = visitor.hidden(client.get("/check").text)
    answers = [client.post("/book", data=form).location for _ in range(3)]
    assert answers == ["/appointment"] * 3
    assert db.appointments.count_documents({}) == 1
    assert client.get("/check").location == "/appointment"
    assert client.get(f"/details?slot={slot}").location == "/appointment"


def test_somebody_who_is_booked_already_gets_a_neutral_answer(client: FlaskClient, db: Database) -> None:
    same = visitor.somebody()
    slot = bookings.add_slot(db)
    for stranger in (client, client.application.test_client()):
        visitor.say(stranger, slot, **same)
        answer = stranger.post("/book", data=visitor.hidden(stranger.get("/check").text))
    assert answer.location == "/check"
    page = stranger.get("/check").text
    assert "No pudimos completar esta reserva" in page
    assert "SND-" not in page
    assert db.appointments.count_documents({}) == 1


@pytest.mark.usefixtures("still")
def test_wrong_codes_are_slowed_down_and_say_nothing(client: FlaskClient, db: Database) -> None:
    reference = visitor.book(client, bookings.add_slot(db))
    stranger = client.application.test_client()
    told = set()
    for given in (reference, "SND-0000-0000"):
        answer = visitor.post(stranger, "/find", {"reference": given, "code": "00000000"})
        assert answer.status_code == 422
        told.add("No encontramos nada con esa referencia y ese código" in answer.text)
    assert told == {True}
    statuses = [
        visitor.post(stranger, "/find", {"reference": reference, "code": "00000000"}).status_code for _ in range(6)
    ]
    assert statuses[-1] == 429
    assert stranger.get("/appointment").location == "/find"


@pytest.mark.parametrize(
    "kept",
    [
        {"slot": "s", "pathway": "orientation", "values": {}, "key": "k" * 24, "of_a_newer_release": 1},
        {"slot": "s", "pathway": "orientation", "values": {}},
        {},
    ],
)
def test_a_draft_of_another_release_begins_afresh(client: FlaskClient, db: Database, kept: dict[str, Any]) -> None:
    keep_draft(client, db, kept)
    assert client.get("/check").location == "/"
    assert visitor.say(client, bookings.add_slot(db)).location == "/check"


def test_a_draft_that_lacks_a_field_is_asked_for_it(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db)
    keep_draft(client, db, {"slot": slot, "pathway": "orientation", "values": {"person.name": "Ana"}, "key": "k" * 24})
    assert client.get("/check").location == f"/details?slot={slot}"
    assert client.get("/details").status_code == 200


def keep_draft(client: FlaskClient, db: Database, kept: dict[str, Any]) -> None:
    until = (clock.now() + draft.LIFETIME).timestamp()
    box = mongo.settings(db).seal_keys.seal({**kept, "until": until}, draft.BOUND_TO)
    client.set_cookie(draft.COOKIE, f"{box['kid']}.{box['nonce']}.{box['box']}")


def test_a_cancellation_sent_twice_is_one(client: FlaskClient, db: Database) -> None:
    visitor.book(client, bookings.add_slot(db))
    form = visitor.hidden(client.get("/appointment/cancellation").text)
    for _ in range(2):
        assert client.post("/appointment/cancellation", data=form).location == "/appointment"
    assert "cancelada" in client.get("/appointment").text
    assert len(bookings.announced(db, "appointment.cancelled.v1")) == 1
    assert client.get("/appointment/cancellation").location == "/appointment"


def test_a_form_from_elsewhere_changes_nothing(client: FlaskClient, db: Database) -> None:
    visitor.say(client, bookings.add_slot(db))
    form = visitor.hidden(client.get("/check").text) | {"csrf_token": "forged"}
    assert client.post("/book", data=form).status_code == 400
    assert not db.appointments.count_documents({})


def test_nothing_personal_is_kept_by_caches(client: FlaskClient, db: Database) -> None:
    visitor.book(client, bookings.add_slot(db))
    for path in ("/appointment", "/appointment/calendar.ics", "/find"):
        assert client.get(path).headers["Cache-Control"] == "no-store"
