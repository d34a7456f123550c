"""What each reader takes out of others' events: from every golden sample, and no more than it needs."""

from datetime import timedelta
from typing import Any

import pytest
from marshmallow import EXCLUDE, Schema

from services.booking import events as booking_events
from services.booking import schemas as booking
from services.booking.model.mass_cancellation import REASONS
from services.notifications import handlers, render
from services.notifications import schemas as notifications
from services.notifications.model import message
from services.referrals import schemas as referrals
from tests import builders
from tests import notifications as notification_builders
from tests.contracts import published

APPOINTMENT = [type_ for type_ in published.DEFINITIONS if type_.startswith("appointment.")]
REQUEST = [type_ for type_ in published.DEFINITIONS if type_.startswith("request.")]
OF_A_REFERRAL = [
    type_ for type_, one in published.DEFINITIONS.items() if one.topic == "referrals" and type_.startswith("referral.")
]
# reader's schema -> the types that it is used for
READ: list[tuple[type[Schema], list[str]]] = [
    (booking.ReferralRead, OF_A_REFERRAL),
    (booking.MessageFailedRead, ["message.failed.v1"]),
    (booking.OptedOutRead, ["contact.opted_out.v1"]),
    (referrals.ReferralRequestedRead, ["referral.requested.v1"]),
    (referrals.PersonChangedRead, ["person.changed.v1"]),
    (notifications.Appointment, APPOINTMENT),
    (notifications.VerificationRequested, ["verification.requested.v1"]),
    (notifications.Request, REQUEST),
    (notifications.ReferralAccepted, ["referral.accepted.v1"]),
    (notifications.PersonChanged, ["person.changed.v1"]),
]
INSIDE = [referrals.PersonRead, notifications.PersonContent]


def read(schema: type[Schema], type_: str) -> Any:
    return schema().load(published.sample(type_).value or {})


@pytest.mark.parametrize(("schema", "types"), READ, ids=lambda one: getattr(one, "__name__", ""))
def test_a_reader_takes_every_version_ever_published(schema: type[Schema], types: list[str]) -> None:
    assert types
    for type_ in types:
        assert read(schema, type_)


@pytest.mark.parametrize(("schema", "types"), READ, ids=lambda one: getattr(one, "__name__", ""))
def test_a_reader_takes_fields_that_come_later(schema: type[Schema], types: list[str]) -> None:
    for type_ in types:
        assert schema().load((published.sample(type_).value or {}) | {"of_tomorrow": 1}) == read(schema, type_)
    assert schema().unknown == EXCLUDE


@pytest.mark.parametrize("schema", INSIDE)
def test_a_reader_takes_what_is_sealed_of_a_person(schema: type[Schema]) -> None:
    opened = opened_sample()
    found: Any = schema().load(opened | {"of_tomorrow": 1})
    assert found == {name: opened[name] for name in found}


def test_notifications_takes_nothing_of_a_person_but_how_to_reach_them() -> None:
    assert set(notifications.PersonContent().load(opened_sample())) == {"phone", "email", "language", "channels"}


def test_notifications_takes_a_contact_that_is_to_be_verified() -> None:
    sample = published.sample("contact.given.v1")
    opened = published.PEOPLE_KEYS.open((sample.value or {})["sealed"], sample.key)
    assert notifications.ContactGiven().load(opened | {"of_tomorrow": 1}) == opened
    assert notifications.PersonChanged().load(sample.value or {})["person_id"] == sample.key


def test_notifications_does_not_take_the_partners_name() -> None:
    assert set(read(notifications.ReferralAccepted, "referral.accepted.v1")["partner"]) == {"phone"}


def test_referrals_takes_the_whole_consent() -> None:
    told = published.sample("referral.requested.v1").value or {}
    assert set(read(referrals.ReferralRequestedRead, "referral.requested.v1")["consent"]) == set(told["consent"])


