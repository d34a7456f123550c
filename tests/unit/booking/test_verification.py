"""A one-time code: how long, how often, for which booking."""

from datetime import timedelta

import pytest

from services.booking import refusals
from tests import builders
from tests.builders import NOW

SOON = NOW + timedelta(minutes=1)


def test_the_right_code_verifies_and_is_the_same_answer_again() -> None:
    verified = builders.a_verification().tried(True, SOON)
    assert verified.verified_at == SOON
    assert verified.tried(True, NOW + timedelta(hours=5)) is verified


@pytest.mark.parametrize("late", [timedelta(minutes=10), timedelta(hours=1)])
def test_a_code_lasts_ten_minutes(late: timedelta) -> None:
    with pytest.raises(refusals.OneTimeCodeVoid):
        builders.a_verification().tried(True, NOW + late)
    assert builders.a_verification().tried(True, NOW + timedelta(minutes=9, seconds=59)).verified_at


def test_after_five_wrong_tries_the_right_one_is_too_late() -> None:
    tried = builders.a_verification()
    for _ in range(5):
        tried = tried.tried(False, SOON)
        assert tried.verified_at is None
    with pytest.raises(refusals.OneTimeCodeVoid):
        tried.tried(True, SOON)


@pytest.mark.parametrize(
    ("changes", "contacts", "scope", "after"),
    [
        ({"verified_at": None}, ("f1",), "s", timedelta(minutes=5)),
        ({}, ("f2",), "s", timedelta(minutes=5)),
        ({"used_by": "other"}, ("f1",), "s", timedelta(minutes=5)),
        ({}, ("f1",), "s", timedelta(days=1)),
    ],
)
def test_a_booking_is_refused_what_is_not_verified_of_another_used_or_old(changes, contacts, scope, after) -> None:
    one = builders.a_verification(**{"verified_at": SOON} | changes)
    with pytest.raises(refusals.ContactNotVerified):
        one.must_be_good(contacts, scope, NOW + after)


def test_the_very_booking_that_used_it_may_come_again() -> None:
    builders.a_verification(verified_at=SOON, used_by="s").must_be_good(("f0", "f1"), "s", SOON)


@pytest.mark.parametrize(
    ("mode", "said", "asked_for"),
    [
        ("first_come", None, False),
        ("request_window", None, True),
        ("first_come", True, True),
        ("request_window", False, False),
    ],
)
def test_where_places_are_scarce_contacts_are_verified_unless_said_otherwise(mode, said, asked_for) -> None:
    assert builders.a_pathway(mode=mode, verify_contact=said).verifies_contact is asked_for
