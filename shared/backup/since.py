"""What a restored database has forgotten and Kafka has not: a service's own events since, and where it had read to.

Read from where the database knew the logs to end (relay.ledger); from their beginning where it knew another log or
none. What of it has a number that the database has given already is passed over: it is in the outbox.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from pymongo.database import Database

from shared import events, inbox, kafka_topics, mongo, outbox
from shared.consumer import positions
from shared.events import Event, Topic
from shared.relay import ledger
from shared.telemetry import log

BringBack = Callable[[Database, Event], None]
PATIENCE_SECONDS = 60
MOST_POLLED = 500


@dataclass
class Case:
    """First and last of the events of one key that are no more in the database, and when they were said."""

    topic: str
    key: str
    numbers: tuple[int, int]
    times: tuple[datetime, datetime]


@dataclass
class Found:
    """`again`: keys of compacted topics that were taken over; `told`: cases of which an operator is told."""

    events: int = 0
    again: dict[tuple[str, str], Event] = field(default_factory=dict)
    told: dict[tuple[str, str], Case] = field(default_factory=dict)

    def add(self, event: Event, compacted: bool) -> None:
        self.events += 1
        name = event.topic, event.key
        if compacted:
            self.again[name] = event
            return
        known = self.told.get(name)
        first, begin = (known.numbers[0], known.times[0]) if known else (event.sequence, event.time)
        self.told[name] = Case(*name, (first, event.sequence), (begin, event.time))


def must_be_reached(db: Database) -> None:
    """Raises kafka_topics.Unreachable, kafka_security.Refused."""
    kafka_topics.probe(mongo.settings(db))


def read_back(
    db: Database, topics: Mapping[str, Topic], bring_back: BringBack, since: datetime, say: Callable[[str], None]
) -> Found:
    """Gives the outbox its archive and its numbers back, then has what compacted topics say taken over, and tells of
    the rest. Doing it twice is doing it once."""
    found = Found()
    compacted = {name for name, topic in topics.items() if topic.compacted}
    for some in _own_events(db, list(topics)):
        for event in outbox.adopt(db, some, compacted):
            found.add(event, event.topic in compacted)
        if found.events:
            say(f"{found.events} events were announced since")
    for event in found.again.values():
        bring_back(db, event)
    for case in found.told.values():
        inbox.tell(db, "restored", case.topic, case.key, case.numbers, (min(since, case.times[0]), case.times[1]))
    return found


def _own_events(db: Database, topics: list[str]) -> Iterator[list[Event]]:
    known = ledger.known_topics(db)
    with _client(db) as (client, found):
        for partition, topic_id in found(topics):
            topic = known.get(partition.topic, {})
            same_log = topic.get("id") == topic_id
            _seek(client, partition, topic.get("ends", {}).get(str(partition.partition)) if same_log else None)
        yield from _to_the_end(client)


def go_back(db: Database, topics: tuple[str, ...]) -> None:
    """Has the service's consumer begin where the database knows to have read to. Nobody may be in its group."""
    known = {row["_id"]: row for row in db.consumer_positions.find()}
    with _client(db, group_id=mongo.settings(db).service) as (client, found):
        reached: dict[TopicPartition, OffsetAndMetadata] = {}
        for partition, topic_id in found(list(topics)):
            row = known.get(positions.name(partition), {})
            _seek(client, partition, row.get("position") if row.get("topic_id") == topic_id else None)
            reached[partition] = OffsetAndMetadata(client.position(partition))
        if reached:
            client.commit(reached, timeout_ms=PATIENCE_SECONDS * 1000)
    log.info("the consumer begins where the database had read to", partitions=len(reached))


class _client:
    """A consumer that is in no group's assignment, with a way to assign it whole topics."""

    def __init__(self, db: Database, **more: Any) -> None:
        self._settings = mongo.settings(db)
        self._more = more

    def __enter__(self) -> tuple[KafkaConsumer, Callable[[list[str]], list[tuple[TopicPartition, str]]]]:
        kafka_topics.probe(self._settings)
        own = {"enable_auto_commit": False, "auto_offset_reset": "earliest", "allow_auto_create_topics": False}
        self._consumer = KafkaConsumer(**kafka_topics.client_options(self._settings), **own, **self._more)
        return self._consumer, self._assigned

    def __exit__(self, *_: object) -> None:
        self._consumer.close(autocommit=False, timeout_ms=5000)

    def _assigned(self, topics: list[str]) -> list[tuple[TopicPartition, str]]:
        """Every partition of those topics that are there, each with its topic's id."""
        admin = kafka_topics.admin(self._settings)
        try:
            ids = kafka_topics.ids(admin, topics)
        finally:
            admin.close()
        found = [(TopicPartition(name, one), id) for name, (id, count) in ids.items() for one in range(count)]
        self._consumer.assign([partition for partition, _ in found])
        return found


def _seek(client: KafkaConsumer, partition: TopicPartition, offset: int | None) -> None:
    if offset is None:
        client.seek_to_beginning(partition)
    else:
        client.seek(partition, offset)


def _to_the_end(client: KafkaConsumer) -> Iterator[list[Event]]:
    """Of all assigned partitions. Raises kafka_topics.Unreachable when nothing comes for a minute."""
    left, heard = set(client.assignment()), time.monotonic()
    while left:
        polled = client.poll(timeout_ms=500, max_records=MOST_POLLED)
        if polled:
            heard = time.monotonic()
            found = [_event(one) for records in polled.values() for one in records]
            yield [one for one in found if one is not None]
        left -= {one for one in left if (end := client.highwater(one)) is not None and client.position(one) >= end}
        if time.monotonic() - heard > PATIENCE_SECONDS:
            raise kafka_topics.Unreachable(f"Kafka does not give {len(left)} partitions to the end")


def _event(record: Any) -> Event | None:
    """None for what this service did not write: a log that others have written to is no reason not to restore."""
    try:
        return events.read(record.topic, record.key, list(record.headers or []), record.value)
    except events.Unreadable as error:
        log.warning("a record is no event", topic=record.topic, of=record.partition, at=record.offset, why=str(error))
        return None
