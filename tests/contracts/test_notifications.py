"""What notifications publishes, and what it reads of booking and referrals: both sides held to the same samples."""

import json
from pathlib import Path

import pytest

from services.booking import events as booking_events
from services.booking import people as booking_people
from services.notifications import events, handlers, render, schemas
from services.notifications.model import message
from services.referrals import events as referral_events
from tests import builders, notifications, referrals
from tests.contracts.test_referrals import shape

SAMPLES = Path(__file__).parent / "samples"
OWN = SAMPLES / "notifications"


def one_of_each() -> dict[str, dict]:
    """Each event that notifications publishes, as its functions make it today."""
    sent = notifications.a_message().sent("provider-1", None, referrals.NOW)
    failed = notifications.a_message("appointment_missed", "sms").failed("invalid_number", referrals.NOW)
    found = [
        events.message_sent(sent),
        events.message_delivered(sent.receipt(sent.hand_over_id, True, referrals.NOW)),
        events.message_failed(failed),
        events.contact_opted_out("case-1", "person-1", "sms"),
    ]
    return {event.type: event.data or {} for event in found}


@pytest.mark.parametrize("name", sorted(one_of_each()))
def test_what_is_published_is_what_every_sample_promises(name):
    """A field of a sample may never go, nor change its kind; new ones may come."""
    sample = json.loads((OWN / f"{name}.json").read_text())
    assert shape(sample).items() <= shape(one_of_each()[name]).items()


def test_every_event_has_its_sample():
    assert {path.stem for path in OWN.glob("*.json")} == set(one_of_each())


def test_every_event_is_keyed_by_its_case():
    assert events.message_sent(notifications.a_message()).key == "case-1"
    assert set(events.TOPICS) == {"notifications"}


def test_no_event_carries_personal_data():
    known = {"message_id", "person_id", "template", "channel", "reason"}
    for name, data in one_of_each().items():
        assert set(data) <= known, name


def of_booking():
    """Each event of an appointment, as booking makes it today."""
    appointment, office = builders.an_appointment(), builders.an_office()
    return [
        booking_events.appointment_booked(appointment, office, builders.a_pathway()),
        booking_events.appointment_cancelled(appointment, office, "person"),
        booking_events.appointment_arrived(appointment, office),
        booking_events.appointment_attended(appointment, office),
        booking_events.appointment_missed(appointment, office),
        booking_events.appointment_requested_again(appointment, office),
    ]


@pytest.mark.parametrize("event", of_booking(), ids=lambda event: event.type)
def test_notifications_reads_each_event_of_an_appointment(event):
    assert event.type in handlers.HANDLERS
    read = schemas.appointment.load(event.data)
    appointment = builders.an_appointment()
    assert (read["reference"], read["starts_at"]) == (appointment.reference, appointment.starts_at)
    assert (read["timezone"], read["channels"]) == (appointment.timezone, list(appointment.channels))
    assert read["office"]["name"] == builders.an_office().name


def test_a_booking_as_booking_tells_it_can_be_written_to_the_person():
    event = of_booking()[0]
    read = schemas.appointment.load(event.data)
    facts = {name: read[name] for name in handlers.FACTS} | {"sequence": 1}
    for channel in ("email", "sms"):
        for language in ("es", "en"):
            one = notifications.a_message("appointment_booked", channel, facts=facts)
            made = render.outgoing(notifications.some_settings(), one, "a@example.org", language, one.created_at)
            assert read["reference"] in made.text


def test_notifications_reads_the_people_that_booking_publishes():
    keys = builders.some_keys()
    known = booking_people.content(builders.a_booking_request())
    event = booking_events.person_changed(keys, "person-1", known)
    read = schemas.person_changed.load(event.data)
    opened = schemas.person_content.load(keys.open(read["sealed"], event.key))
    assert (opened["phone"], opened["email"]) == (known["phone"], known["email"])
    assert (opened["language"], opened["channels"]) == (known["language"], known["channels"])
    assert not {"name", "birth_date", "document", "companions", "notes"} & set(opened)
    assert {event.type, booking_events.person_erased("person-1").type} <= set(handlers.HANDLERS)


def test_notifications_reads_an_accepted_referral_without_the_partners_name():
    partner = referrals.a_partner()
    event = referral_events.referral_accepted(referrals.a_placed_referral().accept("unhcr", referrals.NOW), partner)
    assert event.type in handlers.HANDLERS
    read = schemas.referral_accepted.load(event.data)
    assert read["partner"] == {"phone": partner.phone}
    assert read["reference"] == event.data["reference"]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_version_ever_published_that_is_read_here_can_still_be_read(path):
    sample = json.loads(path.read_text())
    if path.parent.name == "booking" and path.stem.startswith("appointment."):
        schemas.appointment.load(sample)
    if path.stem == "person.changed.v1":
        schemas.person_changed.load(sample)
    if path.stem == "referral.accepted.v1":
        schemas.referral_accepted.load(sample)


def test_every_template_has_an_event_that_asks_for_it():
    text = Path(handlers.__file__).read_text()
    assert all(f'"{template}"' in text for template in message.TEMPLATES)
