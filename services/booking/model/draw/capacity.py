"""The capacity of a draw: slots with so many places each; a party of n takes n places of one slot."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.booking.model.draw import published


@dataclass(frozen=True)
class Slot:
    id: str
    office: str
    part: str  # of the day, or as the programme divides its time: "morning", "saturday"
    starts_at: datetime
    places: int

    def __post_init__(self) -> None:
        if not all(map(published.is_code, (self.id, self.office, self.part))):
            raise ValueError(f"slot {self.id!r}: id, office and part are codes")
        if self.places < 1:
            raise ValueError(f"slot {self.id}: without a place it is none")

    @property
    def choices(self) -> tuple[str, str]:
        """Under which choices it can be given."""
        return self.office, f"{self.office}/{self.part}"

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "office": self.office,
            "part": self.part,
            "starts_at": published.instant(self.starts_at),
            "places": self.places,
        }


def read(row: dict[str, Any]) -> Slot:
    """A row as it was published."""
    return Slot(row["id"], row["office"], row["part"], datetime.fromisoformat(row["starts_at"]), row["places"])


def publish(capacity: Iterable[Slot]) -> str:
    return published.rows(slot.row() for slot in capacity)


class Places:
    """What is still free while places are given: it only ever becomes less.

    Hence a slot without room for a party never has it again, and is looked at once for each choice and size.
    """

    def __init__(self, capacity: Iterable[Slot]) -> None:
        self._free: dict[str, int] = {}
        self._slots: dict[str, list[str]] = defaultdict(list)  # choice -> slots, the earliest first
        self._passed: dict[tuple[str, int], int] = defaultdict(int)  # choice, size -> how many of them have no room
        for slot in sorted(capacity, key=lambda slot: (published.instant(slot.starts_at), slot.id)):
            self._free[slot.id] = slot.places
            for choice in slot.choices:
                self._slots[choice].append(slot.id)

    def take(self, choices: Iterable[str], party: int) -> str | None:
        """The earliest slot of the best choice that holds the whole party; None: there is none."""
        for choice in choices:
            slot = self._earliest(choice, party)
            if slot is not None:
                self._free[slot] -= party
                return slot
        return None

    def _earliest(self, choice: str, party: int) -> str | None:
        slots = self._slots.get(choice, [])
        passed = self._passed[choice, party]
        while passed < len(slots) and self._free[slots[passed]] < party:
            passed += 1
        self._passed[choice, party] = passed
        return slots[passed] if passed < len(slots) else None
