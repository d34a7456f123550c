"""Who gets which place, whatever is asked: what must hold of every draw."""

import dataclasses
import random
from collections import Counter

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.booking.model import draw
from services.booking.model.draw import allocation
from tests.unit.booking.draw import draws


def any_draw(test):
    found = given(entries=draws.entries, slots=draws.capacities, rule=draws.rules, key=draws.keys)
    return settings(max_examples=60)(found(test))


@any_draw
def test_every_entry_has_one_outcome_a_place_or_a_number(entries, slots, rule, key):
    outcomes = allocation.allocate(entries, slots, rule, key)
    assert [one.id for one in outcomes] == sorted(entry.id for entry in entries)
    assert all((one.slot is None) == (one.share is None) != (one.waitlist is None) for one in outcomes)
    numbers = sorted(one.waitlist for one in outcomes if one.waitlist)
    assert numbers == list(range(1, len(numbers) + 1))


@any_draw
def test_no_slot_has_more_people_than_places_and_families_are_whole(entries, slots, rule, key):
    left = draws.free(slots, entries, allocation.allocate(entries, slots, rule, key))
    assert all(places >= 0 for places in left.values())


@any_draw
def test_everybody_is_where_they_asked_to_be(entries, slots, rule, key):
    placed = draws.slots_of(allocation.allocate(entries, slots, rule, key))
    assert all(placed[entry.id] in draws.wishes(entry, slots) for entry in entries if entry.id in placed)


@any_draw
def test_nobody_could_be_moved_to_a_place_they_like_better_that_is_left_free(entries, slots, rule, key):
    outcomes = allocation.allocate(entries, slots, rule, key)
    placed, left = draws.slots_of(outcomes), draws.free(slots, entries, outcomes)
    for entry in entries:
        wishes = draws.wishes(entry, slots)
        better = wishes[: wishes.index(placed[entry.id])] if entry.id in placed else wishes
        assert all(left[slot] < entry.party for slot in better)


@any_draw
def test_the_same_inputs_in_any_order_give_the_same_result(entries, slots, rule, key):
    others = random.Random(key)
    turned = draw.Rule(rule.waiting, rule.chance, dict(reversed(rule.minimums.items())))
    shuffled = others.sample(entries, len(entries)), others.sample(slots, len(slots)), turned
    assert allocation.allocate(*shuffled, key) == allocation.allocate(entries, slots, rule, key)


@given(entries=draws.entries, slots=draws.capacities, rule=draws.rules, key=draws.keys, data=st.data())
def test_nobody_gains_by_asking_for_other_than_they_want(entries, slots, rule, key, data):
    """As for one slot only, or in another order: whatever the others do."""
    assume(entries)
    who = data.draw(st.sampled_from(entries))
    told = st.lists(st.sampled_from(draws.CHOICES), min_size=1, unique=True).map(tuple)
    lie = dataclasses.replace(who, choices=data.draw(told))
    others = [entry for entry in entries if entry is not who]
    wishes = draws.wishes(who, slots)

    def rank(entry: draw.Entry) -> int:
        slot = draws.slots_of(allocation.allocate([*others, entry], slots, rule, key)).get(who.id)
        return wishes.index(slot) if slot in wishes else len(wishes)

    assert rank(who) <= rank(lie)


@any_draw
def test_a_minimum_is_met_or_nobody_else_who_states_the_need_could_be_placed(entries, slots, rule, key):
    outcomes = allocation.allocate(entries, slots, rule, key)
    placed, left = draws.slots_of(outcomes), draws.free(slots, entries, outcomes)
    for need, least in rule.minimums.items():
        if sum(entry.party for entry in entries if need in entry.needs and entry.id in placed) < least:
            out = [entry for entry in entries if need in entry.needs and entry.id not in placed]
            assert all(left[slot] < entry.party for entry in out for slot in draws.wishes(entry, slots))


