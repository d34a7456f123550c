"""The waitlist: in which order places that come free are offered, and to whom the next one is."""

from collections.abc import Collection, Iterable

from services.booking.model.draw import turns
from services.booking.model.draw.capacity import Slot
from services.booking.model.draw.entry import Entry
from services.booking.model.draw.rule import Rule


def order(lists: turns.Lists, rule: Rule, without: Collection[str]) -> list[Entry]:
    """The same turns, among those `without` a place, as though each were given what it asks."""
    waits: dict[str, Entry] = {}

    def give(entry: Entry, _: str) -> bool:
        if entry.id in without or entry.id in waits:
            return False
        waits[entry.id] = entry
        return True

    turns.take(lists, rule, give)
    return list(waits.values())


def ticket(key: str, id: str) -> str:
    """By which they come one after the other who are all the first, since the office could not keep what was theirs."""
    return turns.ticket(key, turns.CHANCE, id)


def next_for(slot: Slot, free: int, line: Iterable[Entry], lacking: Collection[str] = ()) -> Entry | None:
    """To whom `free` places of a slot are offered: the first in line whom it suits whole.

    While needs are `lacking` places of their minimum, because somebody with them gave a place back, the first of
    those who state one comes before.
    """
    suited = [entry for entry in line if entry.party <= free and not set(slot.choices).isdisjoint(entry.choices)]
    needy = (entry for entry in suited if not set(lacking).isdisjoint(entry.needs))
    return next(needy, suited[0] if suited else None)
