"""One member of a service's consumer group: polls, hands over to be settled, commits what was."""

import heapq
import time
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CommitFailedError, RebalanceInProgressError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import inbox, kafka_topics, mongo
from shared.consumer import losses, positions
from shared.consumer.settling import Settler
from shared.inbox import Reading, Record
from shared.telemetry import log

MOST_POLLED = 500
HOLD_SECONDS = 2.0
MAX_POLL_SECONDS = 300
SESSION_SECONDS = 6.0
LOOK_SECONDS = 2.0
POLL_MS = 500
SWEEP_EVERY = 30.0
CONFIRM_SECONDS = 10.0

Polled = dict[TopicPartition, list[Any]]


class Consumer:
    """One member of the service's group. `turn` is called in a loop by the worker."""

    def __init__(self, db: Database, topics: list[str], reading: Reading) -> None:
        self.db = db
        self.topics = topics
        self.reading = reading
        self._settler = Settler(db, reading)
        self._client: KafkaConsumer | None = None
        self._admin: KafkaAdminClient | None = None
        self._behind: positions.Marks = {}
        self._short: dict[TopicPartition, float] = {}
        self._partitions = 0
        self._looked = 0.0
        self._assigned: list[TopicPartition] = []
        self._listened = 0.0
        self._swept = time.monotonic()
        self._backoff = 0.0
        self._retry_at = 0.0
        for topic in topics:
            inbox.count_from_zero(topic)

    def turn(self) -> None:
        """Polls once and handles what came. While the database is away, or the consumer is stopped, it stays in the
        group and takes nothing. Raises kafka_topics.Unreachable, KafkaError: then `drop`, and go on."""
        client = self._connected()
        try:
            self._look_around(client)
            halted = positions.stopped(self.db)
        except PyMongoError as error:
            if not mongo.is_transient(error):
                raise
            self._wait()
            halted = True
        if halted or time.monotonic() < self._retry_at:
            self._idle(client)
            return
        client.resume(*client.paused())
        self._settler.go_on()
        polled = client.poll(timeout_ms=POLL_MS, max_records=MOST_POLLED)
        remind(client)
        self._compare(client)
        if self._handled(client, polled):
            self._backoff = 0.0
            self._sweep()

    def drop(self) -> None:
        """Leaves the group and throws the clients away."""
        client, self._client = self._client, None
        admin, self._admin = self._admin, None
        self._behind.clear()
        self._assigned = []
        try:
            if client:
                client.close(autocommit=False, timeout_ms=5000)
        finally:
            if admin:
                admin.close()

    def _connected(self) -> KafkaConsumer:
        if self._client is None:
            settings = mongo.settings(self.db)
            self._admin = kafka_topics.admin(settings)
            self._client = KafkaConsumer(
                **kafka_topics.client_options(settings),
                group_id=settings.service,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                session_timeout_ms=int(SESSION_SECONDS * 1000),
                heartbeat_interval_ms=1_000,
                max_poll_interval_ms=MAX_POLL_SECONDS * 1000,
                metadata_max_age_ms=5_000,
                request_timeout_ms=10_000,  # also how long a commit may hold up the end of the process
                reconnect_backoff_max_ms=1_000,
                isolation_level="read_committed",
            )
            self._client.subscribe(self.topics)
        return self._client

    def _idle(self, client: KafkaConsumer) -> None:
        """Stays in the group without taking records: what comes goes back. Every 2 s, and while the high water of a
        partition is unknown, it is fetched from all the same: the lag of a stopped consumer must be seen to grow."""
        if time.monotonic() - self._listened < LOOK_SECONDS:
            client.pause(*(one for one in client.assignment() if client.highwater(one) is not None))
        else:
            client.resume(*client.paused())
            self._listened = time.monotonic()
        polled = client.poll(timeout_ms=POLL_MS)
        remind(client)
        _rewind(client, {partition: records[0].offset for partition, records in polled.items()})

    def _handled(self, client: KafkaConsumer, polled: Polled) -> bool:
        """Settles and commits; False when it could not go on to the end. Then every partition goes back to its first
        record that was not settled: a poll has moved all positions, and what is not taken back would be passed over.

        However slow the handlers are, it polls again well within the interval that the group allows, and soon enough
        that a rebalance waits for nobody: after `HOLD_SECONDS` it takes no further slice and no further single record,
        and either takes at most a few transactions. What is left goes back and comes again."""
        until = time.monotonic() + HOLD_SECONDS
        records = _by_age(polled)
        done = self._settler.settle(records, until)
        settled = {TopicPartition(one.topic, one.partition): one.offset + 1 for one in records[:done]}
        whole = done == len(records)
        if not whole and time.monotonic() < until:
            self._wait()
        if (settled and not _commit(client, settled)) or not whole:
            _rewind(client, {partition: some[0].offset for partition, some in polled.items()} | settled)
            return False
        return True

    def _wait(self) -> None:
        self._backoff = min((self._backoff or 0.25) * 2, 15)
        self._retry_at = time.monotonic() + self._backoff

    def _sweep(self) -> None:
        """Now and then, and only when all that is there has been read, by whichever member: what fills a gap may be
        on its way."""
        if time.monotonic() - self._swept > SWEEP_EVERY and positions.all_read(self.db, self._partitions):
            self._swept = time.monotonic()
            inbox.pass_over_gaps(self.db, self.reading)

    def _compare(self, client: KafkaConsumer) -> None:
        """Before the first records of a new assignment are handled and committed: does each log still begin where the
        group has read to?"""
        assigned = sorted(client.assignment())
        if assigned != self._assigned and self._admin is not None:
            now = {name: found[0] for name, found in kafka_topics.ids(self._admin, self.topics).items()}
            losses.tell_of_cuts(self.db, client, assigned, now)
            self._assigned = assigned

    def _look_around(self, client: KafkaConsumer) -> None:
        """Every 2 s: are the topics still the ones we know? And where we are, for those who watch."""
        if time.monotonic() - self._looked < LOOK_SECONDS or self._admin is None:
            return
        found = kafka_topics.ids(self._admin, self.topics)
        now = {name: topic_id for name, (topic_id, _) in found.items()}
        self._partitions = sum(count for _, count in found.values())
        assigned = sorted(client.assignment())
        for partition in [*positions.made_anew(self.db, assigned, now), *self._cut_off(client, assigned)]:
            losses.tell_of_archive(self.db, partition)
            _start_over(client, partition)
        positions.note(self.db, client, assigned, now, self._behind)
        self._looked = time.monotonic()

    def _cut_off(self, client: KafkaConsumer, assigned: list[TopicPartition]) -> list[TopicPartition]:
        """Believed only when it stays so: after a change of leader a log's end lags for a moment."""
        short, at = positions.too_short(client, assigned), time.monotonic()
        self._short = {partition: self._short.get(partition, at) for partition in short}
        return [partition for partition, since in self._short.items() if at - since >= CONFIRM_SECONDS]