@pytest.mark.parametrize("type_", APPOINTMENT)
def test_notifications_takes_when_and_where_an_appointment_is(type_: str) -> None:
    found, appointment = read(notifications.Appointment, type_), builders.an_appointment()
    assert (found["reference"], found["starts_at"]) == (appointment.reference, appointment.starts_at)
    assert (found["timezone"], found["channels"]) == (appointment.timezone, list(appointment.channels))
    assert found["office"]["name"] == builders.an_office().name


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_booking_as_booking_tells_it_can_be_written_to_the_person(channel: str, language: str) -> None:
    told = read(notifications.Appointment, "appointment.booked.v1")
    facts = {name: told[name] for name in handlers.FACTS} | {"sequence": 1}
    one = notification_builders.a_message("appointment_booked", channel, facts=facts)
    settings = notification_builders.some_settings()
    assert told["reference"] in render.outgoing(settings, one, "a@example.org", language, one.created_at).text


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_an_offered_place_can_be_written_to_the_person(channel: str, language: str) -> None:
    told = read(notifications.Request, "request.allocated.v1")
    facts = {name: told[name] for name in (*handlers.FACTS, *handlers.OF_REQUESTS)} | {"sequence": 1}
    one = notification_builders.a_message("request_allocated", channel, facts=facts)
    text = render.outgoing(notification_builders.some_settings(), one, "a@example.org", language, one.created_at).text
    assert told["reference"] in text
    assert {"es": "hora de Guatemala", "en": "Guatemala Time"}[language] in text
    assert "08:00" in text, "until when it must be confirmed, on the office's wall"


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_place_that_is_kept_can_be_written_to_the_person(channel: str, language: str) -> None:
    told = read(notifications.AppointmentOffered, "appointment.offered.v1")
    offered = {"starts_at": told["offered_starts_at"], "confirm_by": told["answer_by"], "sequence": 1}
    facts = {name: told[name] for name in handlers.FACTS} | offered
    one = notification_builders.a_message("place_kept", channel, facts=facts)
    text = render.outgoing(notification_builders.some_settings(), one, "a@example.org", language, one.created_at).text
    assert told["reference"] in text
    assert "09:00" in text, "when it is, and until when it is kept, on the office's wall"


@pytest.mark.parametrize(
    ("channel", "language", "says"),
    [
        ("email", "es", "no tiene que hacer nada"),
        ("email", "en", "you need do nothing"),
        ("sms", "es", "vuelve a ir primero"),
        ("sms", "en", "first in line again"),
    ],
)
def test_a_kept_place_that_is_taken_away_can_be_written_to_the_person(channel: str, language: str, says: str) -> None:
    told = read(notifications.AppointmentOfferWithdrawn, "appointment.offer_withdrawn.v1")
    assert (told["status"], told["first_until"] > told["offered_starts_at"]) == ("cancelled", True)
    facts = {name: told[name] for name in (*handlers.FACTS, "status", "first_until")}
    facts |= {"starts_at": told["offered_starts_at"], "ends_at": None, "sequence": 1}
    one = notification_builders.a_message("kept_withdrawn", channel, facts=facts)
    text = render.outgoing(notification_builders.some_settings(), one, "a@example.org", language, one.created_at).text
    assert told["reference"] in text
    assert says in text
    assert "09:00" in text, "when it was, on the office's wall"


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("reason", REASONS)
def test_a_cancellation_of_many_as_booking_tells_it_can_be_written_to_the_person(
    reason: str, channel: str, language: str
) -> None:
    appointment, office = builders.an_appointment(), builders.an_office()
    event = booking_events.appointment_cancelled(appointment, office, "office", reason_code=reason, rebook=True)
    told: Any = notifications.Appointment().load(event.data or {})
    assert (told["reason_code"], told["rebook"]) == (reason, True)
    facts = {name: told[name] for name in (*handlers.FACTS, *handlers.OF_MANY)} | {"sequence": 2}
    one = notification_builders.a_message("office_cancelled", channel, facts=facts)
    written = render.outgoing(notification_builders.some_settings(), one, "x", language, one.created_at).text
    assert notification_builders.some_settings().booking_public_url in written
    if channel == "email":
        assert {"es": "Lo sentimos", "en": "We are sorry"}[language] in written


@pytest.mark.parametrize(
    ("channel", "language", "first"),
    [
        ("email", "es", "se la ofrecemos a usted antes que a los demás"),
        ("email", "en", "we offer it to you before others"),
        ("sms", "es", "usted va primero"),
        ("sms", "en", "you are first"),
    ],
)
def test_who_comes_before_others_is_told_so_with_the_cancellation(channel: str, language: str, first: str) -> None:
    off = builders.an_appointment().call_off(builders.NOW, "m", "office_closed", builders.NOW + timedelta(days=30))
    event = booking_events.appointment_cancelled(
        off, builders.an_office(), "office", reason_code="office_closed", rebook=True
    )
    told: Any = notifications.Appointment().load(event.data or {})
    facts = {name: told[name] for name in (*handlers.FACTS, *handlers.OF_MANY)} | {"sequence": 2}
    one = notification_builders.a_message("office_cancelled", channel, facts=facts)
    written = render.outgoing(notification_builders.some_settings(), one, "x", language, one.created_at)
    assert first in written.text
    assert first in written.html or channel == "sms"


def test_every_template_is_some_events() -> None:
    text = (published.SAMPLES.parents[2] / "services/notifications/handlers.py").read_text()
    assert all(f'"{template}"' in text for template in message.TEMPLATES)


def opened_sample() -> dict[str, Any]:
    sample = published.sample("person.changed.v1")
    return published.PEOPLE_KEYS.open((sample.value or {})["sealed"], sample.key)
