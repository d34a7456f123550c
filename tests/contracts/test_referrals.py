"""What referrals publishes, and what it reads of booking: both sides held to the same golden samples."""

import dataclasses
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.booking import events as booking_events
from services.booking import model as booking
from services.booking import people as booking_people
from services.referrals import events, handlers, model, schemas
from shared import clock
from tests import builders, referrals

SAMPLES = Path(__file__).parent / "samples" / "referrals"
LATER = referrals.NOW + timedelta(hours=1)


def one_of_each() -> dict[str, dict]:
    """Each event that referrals publishes, as its functions make it today."""
    consent = referrals.a_consent(id="consent-1")
    offered = referrals.a_placed_referral(id="referral-1", request_id="request-1", consent=consent)
    accepted = offered.accept("unhcr", LATER)
    declined = offered.decline("unhcr", "capacity", LATER)
    done = accepted.complete("unhcr", dataclasses.replace(accepted.offers[0], outcome="helped"), LATER)
    nobody = model.Decision(None, (model.Reason("unhcr", "capacity"),))
    found = [
        events.referral_opened(offered),
        events.referral_offered(offered),
        events.referral_accepted(accepted, referrals.a_partner()),
        events.referral_declined(declined, declined.offers[0]),
        events.referral_unplaced(declined.place(nobody, LATER)),
        events.referral_completed(done),
        events.referral_withdrawn(offered.withdraw("clerk-1", LATER), "unhcr"),
        events.consent_withdrawn(offered, ["referral-1"]),
    ]
    bodies = [
        events.offer_body(offered, LATER),
        events.expired_body(offered, LATER),
        events.withdrawn_body(offered, LATER),
        events.test_body(LATER),
    ]
    return {event.type: event.data or {} for event in found} | {f"webhook.{one['type']}": one for one in bodies}


@pytest.mark.parametrize("name", sorted(one_of_each()))
def test_what_is_published_is_what_every_sample_promises(name):
    """A field of a sample may never go, nor change its kind; new ones may come."""
    sample = json.loads((SAMPLES / f"{name}.json").read_text())
    assert shape(sample).items() <= shape(one_of_each()[name]).items()


def test_every_event_has_its_sample():
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(one_of_each())


def test_no_event_carries_personal_data():
    forbidden = {"birth_date", "email", "document", "person", "note", "notes", "companions"}
    for name, data in one_of_each().items():
        assert not forbidden & {path.split(".")[-1] for path in shape(data)}, name


def test_referrals_reads_what_booking_publishes():
    request = builders.a_referral_request()
    asked = booking.Referral(
        id="request-1",
        service=request.service,
        priority=request.priority,
        languages=("mam", "es"),
        consent=booking.Consent("consent-1", request.partners, "2026-11", "person", "clerk-1", clock.now()),
        requested_at=clock.now(),
        request={"scope": "scope", "body": "body"},
    )
    event = booking_events.referral_requested(builders.an_appointment(), builders.an_office(), asked)
    read = schemas.referral_requested.load(event.data)
    assert read["consent"]["partners"] == list(request.partners)
    assert read["office"]["region"] == "Guatemala"
    assert event.type in handlers.HANDLERS


def test_referrals_reads_the_people_that_booking_publishes():
    keys = builders.some_keys()
    companions = (booking.Companion("Luz Pérez", date(2020, 1, 2)),)
    known = booking_people.content(builders.a_booking_request(companions=companions))
    event = booking_events.person_changed(keys, "person-1", known)
    read = schemas.person_changed.load(event.data)
    opened = schemas.person.load(keys.open(read["sealed"], event.key))
    assert (opened["name"], opened["companions"]) == (known["name"], known["companions"])
    assert {event.type, booking_events.person_erased("person-1").type} <= set(handlers.HANDLERS)


def shape(data, path: str = "") -> dict[str, str]:
    """Path to kind, of every field."""
    if isinstance(data, dict):
        found = {path: "object"} if path else {}
        for name, value in data.items():
            found |= shape(value, f"{path}.{name}" if path else name)
        return found
    if isinstance(data, list):
        return {path: "list"} | (shape(data[0], f"{path}[]") if data else {})
    return {path: "null" if data is None else type(data).__name__}
