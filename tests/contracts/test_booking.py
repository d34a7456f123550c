"""What booking publishes, and what it reads of referrals and notifications: both sides held to the same samples."""

import json
from pathlib import Path

import pytest

from services.booking import events, handlers, people, schemas
from services.notifications import events as notification_events
from services.referrals import events as referral_events
from shared.events import Event
from tests import builders
from tests.contracts.test_referrals import shape

SAMPLES = Path(__file__).parent / "samples"
OWN = SAMPLES / "booking"
PERSON = "9a1c2b3d-4e5f-4a6b-8c7d-1e2f3a4b5c03"


def one_of_each() -> dict[str, dict | None]:
    """Each event that booking publishes, as its functions make it today."""
    appointment, office = builders.an_appointment(), builders.an_office()
    asked = builders.a_referral_request(languages=("mam", "es"))
    referral = asked.made(builders.NOW, "clerk-1", "es", {"scope": "s", "body": "b"})
    known = people.content(builders.a_booking_request())
    found = [
        events.appointment_booked(appointment, office, builders.a_pathway()),
        events.appointment_cancelled(appointment, office, "person"),
        events.appointment_arrived(appointment, office),
        events.appointment_attended(appointment, office),
        events.appointment_missed(appointment, office),
        events.appointment_requested_again(appointment, office),
        events.referral_requested(appointment, office, referral),
        events.person_changed(builders.some_keys(), PERSON, known),
        events.person_erased(PERSON),
    ]
    return {event.type: event.data for event in found}


def known_of_a_person() -> dict:
    """What lies in the sealed box of `person.changed.v1`."""
    return people.content(builders.a_booking_request())


@pytest.mark.parametrize("name", sorted(one_of_each()))
def test_what_is_published_is_what_every_sample_promises(name: str) -> None:
    """A field of a sample may never go, nor change its kind; new ones may come."""
    sample, today = json.loads((OWN / f"{name}.json").read_text()), one_of_each()[name]
    assert (sample is None) == (today is None)
    assert shape(sample or {}).items() <= shape(today or {}).items()


def test_what_is_sealed_of_a_person_is_what_its_sample_promises() -> None:
    sample = json.loads((OWN / "person.changed.v1.opened.json").read_text())
    assert shape(sample).items() <= shape(known_of_a_person()).items()


def test_every_event_has_its_sample() -> None:
    assert {path.stem for path in OWN.glob("*.json")} == {*one_of_each(), "person.changed.v1.opened"}


def test_no_event_carries_personal_data() -> None:
    forbidden = {"name", "birth_date", "phone", "email", "document", "person", "note", "notes", "companions"}
    for name, data in one_of_each().items():
        found = {path for path in shape(data or {}) if not path.startswith("office")}
        assert not forbidden & {path.split(".")[-1] for path in found}, name


REFERRALS = sorted(path.stem for path in (SAMPLES / "referrals").glob("referral.*.json"))


@pytest.mark.parametrize("name", REFERRALS)
def test_booking_reads_whatever_referrals_says_of_a_referral(name: str) -> None:
    data = json.loads((SAMPLES / "referrals" / f"{name}.json").read_text())
    assert schemas.ReferralRead().load(data)["referral_id"] == data["referral_id"]
    assert name in handlers.HANDLERS


def test_booking_reads_what_notifications_says_of_contacts() -> None:
    failed = json.loads((SAMPLES / "notifications" / "message.failed.v1.json").read_text())
    assert schemas.MessageFailedRead().load(failed)["reason"]
    told: Event = notification_events.contact_opted_out("case-1", "person-1", "sms")
    assert schemas.OptedOutRead().load(told.data or {}) == {"person_id": "person-1", "channel": "sms"}
    assert {"message.failed.v1", told.type} <= set(handlers.HANDLERS)


def test_every_topic_that_booking_reads_is_somebodys() -> None:
    assert set(handlers.TOPICS) == {*referral_events.TOPICS, *notification_events.TOPICS}
