"""What partners are sent by webhook and find in their feed: thin, and for ever what the samples show."""

import json

import pytest

from services.referrals import events
from tests.contracts import paths, published

SAMPLES = published.SAMPLES / "webhooks"
THIN = {"referral", "service", "priority", "answer_by", "office", "office.id", "office.name", "office.timezone"}


def one_of_each() -> dict[str, dict]:
    referral, at = published.a_placed_referral(), published.LATER
    bodies = [
        events.offer_body(referral, at),
        events.expired_body(referral, at),
        events.withdrawn_body(referral, at),
        events.test_body(at),
    ]
    return {one["type"]: one for one in bodies}


def test_every_type_has_its_sample() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(one_of_each()) == set(events.PARTNER_TYPES)


@pytest.mark.parametrize("type_", events.PARTNER_TYPES)
def test_what_partners_are_sent_is_what_its_sample_promises(type_: str) -> None:
    """A field of a sample may never go, nor change its kind; new ones may come."""
    sample = json.loads((SAMPLES / f"{type_}.json").read_text())
    assert paths.of_data(sample).items() <= paths.of_data(one_of_each()[type_]).items()


@pytest.mark.parametrize("type_", events.PARTNER_TYPES)
def test_partners_are_told_nothing_of_who_it_is(type_: str) -> None:
    body = one_of_each()[type_]
    assert set(body) == {"type", "timestamp", "data"}
    assert set(paths.of_data(body["data"])) <= THIN
