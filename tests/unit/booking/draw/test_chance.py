"""That chance is chance: over many fixed seeds nobody has an advantage by when they asked, or by their id.

Chi-squared, of draws without replacement: with n entries of which each draw takes the same number, the sum of
(drawn - expected)² / (expected · (1 - p) · n / (n - 1)) is distributed so, with n - 1 degrees of freedom. The seeds are
fixed, so a test is right always or never; the limits are those that chance passes once in a thousand times.
"""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from services.booking.model import draw
from services.booking.model.draw import allocation
from tests.unit.booking.draw import draws

ENTRIES, PLACES, DRAWS = 20, 5, 500
ONE_IN_A_THOUSAND = 43.82  # chi-squared, 19 degrees of freedom


def chi_squared(drawn: Counter[int], draws_held: int) -> float:
    expected = sum(drawn.values()) / ENTRIES
    variance = expected * (1 - expected / draws_held) * ENTRIES / (ENTRIES - 1)
    return sum((drawn[number] - expected) ** 2 for number in range(ENTRIES)) / variance


def lucky(ids: list[str], rule: draw.Rule, **of_each: object) -> Counter[int]:
    """How often each was drawn, by the order of asking."""
    entries = [draws.an_entry(id, **of_each) for id in ids]
    slots = [draws.a_slot(number, places=1) for number in range(PLACES)]
    number_of = {id: number for number, id in enumerate(ids)}
    held = [draws.slots_of(allocation.allocate(entries, slots, rule, f"seed {seed}")) for seed in range(DRAWS)]
    return Counter(number_of[id] for placed in held for id in placed)


IDS: dict[str, Callable[[int], str]] = {
    "opaque, in the order of asking": draws.opaque,
    "counted, as they should not be": lambda number: f"{number:06}",
    "of one letter, repeated": lambda number: "a" * (number + 1),
    "falling": lambda number: f"z{99 - number}",
}


@pytest.mark.parametrize("kind", IDS)
def test_nobody_has_an_advantage_by_the_order_of_asking_or_by_their_id(kind):
    ids = [IDS[kind](number) for number in range(ENTRIES)]
    assert chi_squared(lucky(ids, draw.Rule()), DRAWS) < ONE_IN_A_THOUSAND


def test_nor_by_the_order_of_ids():
    ids = sorted(draws.opaque(number) for number in range(ENTRIES))
    assert chi_squared(lucky(ids, draw.Rule()), DRAWS) < ONE_IN_A_THOUSAND


@pytest.mark.parametrize("waiting", [0, 50, 100])
def test_who_waited_equally_long_has_the_same_chance(waiting):
    ids = [draws.opaque(number) for number in range(ENTRIES)]
    assert chi_squared(lucky(ids, draw.Rule(waiting, 100 - waiting), waited=2), DRAWS) < ONE_IN_A_THOUSAND


def test_who_states_the_same_need_has_the_same_chance():
    ids = [draws.opaque(number) for number in range(ENTRIES)]
    drawn = lucky(ids, draw.Rule(50, 50, {"medical": 2}), needs=("medical",), waited=1)
    assert chi_squared(drawn, DRAWS) < ONE_IN_A_THOUSAND


def test_the_test_would_find_an_advantage():
    """A draw in which the first who asked were luckier by a fifth."""
    others = random.Random(1)
    drawn: Counter[int] = Counter()
    for _ in range(DRAWS):
        order = sorted(range(ENTRIES), key=lambda number: others.random() * (0.8 if number < 5 else 1))
        drawn.update(order[:PLACES])
    assert chi_squared(drawn, DRAWS) > ONE_IN_A_THOUSAND


def test_a_large_party_has_no_better_odds_than_a_small_one():
    drawn: Counter[int] = Counter()
    entries = [draws.an_entry(draws.opaque(number), party=1 + number % 4) for number in range(320)]
    slots = [draws.a_slot(number, places=8) for number in range(20)]
    party = {entry.id: entry.party for entry in entries}
    for seed in range(80):
        drawn.update(party[id] for id in draws.slots_of(allocation.allocate(entries, slots, draw.Rule(), str(seed))))
    assert drawn[1] >= max(drawn.values()) >= min(drawn.values()) > 0.8 * drawn[1]


def test_of_the_places_that_both_want_newcomers_have_their_half():
    """Everybody wants one office first: the shares hold there, and not only over all offices together."""
    choices = ("guatemala", "xela")
    newcomers, waiters = draws.people(40, choices=choices), draws.people(80, waited=3, choices=choices)[40:]
    slots = [draws.a_slot(number, places=1, office=draws.OFFICES[number % 2]) for number in range(20)]
    in_guatemala = {slot.id for slot in slots if slot.office == "guatemala"}
    new = {entry.id for entry in newcomers}
    found = 0
    for seed in range(100):
        placed = draws.slots_of(allocation.allocate(newcomers + waiters, slots, draw.Rule(), str(seed)))
        found += sum(id in new for id, slot in placed.items() if slot in in_guatemala)
    assert found > 100 * len(in_guatemala) / 5  # half of the half that chance gives, where as many are new as waited
