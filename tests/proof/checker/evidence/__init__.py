"""All that the checker goes by, read once: the clients' own logs, the datastores, postbox and partner, topics, logs and
metrics. The promises (the modules beside this package) are pure functions of it."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.proof.checker.evidence.asked import Asked
from tests.proof.checker.evidence.faults import Fault
from tests.proof.checker.evidence.leaks import Leak
from tests.proof.checker.evidence.post import Received
from tests.proof.checker.evidence.topics import Record
from tests.proof.clients.people import Case, Words, case

Rows = list[dict[str, Any]]


@dataclass
class Evidence:
    """`data`: service to collection to rows. `persons`: service to person id to the case number of whoever is in the
    sealed box under that id. `committed` and `ends`: (service, topic, partition) and (topic, partition) to offset."""

    seed: int
    asked: list[Asked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    data: dict[str, dict[str, Rows]] = field(default_factory=dict)
    persons: dict[str, dict[str, int]] = field(default_factory=dict)
    office: dict[str, Any] = field(default_factory=dict)  # what there was to be given, as the set-up made it
    draws: dict[str, dict[str, str]] = field(default_factory=dict)  # id to the published files by name, and the `hash`
    webhooks: Rows = field(default_factory=list)  # what the partner says it received, in that order
    partner_cases: Rows = field(default_factory=list)  # and where each case stands there
    records: list[Record] = field(default_factory=list)
    committed: dict[tuple[str, str, int], int] = field(default_factory=dict)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    leaks: list[Leak] = field(default_factory=list)
    read_at: float = 0.0

    @property
    def words(self) -> Words:
        return Words.of(self.seed)

    def case(self, number: int) -> Case:
        return case(self.seed, number)

    def rows(self, service: str, collection: str) -> Rows:
        return self.data.get(service, {}).get(collection, [])

    @staticmethod
    def rows_of(text: str) -> Rows:
        """Of a published file."""
        return [json.loads(line) for line in text.splitlines()]

    def slot_of(self, booking: Asked) -> str:
        """What was booked, also where that was a hold."""
        return booking.sent.get("slot") or self._held.get(booking.sent.get("hold"), "")

    @property
    def _held(self) -> dict[str, str]:
        return {one.body["id"]: one.sent["slot"] for one in self.accepted("hold")}

    def places_for(self, booking: Asked) -> int:
        """Where each who comes has a place of their own, as many as they are."""
        each = booking.sent["pathway"] in self.office.get("place_per_person", ())
        return 1 + len(booking.sent["companions"]) if each else 1

    def accepted(self, *what: str) -> list[Asked]:
        answered = [one for one in self.asked if one.what in what and one.status is not None]
        return [one for one in answered if one.status < 400 and not one.signed_out]


__all__ = ["Asked", "Evidence", "Fault", "Leak", "Received", "Record", "Rows"]
