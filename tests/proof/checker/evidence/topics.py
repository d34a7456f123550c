"""The topics as they are now, each from its beginning to its end, and how far each service has committed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

READS = {
    "booking": ("referrals", "notifications"),
    "referrals": ("booking", "people"),
    "notifications": ("booking", "referrals", "people"),
}
WITHIN_SECONDS = 120
IDLE_SECONDS = 10


@dataclass(frozen=True)
class Record:
    """`at`: when it was written, by the producer's clock, in Unix seconds."""

    topic: str
    partition: int
    offset: int
    key: str
    at: float
    event_id: str
    type: str
    sequence: int


Look = Callable[[str, bytes], None]


def read(kafka: str, look: Look) -> tuple[list[Record], dict[tuple[str, int], int]]:
    """All records of every topic that there is, and where each partition ends. `look` is given every byte of them."""
    client = _client(kafka)
    try:
        partitions = [
            TopicPartition(name, number)
            for name in sorted(client.topics())
            if not name.startswith("__")  # the broker's own
            for number in sorted(client.partitions_for_topic(name) or ())
        ]
        client.assign(partitions)
        client.seek_to_beginning(*partitions)
        records = _until_the_end(client, partitions, look)
        ends = {(one.topic, one.partition): client.highwater(one) or 0 for one in partitions}
        return records, ends
    finally:
        client.close(autocommit=False)


def committed(kafka: str, ends: dict[tuple[str, int], int]) -> dict[tuple[str, str, int], int]:
    """By service, topic and partition; 0 where nothing was committed yet."""
    found = {}
    for service, topics in READS.items():
        client = _client(kafka, service)
        try:
            for topic, number in ends:
                if topic in topics:
                    found[service, topic, number] = client.committed(TopicPartition(topic, number)) or 0
        finally:
            client.close(autocommit=False)
    return found


def unread(kafka: str) -> dict[str, int]:
    """By service, how many records it has not committed, as the broker has it."""
    found = {}
    for service, topics in READS.items():
        client = _client(kafka, service)
        try:
            known = client.topics()
            partitions = [
                TopicPartition(name, number)
                for name in topics
                if name in known
                for number in client.partitions_for_topic(name) or ()
            ]
            client.assign(partitions)
            for partition in partitions:
                client.seek(partition, client.committed(partition) or 0)
            until = time.monotonic() + IDLE_SECONDS
            while any(client.highwater(one) is None for one in partitions) and time.monotonic() < until:
                client.poll(timeout_ms=200, max_records=1)
            marks = [(client.highwater(one), client.committed(one) or 0) for one in partitions]
            found[service] = sum(max((end or 0) - at, 0) for end, at in marks)
        finally:
            client.close(autocommit=False)
    return found


def _client(kafka: str, group: str | None = None) -> KafkaConsumer:
    return KafkaConsumer(
        bootstrap_servers=kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=20_000,
        client_id="proof-checker",
    )


def _until_the_end(client: KafkaConsumer, partitions: list[TopicPartition], look: Look) -> list[Record]:
    """Raises TimeoutError when the end does not come within reach."""
    records: list[Record] = []
    until, moved = time.monotonic() + WITHIN_SECONDS, time.monotonic()
    while not all(_is_at_end(client, one) for one in partitions):
        polled = client.poll(timeout_ms=500, max_records=2000)
        if polled:
            moved = time.monotonic()
        for found in polled.values():
            records.extend(_record(one, look) for one in found)
        if time.monotonic() > until or time.monotonic() - moved > IDLE_SECONDS:
            behind = [one for one in partitions if not _is_at_end(client, one)]
            raise TimeoutError(f"the end of {behind[:3]} was not reached")
    return records


def _is_at_end(client: KafkaConsumer, partition: TopicPartition) -> bool:
    end = client.highwater(partition)
    return end is not None and client.position(partition) >= end


def _record(one: Any, look: Look) -> Record:
    headers = dict(one.headers or ())
    where = f"{one.topic} {one.partition} {one.offset}"
    look(where, b"\n".join([one.key or b"", one.value or b"", *headers.values()]))
    sequence = headers.get("ce_sequence", b"0")
    return Record(
        one.topic,
        one.partition,
        one.offset,
        (one.key or b"").decode(errors="replace"),
        one.timestamp / 1000,
        headers.get("ce_id", b"").decode(errors="replace"),
        headers.get("ce_type", b"").decode(errors="replace"),
        int(sequence) if sequence.isdigit() else 0,
    )
