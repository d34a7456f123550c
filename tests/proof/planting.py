"""What the tests of the checker plant, each undone at its end, and how they tell that it was found."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from pymongo.collection import Collection

from tests.proof import checker
from tests.proof.checker.findings import Findings
from tests.proof.clients import people
from tests.proof.small import SmallSystem


@contextmanager
def rows_kept(system: SmallSystem, service: str, collection: str) -> Iterator[Collection]:
    """The collection, to be changed at will: its rows are put back as they were."""
    rows = system.database(service)[collection]
    before = list(rows.find())
    try:
        yield rows
    finally:
        rows.delete_many({})
        rows.insert_many(before)


@contextmanager
def file_kept(path: Path) -> Iterator[Path]:
    before = path.read_bytes() if path.exists() else None
    try:
        yield path
    finally:
        path.unlink() if before is None else path.write_bytes(before)


CASES, SEED = 64, 110  # among them all that is planted in, each way of coming to a place, by mail and by SMS
Line = Row = dict[str, Any]


@contextmanager
def lines_changed(path: Path, change: Callable[[list[Line]], list[Line]]) -> Iterator[None]:
    """A file of JSON lines in another version."""
    with file_kept(path):
        lines = change([json.loads(line) for line in path.read_text("utf-8").splitlines()])
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        yield


@contextmanager
def topic_made(system: SmallSystem, name: str, value: bytes) -> Iterator[None]:
    """A topic with one record, gone afterwards."""
    admin = KafkaAdminClient(bootstrap_servers=system.kafka)
    producer = KafkaProducer(bootstrap_servers=system.kafka, acks="all")
    try:
        admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}})
        producer.send(name, value=value, key=b"k").get(20)
        yield
    finally:
        producer.close(timeout=5)
        admin.delete_topics([name])
        admin.close()


def assert_clean(found: Findings) -> None:
    assert not found.failed, found.table()
    assert set(found.counts.values()) == {0}


def named(found: Findings, promise: str, *words: str) -> None:
    """This promise is broken, and one line of it says all these words."""
    assert found.failed
    lines = [one.what for one in found.broken if one.promise == promise]
    assert found.counts[promise] == len(lines) > 0
    assert any(all(word in line for word in words) for line in lines), lines


def a_case(kind: str, channel: str = "email") -> people.Case:
    """One of those who came for this; whose appointment it became is in the datastore under their person's id."""
    cases = [people.case(SEED, number) for number in range(CASES)]
    return next(case for case in cases if case.kind == kind and channel in case.channels)


def appointment_of(read: checker.Evidence, kind: str) -> dict[str, Any]:
    number = a_case(kind).number
    return next(
        row for row in read.rows("booking", "appointments") if read.persons["booking"][row["person_id"]] == number
    )


def the(rows: list[Row], fits: Callable[[Row], bool]) -> Row:
    return next(row for row in rows if fits(row))


def message_gone(evidence: checker.Evidence, template: str, reference: str) -> None:
    evidence.received = [one for one in evidence.received if (one.template, one.reference) != (template, reference)]
    for row in evidence.rows("notifications", "messages"):
        row["reason"] = None  # it is not noted as no longer due either