def _by_age(polled: Polled) -> list[Record]:
    """Each partition in its order, and of all what has waited longest first: when there is no time for all of it, no
    partition is always the one that is left."""
    some = [[(partition, one) for one in records] for partition, records in polled.items()]
    return [_record(*one) for one in heapq.merge(*some, key=lambda each: each[1].timestamp)]


def _record(partition: TopicPartition, one: Any) -> Record:
    return Record(partition.topic, partition.partition, one.offset, one.key, list(one.headers or []), one.value)


def _rewind(client: KafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
    """Back to these offsets, where the partition is still ours."""
    assigned = client.assignment()
    for partition, offset in offsets.items():
        if partition in assigned:
            client.seek(partition, offset)


def _commit(client: KafkaConsumer, reached: dict[TopicPartition, int]) -> bool:
    """False when a partition was given to another member: it reads these records again, and ignores them."""
    try:
        client.commit({one: OffsetAndMetadata(offset) for one, offset in reached.items()}, timeout_ms=5000)
    except (CommitFailedError, RebalanceInProgressError) as error:
        log.info("partitions handed on", topics=sorted({one.topic for one in reached}), error=type(error).__name__)
        return False
    return True


def _start_over(client: KafkaConsumer, partition: TopicPartition) -> None:
    """The new topic's id is noted only after this; a commit that fails ends the turn before that."""
    log.warning("the broker has lost its log; reading from the start", topic=partition.topic, of=partition.partition)
    client.seek_to_beginning(partition)
    client.commit({partition: OffsetAndMetadata(client.position(partition))}, timeout_ms=5000)


def remind(client: KafkaConsumer) -> None:
    """To be called after each poll. kafka-python 3.0.12 forgets a rebalance that a change of the topics began when
    the poll's time is up between its two requests: then no partitions, no heartbeat, no error, for good. Reminded, it
    goes on."""
    coordinator = client._coordinator
    if coordinator.rejoining and not coordinator.need_rejoin():
        log.info("rebalance taken up again")
        coordinator.request_rejoin()
