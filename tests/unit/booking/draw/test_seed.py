"""The seed: where it comes from, and that it is what was named."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking import refusals
from services.booking.model import draw
from services.booking.model.draw import published

# round 657413 of quicknet, as anyone may look it up
ROUND = draw.Drand(657413)
SIGNATURE = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
VALUE = "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"
ONE, OTHER = "1" * 64, "2" * 64


def fault(refused: pytest.ExceptionInfo[refusals.UnfitSeed]) -> list[str]:
    return list(refused.value.errors)


def test_a_round_of_drand_has_its_time():
    assert ROUND.comes_at == datetime(2023, 9, 15, 11, 0, 3, tzinfo=UTC)
    assert draw.Drand.not_before(ROUND.comes_at) == ROUND
    assert draw.Drand.not_before(ROUND.comes_at + timedelta(seconds=1)) == draw.Drand(657414)
    assert draw.Drand.not_before(datetime(2020, 1, 1, tzinfo=UTC)) == draw.Drand(1)
    with pytest.raises(refusals.UnfitSeed):
        draw.Drand(0)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001
def test_the_round_named_is_the_first_that_is_not_too_early(moment):
    moment = moment.replace(tzinfo=UTC)
    found = draw.Drand.not_before(moment)
    assert draw.Drand(found.round - 1).comes_at < moment <= found.comes_at


def test_a_fetched_value_is_that_of_its_signature():
    seed = ROUND.fetched(VALUE, SIGNATURE)
    assert seed.value == VALUE
    assert f"/public/{ROUND.round}" in seed.publish()
    with pytest.raises(refusals.UnfitSeed) as refused:
        ROUND.fetched(ONE, SIGNATURE)
    assert fault(refused) == ["signature"]
    with pytest.raises(refusals.UnfitSeed) as refused:
        ROUND.fetched(VALUE.upper(), SIGNATURE)
    assert fault(refused) == ["value"]


def test_two_people_enter_the_same_value():
    assert ROUND.entered(VALUE, VALUE).value == ROUND.fetched(VALUE, SIGNATURE).value
    with pytest.raises(refusals.UnfitSeed) as refused:
        ROUND.entered(VALUE, ONE)
    assert fault(refused) == ["second"]
    with pytest.raises(refusals.UnfitSeed) as refused:
        ROUND.entered(VALUE, "")
    assert fault(refused) == ["second"]


def test_the_seed_of_two_officers_is_of_both_in_their_order():
    both = draw.Officers((published.sha256(ONE), published.sha256(OTHER)))
    seed = both.revealed(ONE, OTHER)
    assert seed.value == hashlib.sha256(f"{ONE}\n{OTHER}\n".encode()).hexdigest()
    assert seed.value != draw.Officers(both.commitments[::-1]).revealed(OTHER, ONE).value


def test_an_officer_cannot_tell_other_than_what_they_committed_to():
    both = draw.Officers((published.sha256(ONE), published.sha256(OTHER)))
    for told, at_fault in (((ONE, ONE), ["second"]), ((OTHER, ONE), ["first", "second"]), (("1", OTHER), ["first"])):
        with pytest.raises(refusals.UnfitSeed) as refused:
            both.revealed(*told)
        assert fault(refused) == at_fault


def test_an_officer_cannot_copy_the_others_commitment():
    with pytest.raises(refusals.UnfitSeed) as refused:
        draw.Officers((published.sha256(ONE), published.sha256(ONE)))
    assert fault(refused) == ["second"]
