"""Bodies of booking: what is taken, what is refused, and at which field."""

from datetime import timedelta
from typing import Any

import pytest
from marshmallow import ValidationError

from services.booking import model, schemas
from shared import clock

BOOKING, REFERRAL, SLOTS = schemas.BookingIn(), schemas.ReferralIn(), schemas.SlotsQuery()


def a_body(**changes: Any) -> dict[str, Any]:
    person = {"name": "Ana Pérez", "birth_date": "1990-05-17", "phone": "5123 4567", "email": "ana@example.org"}
    return {
        "slot": "guatemala.orientation.20261124T150000Z",
        "pathway": "orientation",
        "language": "es",
        "channels": ["sms"],
        "person": person | changes.pop("person", {}),
    } | changes


def at_fault(body: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        BOOKING.load(body)
    return refused.value.messages_dict


def test_a_booking_becomes_a_request() -> None:
    request = BOOKING.load(a_body(companions=[{"name": "Luis", "birth_date": "2015-02-03"}]))
    assert isinstance(request, model.BookingRequest)
    assert (request.person.phone, request.party_size, request.channels) == ("+50251234567", 2, ("sms",))


@pytest.mark.parametrize("phone", ["+502 5123-4567", "00502 5123 4567", "(502) 51234567", "+50251234567", "51234567"])
def test_phones_are_read_however_they_are_written(phone: str) -> None:
    assert BOOKING.load(a_body(person={"phone": phone})).person.phone == "+50251234567"


@pytest.mark.parametrize(
    "phone", ["", "123", "hola", "+502 5123 4567 ext 3", "9" * 30, "+1 555", "5123\n4567", "٥" * 400]
)
def test_what_is_no_phone_is_refused(phone: str) -> None:
    assert "phone" in at_fault(a_body(person={"phone": phone}))["person"]


@pytest.mark.parametrize(
    "email",
    [
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "a b@example.org",
        "ana@example.org\r\nBcc: x@example.org",
        "ana@example.org\n",
        "ana,eva@example.org",
        "<ana@example.org>",
        "ana@exa_mple.org",
        "ana@-example.org",
        ".ana@example.org",
        "a..b@example.org",
        "ana@@example.org",
        f"{'a' * 65}@example.org",
        f"ana@{'a.' * 130}org",
        "ana@example.org\x00",
        "añá@example.org",
    ],
)
def test_what_is_no_email_address_is_refused(email: str) -> None:
    assert "email" in at_fault(a_body(person={"email": email}))["person"]


def test_plain_addresses_are_taken() -> None:
    for email in ("ana@example.org", "ana.b+c@mail.example.com.gt", "o'neil@xn--ejemplo-9za.gt", " ana@example.org "):
        assert BOOKING.load(a_body(person={"email": email})).person.email == email.strip()


def test_names_are_composed_and_single_spaced() -> None:
    assert BOOKING.load(a_body(person={"name": "  Jose\u0301   Ixcoy "})).person.name == "José Ixcoy"
    assert BOOKING.load(a_body(person={"name": "Xʼe’l K'iche' Ñandú-Ángeles"})).person.name.startswith("Xʼe")


@pytest.mark.parametrize(
    "name",
    ["", "   ", "---", "a" * 201, "Ana\nPérez", "Ana\x00", "Ana\u202egro", "\u200b\u200b", "Ana\x1b[31m", "\ufeffAna"],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    assert "name" in at_fault(a_body(person={"name": name}))["person"]


def test_a_birth_date_lies_in_the_past_and_in_living_memory() -> None:
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    for wrong in (tomorrow, "1850-01-01", "1990-02-30", "17/05/1990", "19900517", "1990-05-17T00:00:00", "", 19900517):
        assert "birth_date" in at_fault(a_body(person={"birth_date": wrong}))["person"]
    assert BOOKING.load(a_body(person={"birth_date": clock.now().date().isoformat()}))


def test_a_channel_needs_its_contact() -> None:
    assert "email" in at_fault(a_body(channels=["email"], person={"email": None}))["person"]
    assert "phone" in at_fault(a_body(channels=["sms"], person={"phone": None}))["person"]
    assert "channels" in at_fault(a_body(channels=[]))
    assert "channels" in at_fault(a_body(channels=["pigeon"]))


def test_unknown_fields_and_wrong_types_are_named() -> None:
    assert "slto" in at_fault(a_body(slto="x"))
    assert "nmae" in at_fault(a_body(person={"nmae": "x"}))["person"]
    wrong = at_fault(a_body(slot=7, channels="sms", language=["es"], companions={"name": "x"}))
    assert set(wrong) == {"slot", "channels", "language", "companions"}
    assert set(at_fault({})) == {"slot", "hold", "pathway", "language", "channels", "person"}


def test_at_most_nine_come_along_and_each_is_looked_at() -> None:
    one = {"name": "Luis", "birth_date": "2015-02-03"}
    assert "companions" in at_fault(a_body(companions=[one] * 10))
    assert at_fault(a_body(companions=[one, one | {"birth_date": "x"}]))["companions"].keys() == {1}


def test_consent_is_never_left_out() -> None:
    body = {"service": "protection", "priority": "high", "consent": {"text_version": "2026-11", "given_by": "person"}}
    for consent in (None, {}, body["consent"], body["consent"] | {"partners": []}):
        with pytest.raises(ValidationError):
            REFERRAL.load(body | {"consent": consent})
    loaded = REFERRAL.load(body | {"consent": body["consent"] | {"partners": ["unhcr", "unhcr"]}, "note": "Uno\r\ndos"})
    assert (loaded.partners, loaded.note) == (("unhcr",), "Uno\ndos")


def test_slots_are_asked_for_in_a_window_of_31_days() -> None:
    assert SLOTS.load({"pathway": "orientation", "from": "2026-12-01", "to": "2026-12-31"})
    for begin, end in (("2026-12-01", "2027-01-01"), ("2026-12-02", "2026-12-01"), ("0001-01-01", "0001-01-01")):
        with pytest.raises(ValidationError):
            SLOTS.load({"pathway": "orientation", "from": begin, "to": end})
