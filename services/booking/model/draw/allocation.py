"""The allocation: from entries, capacity, rule and the key of the seed to slots and waitlist. DRAW.md is its page."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.booking.model.draw import published, turns, waitlist
from services.booking.model.draw.capacity import Places, Slot
from services.booking.model.draw.entry import Entry
from services.booking.model.draw.rule import Rule

MINIMUM = "minimum"


@dataclass(frozen=True)
class Outcome:
    """Of one entry: a slot and by what it was drawn, or its number on the waitlist."""

    id: str
    slot: str | None = None
    share: str | None = None  # minimum | waiting | chance
    waitlist: int | None = None

    def row(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


def publish(outcomes: Iterable[Outcome]) -> str:
    return published.rows(outcome.row() for outcome in outcomes)


def allocate(entries: Iterable[Entry], capacity: Iterable[Slot], rule: Rule, key: str) -> tuple[Outcome, ...]:
    """One at a time chooses from what is left, so nobody gains by asking for less or other than they want."""
    lists = turns.lists(entries, rule, key)
    places = Places(capacity)
    outcomes: dict[str, Outcome] = {}

    def give(entry: Entry, share: str) -> bool:
        slot = None if entry.id in outcomes else places.take(entry.choices, entry.party)
        if slot is None:
            return False
        outcomes[entry.id] = Outcome(entry.id, slot=slot, share=share)
        return True

    of_minimums = _give_minimums(lists.chance, rule, give)
    turns.take(lists, rule, give, chance_has=of_minimums)
    for number, entry in enumerate(waitlist.order(lists, rule, without=frozenset(outcomes)), start=1):
        outcomes[entry.id] = Outcome(entry.id, waitlist=number)
    return tuple(outcomes[id] for id in sorted(outcomes))


def _give_minimums(chance: Sequence[Entry], rule: Rule, give: Callable[[Entry, str], bool]) -> int:
    """First, for the few places that suit would be gone; as a part of chance, so that it adds nothing to enough luck.

    A place counts for every need of who gets it: so the order of the needs does not matter, nor that they overlap.
    """
    given: Counter[str] = Counter()
    places = 0
    for entry in chance:
        lacks = any(given[need] < rule.minimums.get(need, 0) for need in entry.needs)
        if lacks and give(entry, MINIMUM):
            places += entry.party
            for need in entry.needs:
                given[need] += entry.party
    return places
