"""What is published of entries, capacity and rule, and what is refused before it is."""

import dataclasses
from datetime import timedelta

import pytest

from services.booking import refusals
from services.booking.model import draw
from services.booking.model.draw import capacity, entry
from tests.unit.booking.draw import draws


def test_entries_are_published_by_id_with_nothing_but_their_classes():
    asked = [draws.an_entry("b", party=2, choices=("xela/morning", "xela")), draws.an_entry("a", 1, 3, ("medical",))]
    assert entry.publish(asked).splitlines() == [
        '{"choices":["guatemala","xela"],"id":"a","needs":["medical"],"party":1,"waited":3}',
        '{"choices":["xela/morning","xela"],"id":"b","needs":[],"party":2,"waited":0}',
    ]


def test_slots_and_rule_are_published_in_one_form():
    assert capacity.publish([draws.a_slot(1, places=2)]) == (
        '{"id":"slot-1","office":"guatemala","part":"morning","places":2,"starts_at":"2026-12-08T14:30:00Z"}\n'
    )
    rule = draw.Rule(40, 60, {"young": 1, "medical": 2})
    assert rule.publish() == '{"chance":60,"minimums":{"medical":2,"young":1},"waiting":40}\n'


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "a b"},
        {"id": ""},
        {"id": "é"},
        {"party": 0},
        {"waited": -1},
        {"choices": ()},
        {"choices": ("xela", "xela")},
        {"choices": ("xela/",)},
        {"choices": ("xela/a/b",)},
        {"choices": ('xela"',)},
        {"needs": ("young", "medical")},
        {"needs": ("medical", "medical")},
    ],
)
def test_what_could_be_written_in_two_ways_is_no_entry(wrong):
    with pytest.raises(ValueError, match="entry"):
        dataclasses.replace(draws.an_entry("a"), **wrong)


@pytest.mark.parametrize("wrong", [{"places": 0}, {"office": "a/b"}, {"part": ""}])
def test_what_could_not_be_chosen_is_no_slot(wrong):
    with pytest.raises(ValueError, match="slot"):
        dataclasses.replace(draws.a_slot(), **wrong)


@pytest.mark.parametrize(
    ("rule", "at_fault"),
    [
        ({"waiting": 50, "chance": 49}, {"waiting", "chance"}),
        ({"waiting": 101, "chance": -1}, {"waiting", "chance"}),
        ({"waiting": 33.5, "chance": 66.5}, {"waiting", "chance"}),
        ({"minimums": {"medical": 0}}, {"minimums.medical"}),
        ({"minimums": {"medical": 1, "young": 1.5}}, {"minimums.young"}),
        ({"minimums": {"a need": 1}}, {"minimums"}),
        ({"waiting": 1, "minimums": {"medical": -1}}, {"waiting", "chance", "minimums.medical"}),
    ],
)
def test_a_rule_says_what_is_wrong_with_it(rule, at_fault):
    with pytest.raises(refusals.UnfitRule) as refused:
        draw.Rule(**rule)
    assert set(refused.value.errors) == at_fault


def test_minimums_are_a_part_of_the_share_of_chance():
    slots = [draws.a_slot(places=10)]
    draw.Rule(minimums={"medical": 3, "young": 2}).must_fit(slots)
    with pytest.raises(refusals.UnfitRule) as refused:
        draw.Rule(minimums={"medical": 3, "young": 3}).must_fit(slots)
    assert list(refused.value.errors) == ["minimums"]


def test_who_is_alone_in_their_classes_is_found():
    two = draws.people(2, party=2)
    lonely = [draws.an_entry("x", party=3), draws.an_entry("y", party=2, choices=("xela", "guatemala"))]
    assert entry.alone([*two, *lonely]) == tuple(lonely)


# --- the commitment

SOURCE = draw.Drand.not_before(draws.CLOSE + timedelta(minutes=10))
SLOTS = [draws.a_slot()]


def commit(entries=None, slots=None, rule=None, source=None) -> draw.Commitment:
    return draw.commit(
        "orientation-2026-12",
        draws.CLOSE,
        entries or draws.people(5),
        slots or SLOTS,
        rule or draw.Rule(),
        source or SOURCE,
    )


def test_the_hash_hangs_on_all_that_is_fixed():
    hashes = {
        commit().hash,
        commit(entries=draws.people(6)).hash,
        commit(entries=draws.people(5, waited=1)).hash,
        commit(slots=[draws.a_slot(places=4)]).hash,
        commit(rule=draw.Rule(49, 51)).hash,
        commit(source=draw.Drand(SOURCE.round + 1)).hash,
        dataclasses.replace(commit(), draw="orientation-2027-01").hash,
        dataclasses.replace(commit(), closed_at=draws.CLOSE + timedelta(seconds=1)).hash,
    }
    assert len(hashes) == 8
    assert commit(entries=draws.people(5)[::-1]).hash in hashes


def test_an_id_twice_is_refused():
    with pytest.raises(ValueError, match="entries have the same id"):
        commit(entries=draws.people(2) * 2)
    with pytest.raises(ValueError, match="slots have the same id"):
        commit(slots=SLOTS * 2)


def test_a_need_without_a_minimum_is_not_told_of_anybody():
    with pytest.raises(ValueError, match="must not be published"):
        commit(entries=draws.people(5, needs=("medical",)))
    commit(entries=draws.people(5, needs=("medical",)), rule=draw.Rule(minimums={"medical": 1}))


def test_a_seed_that_comes_before_the_pause_is_over_is_refused():
    with pytest.raises(refusals.UnfitSeed):
        commit(source=draw.Drand(SOURCE.round - 1))


def test_only_what_was_committed_to_is_drawn():
    entries, commitment = draws.people(5), commit()
    seed = SOURCE.entered("0" * 64, "0" * 64)
    assert len(draws.slots_of(draw.hold(commitment, entries, SLOTS, draw.Rule(), seed))) == 3
    for changed in (
        (draws.people(6), SLOTS, draw.Rule()),
        (entries, [draws.a_slot(places=4)], draw.Rule()),
        (entries, SLOTS, draw.Rule(100, 0)),
    ):
        with pytest.raises(draw.NotAsCommitted):
            draw.hold(commitment, *changed, seed)
    elsewhere = draw.Drand(SOURCE.round + 1).entered("0" * 64, "0" * 64)
    with pytest.raises(draw.NotAsCommitted):
        draw.hold(commitment, entries, SLOTS, draw.Rule(), elsewhere)


def test_one_seed_orders_two_draws_differently():
    """So who has luck in one draw has not, for that, in another of the same round."""
    entries = draws.people(20)
    seed = SOURCE.entered("0" * 64, "0" * 64)
    other = dataclasses.replace(commit(entries=entries), draw="orientation-2027-01")
    held = [draw.hold(one, entries, SLOTS, draw.Rule(), seed) for one in (commit(entries=entries), other)]
    assert draws.slots_of(held[0]) != draws.slots_of(held[1])
