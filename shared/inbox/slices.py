"""Records taken many at a time: one transaction, a handful of commands besides the handlers' own.

What a slice knows of its records and their cases is read once at its beginning, in the transaction's snapshot, and
kept up here while the handlers run; marks and cases are written at the end, in bulk. That is the same as writing each
at once, since nobody else sees anything of it before the commit, and since these writes are what makes two consumers
conflict: a record that another has handled since the snapshot collides on its inbox row, a case that another has moved
on collides on its document, and the whole slice is done again from a new snapshot. Handlers see nothing of the marks
of their own slice. What is parked is written at once: a handler that forgets a person deletes it.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database

from shared import events, mongo
from shared.inbox import taking
from shared.inbox.records import Reading, Record
from shared.telemetry import EVENTS_HANDLED

Outcomes = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Taken:
    """How many handlers ran, and the cases of which parked events may be next now."""

    handled: int
    cases: list[str]


def take(db: Database, reading: Reading, records: list[Record]) -> Taken:
    """Handles a slice in one transaction. Raises what a handler or the reading of an event raises: then nothing of the
    slice has happened."""
    taken, outcomes = _take(db, reading, records)
    for (topic, outcome), count in outcomes.items():
        EVENTS_HANDLED.labels(topic, outcome).inc(count)
    return taken


@mongo.transactional
def _take(db: Database, reading: Reading, records: list[Record]) -> tuple[Taken, Outcomes]:
    one = _Slice(db, reading, records)
    for id, record in one.new():
        one.handle(id, record)
    one.write()
    return Taken(one.handled, one.waiting()), one.outcomes


class _Slice:
    """In one transaction."""

    def __init__(self, db: Database, reading: Reading, records: list[Record]) -> None:
        self.db = db
        self.reading = reading
        self.records: dict[str, Record] = {}
        for record in records:
            self.records.setdefault(record.id(), record)  # one that comes twice is heard once
        cases = list({record.case() for record in records})
        self.cases = {case["_id"]: case for case in db.inbox_cases.find({"_id": {"$in": cases}})}
        self.known = set(self.cases)
        self.reached: dict[str, int] = {}
        self.marks: list[dict[str, Any]] = []
        self.handled = 0
        self.outcomes: Outcomes = Counter()

    def new(self) -> list[tuple[str, Record]]:
        """Those that were not heard yet, in their order."""
        heard = {row["_id"] for row in self.db.inbox.find({"_id": {"$in": list(self.records)}}, {"_id": 1})}
        return [(id, record) for id, record in self.records.items() if id not in heard]

    def handle(self, id: str, record: Record) -> None:
        event = events.read(record.topic, record.key, record.headers, record.value)
        case_id = record.case()
        case = self.cases.setdefault(case_id, {"_id": case_id})
        place = taking.place(event, case, record.topic in self.reading.compacted)
        if place == taking.PARKED:
            taking.park(self.db, record, event)
            case["parked"] = case.get("parked", 0) + 1
            self.known.add(case_id)
            self.outcomes[record.topic, taking.PARKED] += 1
            return
        self.marks.append({"_id": id, **taking.mark(self.db, record, event)})
        ran = taking.run(self.db, self.reading, event, effect=place == "next")
        case["last"] = self.reached[case_id] = max(case.get("last", 0), event.sequence)
        self.handled += ran
        self.outcomes[record.topic, taking.DONE if ran else taking.IGNORED] += 1

    def write(self) -> None:
        if not self.marks:
            return
        self.db.inbox.insert_many(self.marks, ordered=False)
        changes: list[InsertOne[dict[str, Any]] | UpdateOne] = [
            UpdateOne({"_id": case}, {"$max": {"last": last}}, upsert=True)
            if case in self.known
            else InsertOne({"_id": case, "last": last})
            for case, last in self.reached.items()
        ]
        self.db.inbox_cases.bulk_write(changes, ordered=False)

    def waiting(self) -> list[str]:
        return [id for id, case in self.cases.items() if case.get("parked", 0) > 0]
