"""A day's list, as it is searched and narrowed: in memory, since names are sealed, and never by an address."""

from dataclasses import dataclass
from typing import Any

from services.booking import model, people
from shared import codes

Row = dict[str, Any]  # `appointment` and its `person`, opened (None when erased)


@dataclass(frozen=True)
class Sought:
    """`text`: a reference, or words that all begin a part of the name of the person or of somebody who comes along."""

    text: str = ""
    pathway: str | None = None
    status: str | None = None

    def among(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if self._fits(row["appointment"]) and self._is_found(row)]

    def _fits(self, one: model.Appointment) -> bool:
        return self.pathway in (None, one.pathway_id) and self.status in (None, one.status)

    def _is_found(self, row: Row) -> bool:
        if not self.text.strip():
            return True
        if codes.read_reference(self.text) == row["appointment"].reference:
            return True
        person = row["person"] or {}
        names = [person.get("name", ""), *(one["name"] for one in person.get("companions", ()))]
        return any(_begin(people.plain(self.text).split(), people.plain(name).split()) for name in names)


def _begin(words: list[str], parts: list[str]) -> bool:
    return all(any(part.startswith(word) for part in parts) for word in words)