@given(keys=st.lists(draws.keys, min_size=1, max_size=3))
def test_minimums_are_met_when_there_are_enough_who_state_the_need(keys):
    entries = draws.people(60)
    entries[:8] = [dataclasses.replace(entry, needs=("medical",)) for entry in entries[:8]]
    entries[6:12] = [
        dataclasses.replace(entry, needs=tuple(sorted({*entry.needs, "young"}))) for entry in entries[6:12]
    ]
    rule = draw.Rule(minimums={"medical": 4, "young": 4})
    for key in keys:
        placed = draws.slots_of(allocation.allocate(entries, [draws.a_slot(places=20)], rule, key))
        by_need = Counter(need for entry in entries if entry.id in placed for need in entry.needs)
        assert by_need["medical"] >= 4
        assert by_need["young"] >= 4


@given(key=draws.keys, least=st.integers(1, 10), with_need=st.integers(1, 40))
def test_a_minimum_that_chance_meets_by_itself_changes_nobodys_luck(key, least, with_need):
    entries = draws.people(40)
    entries[:with_need] = [dataclasses.replace(entry, needs=("medical",)) for entry in entries[:with_need]]
    slots = [draws.a_slot(places=20)]
    by_chance = draws.slots_of(allocation.allocate(entries, slots, draw.Rule(0, 100), key))
    assume(sum(entry.id in by_chance for entry in entries[:with_need]) >= least)
    rule = draw.Rule(0, 100, {"medical": least})
    assert draws.slots_of(allocation.allocate(entries, slots, rule, key)) == by_chance


@given(key=draws.keys, waiting=draws.shares, party=st.sampled_from((1, 2, 4)), least=st.integers(1, 10))
def test_the_shares_are_kept_to_within_one_party(key, waiting, party, least):
    slots = [draws.a_slot(number, places=8) for number in range(10)]
    rule = draw.Rule(waiting, 100 - waiting, {"medical": least} if least <= 80 * (100 - waiting) / 100 else {})
    newcomers, waiters = draws.people(120, party=party), draws.people(240, waited=1, party=party)[120:]
    newcomers[:20] = [dataclasses.replace(entry, needs=("medical",)) for entry in newcomers[:20]]
    given_to = Counter(one.share for one in allocation.allocate(newcomers + waiters, slots, rule, key) if one.slot)
    of_waiting = party * given_to["waiting"]
    of_chance = party * (given_to["chance"] + given_to["minimum"])
    assert of_waiting + of_chance == 80
    assert abs(of_waiting - 80 * waiting / 100) <= party


def test_who_waited_longest_comes_first_in_their_share():
    entries = [*draws.people(30), *(draws.an_entry(f"waited-{n}", waited=n) for n in range(1, 11))]
    outcomes = allocation.allocate(entries, [draws.a_slot(places=10)], draw.Rule(), "key")
    of_waiting = {one.id for one in outcomes if one.share == "waiting"}
    by_chance = {one.id for one in outcomes if one.share == "chance"}
    longest = [f"waited-{n}" for n in range(10, 0, -1) if f"waited-{n}" not in by_chance]
    assert of_waiting == set(longest[:5])


def test_what_one_share_does_not_need_the_other_has():
    slots = [draws.a_slot(places=10)]
    nobody_waited = allocation.allocate(draws.people(30), slots, draw.Rule(100, 0), "key")
    assert Counter(one.share for one in nobody_waited) == {"chance": 10, None: 20}
    all_waited = allocation.allocate(draws.people(30, waited=1), slots, draw.Rule(0, 100), "key")
    assert Counter(one.share for one in all_waited) == {"chance": 10, None: 20}


def test_a_family_too_large_for_what_is_left_is_passed_over_and_first_on_the_waitlist():
    family = draws.an_entry("family", party=3)
    singles = draws.people(9)
    slots = [draws.a_slot(places=4)]
    keys = [str(number) for number in range(200)]
    passed_over = 0
    for key in keys:
        by_id = {one.id: one for one in allocation.allocate([family, *singles], slots, draw.Rule(), key)}
        before = sum(by_id[one.id].slot is not None for one in singles)
        if by_id["family"].slot is None:
            assert before == 4
            passed_over += by_id["family"].waitlist == 1
        else:
            assert before == 1
    assert passed_over > 0


def test_a_place_of_another_office_goes_to_nobody_who_did_not_ask_for_it():
    entries = draws.people(5, choices=("xela",))
    outcomes = allocation.allocate(entries, [draws.a_slot(places=3)], draw.Rule(), "key")
    assert draws.slots_of(outcomes) == {}
