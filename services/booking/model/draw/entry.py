"""An entry as it is published: an opaque id and the few coarse classes that the rule needs, nothing of the person."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.booking.model.draw import published


@dataclass(frozen=True)
class Entry:
    """One request of one party: one ticket in each list, whatever its size, and as many places as it has people.

    The id is made at random by the service, before the seed can be known, and told to nobody but whose it is.
    """

    id: str
    party: int
    choices: tuple[str, ...]  # "office" or "office/part", the best first
    waited: int = 0  # earlier windows without luck
    needs: tuple[str, ...] = ()  # those only that the rule has a minimum for

    def __post_init__(self) -> None:
        if not published.is_code(self.id):
            raise ValueError(f"entry {self.id!r}: this is no id")
        if self.party < 1 or self.waited < 0:
            raise ValueError(f"entry {self.id}: a party has one person or more, and nobody waited less than no window")
        if not self.choices or len(set(self.choices)) < len(self.choices):
            raise ValueError(f"entry {self.id}: there must be a choice, and none twice")
        if not all(_is_choice(choice) for choice in self.choices):
            raise ValueError(f'entry {self.id}: a choice is "office" or "office/part"')
        if not all(map(published.is_code, self.needs)) or self.needs != tuple(sorted(set(self.needs))):
            raise ValueError(f"entry {self.id}: needs are codes, in order, none twice")

    @property
    def classes(self) -> tuple[Any, ...]:
        """All that is published of it but its id."""
        return self.party, self.waited, self.needs, self.choices

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "party": self.party,
            "waited": self.waited,
            "needs": list(self.needs),
            "choices": list(self.choices),
        }


def read(row: dict[str, Any]) -> Entry:
    """A row as it was published."""
    return Entry(row["id"], row["party"], tuple(row["choices"]), row["waited"], tuple(row["needs"]))


def publish(entries: Iterable[Entry]) -> str:
    return published.rows(entry.row() for entry in entries)


def alone(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Whose classes nobody else has: who knows these of a person knows the row. A privacy officer sees them first."""
    all_of_them = tuple(entries)
    how_many = Counter(entry.classes for entry in all_of_them)
    return tuple(entry for entry in all_of_them if how_many[entry.classes] == 1)


def _is_choice(choice: str) -> bool:
    office, divided, part = choice.partition("/")
    return published.is_code(office) and (not divided or published.is_code(part))
