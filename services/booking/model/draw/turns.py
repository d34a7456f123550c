"""Whose turn it is: two lists, of those who waited longest and of chance alone, served by turns in their shares."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.booking.model.draw import published
from services.booking.model.draw.entry import Entry
from services.booking.model.draw.rule import Rule

WAITING, CHANCE = "waiting", "chance"


@dataclass(frozen=True)
class Lists:
    """Everybody is in the list of chance; who has waited is in both, with a ticket of its own in each."""

    waiting: tuple[Entry, ...]
    chance: tuple[Entry, ...]


def lists(entries: Iterable[Entry], rule: Rule, key: str) -> Lists:
    everybody = tuple(entries)
    waited = [entry for entry in everybody if entry.waited and rule.waiting]
    return Lists(
        waiting=tuple(sorted(waited, key=lambda entry: (-entry.waited, ticket(key, WAITING, entry.id)))),
        chance=tuple(sorted(everybody, key=lambda entry: ticket(key, CHANCE, entry.id))),
    )


def ticket(key: str, purpose: str, id: str) -> str:
    return published.digest(key, purpose, id)


def take(both: Lists, rule: Rule, give: Callable[[Entry, str], bool], chance_has: int = 0) -> None:
    """Goes through both lists to their ends. `give` says whether the entry got something; only that counts."""
    left = {WAITING: deque(both.waiting), CHANCE: deque(both.chance)}
    given = {WAITING: 0, CHANCE: chance_has}
    while any(left.values()):
        waiting_is_behind = given[WAITING] * rule.chance <= given[CHANCE] * rule.waiting
        turn = WAITING if left[WAITING] and (waiting_is_behind or not left[CHANCE]) else CHANCE
        entry = left[turn].popleft()
        if give(entry, turn):
            given[turn] += entry.party
