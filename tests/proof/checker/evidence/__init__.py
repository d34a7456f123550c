"""All that the checker goes by, read once: the clients' own logs, the datastores, postbox and partner, topics, logs and
metrics. The promises (the modules beside this package) are pure functions of it."""

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

    def accepted(self, *what: str) -> list[Asked]:
        answered = [one for one in self.asked if one.what in what and one.status is not None]
        return [one for one in answered if one.status < 400 and not one.signed_out]


__all__ = ["Asked", "Evidence", "Fault", "Leak", "Received", "Record", "Rows"]
