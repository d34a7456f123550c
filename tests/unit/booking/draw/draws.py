"""Draws as tests need them: entries, slots and rules, as Hypothesis finds them or of one kind."""

import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from services.booking.model import draw

CLOSE = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
DAY = datetime(2026, 12, 8, 14, 0, tzinfo=UTC)
OFFICES, PARTS = ("guatemala", "xela"), ("morning", "afternoon")
CHOICES = (*OFFICES, *(f"{office}/{part}" for office in OFFICES for part in PARTS))
EVERYWHERE = OFFICES
NEEDS = ("medical", "young")


def opaque(number: int) -> str:
    """An id that says nothing of the number, and is the same in every run."""
    return hashlib.sha256(f"entry {number}".encode()).hexdigest()[:16]


def an_entry(id: str, party: int = 1, waited: int = 0, needs: tuple[str, ...] = (), choices=EVERYWHERE) -> draw.Entry:
    return draw.Entry(id, party, choices, waited, needs)


def a_slot(
    number: int = 0, places: int = 3, office: str = OFFICES[0], part: str = PARTS[0], at: int | None = None
) -> draw.Slot:
    """The `at`th half hour of the day; without it the later the higher its number."""
    starts_at = DAY + timedelta(minutes=30 * (number if at is None else at))
    return draw.Slot(f"slot-{number}", office, part, starts_at, places)


def people(number: int, **of_each: object) -> list[draw.Entry]:
    return [an_entry(opaque(one), **of_each) for one in range(number)]


classes = st.builds(
    an_entry,
    id=st.just("later"),
    party=st.integers(1, 5),
    waited=st.integers(0, 3),
    needs=st.sets(st.sampled_from(NEEDS)).map(lambda needs: tuple(sorted(needs))),
    choices=st.lists(st.sampled_from(CHOICES), min_size=1, max_size=4, unique=True).map(tuple),
)


entries = st.lists(classes, max_size=25).map(
    lambda found: [
        an_entry(opaque(number), one.party, one.waited, one.needs, one.choices) for number, one in enumerate(found)
    ]
)
capacities = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(OFFICES), st.sampled_from(PARTS), st.integers(0, 3)),
    min_size=1,
    max_size=8,
).map(lambda found: [a_slot(number, *one) for number, one in enumerate(found)])
shares = st.integers(0, 100)
minimums = st.dictionaries(st.sampled_from(NEEDS), st.integers(1, 6))
rules = st.builds(
    lambda waiting, least: draw.Rule(waiting, 100 - waiting, least),
    shares,
    minimums,
)
keys = st.integers(0, 10**9).map(str)


def slots_of(outcomes: tuple[draw.Outcome, ...]) -> dict[str, str]:
    """id -> slot, of those drawn."""
    return {one.id: one.slot for one in outcomes if one.slot is not None}


def free(slots: list[draw.Slot], entries: list[draw.Entry], outcomes: tuple[draw.Outcome, ...]) -> dict[str, int]:
    """What is left in each slot."""
    left = {slot.id: slot.places for slot in slots}
    party = {entry.id: entry.party for entry in entries}
    for id, slot in slots_of(outcomes).items():
        left[slot] -= party[id]
    return left


def wishes(entry: draw.Entry, slots: list[draw.Slot]) -> list[str]:
    """The slots that suit an entry, what it likes best first; none twice."""
    by_start = sorted(slots, key=lambda slot: (slot.starts_at, slot.id))
    found = [slot.id for choice in entry.choices for slot in by_start if choice in slot.choices]
    return list(dict.fromkeys(found))
