"""One member of a service's consumer group: polls, hands over to the inbox, commits what was handled."""

import time
from collections.abc import Iterable
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CommitFailedError, RebalanceInProgressError
from pymongo.database import Database

from shared import inbox, kafka_topics, mongo
from shared.consumer import positions
from shared.consumer.positions import stop, stopped
from shared.inbox import Reading, Record
from shared.telemetry import log

SLICE = 50
ATTEMPTS = 3
STOP_AFTER_CASES = 10
LOOK_SECONDS = 2.0
POLL_MS = 500


class Consumer:
    """One member of the service's group. `turn` is called in a loop by the worker."""

    def __init__(self, db: Database, topics: list[str], reading: Reading) -> None:
        self.db = db
        self.topics = topics
        self.reading = reading
        self._client: KafkaConsumer | None = None
        self._admin: KafkaAdminClient | None = None
        self._failed_cases: list[str] = []
        self._behind: dict[TopicPartition, float] = {}
        self._looked = 0.0
        self._swept = time.monotonic()
        self._backoff = 0.0
        self._retry_at = 0.0

    def turn(self) -> None:
        """Polls once and handles what came. Raises kafka_topics.Unreachable, KafkaError: then `drop`, and go on."""
        client = self._connected()
        self._look_around(client)
        if stopped(self.db):
            self._idle(client)
            return
        if self._retry_at and time.monotonic() < self._retry_at:
            self._idle(client)
            return
        self._retry_at = 0.0
        client.resume(*client.paused())
        polled = client.poll(timeout_ms=POLL_MS, max_records=200)
        remind(client)
        for partition, records in polled.items():
            if not self._partition(client, partition, records):
                break
        self._sweep()

    def drop(self) -> None:
        """Leaves the group and throws the clients away."""
        client, self._client = self._client, None
        admin, self._admin = self._admin, None
        if client:
            client.close(autocommit=False, timeout_ms=5000)
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
                session_timeout_ms=6_000,
                heartbeat_interval_ms=1_000,
                max_poll_interval_ms=300_000,
                metadata_max_age_ms=5_000,
                request_timeout_ms=10_000,  # also how long a commit may hold up the end of the process
                reconnect_backoff_max_ms=1_000,
                isolation_level="read_committed",
            )
            self._client.subscribe(self.topics)
        return self._client

    def _idle(self, client: KafkaConsumer) -> None:
        """Stays in the group without taking records."""
        client.pause(*client.assignment())
        client.poll(timeout_ms=POLL_MS)
        remind(client)

    def _partition(self, client: KafkaConsumer, partition: TopicPartition, records: list[Any]) -> bool:
        """Handles the records of one partition; False when it could not go on to the end."""
        todo = [
            Record(one.topic, one.partition, one.offset, one.key, list(one.headers or []), one.value) for one in records
        ]
        for start in range(0, len(todo), SLICE):
            part = todo[start : start + SLICE]
            done = self._slice(part)
            if done and not self._commit(client, partition, part[done - 1].offset + 1):
                return False
            if done < len(part):
                self._later(client, partition, part[done].offset)
                return False
        return True

    def _slice(self, records: list[Record]) -> int:
        """How many of the records, from the first, are settled: done, parked, or kept as dead letters."""
        try:
            self._release(inbox.take(self.db, self.reading, records))
            self._failed_cases.clear()
            return len(records)
        except Exception as error:  # noqa: BLE001 - one of the three loops: sorted into transient and the record's own
            if mongo.is_transient(error):
                log.warning("database away; will go on", error=type(error).__name__)
                return 0
        for done, record in enumerate(records):
            if stopped(self.db) or not self._alone(record):
                return done
        return len(records)

    def _alone(self, record: Record) -> bool:
        """One record in a transaction of its own, a few times; then it is set aside. False for a transient cause."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._release(inbox.take(self.db, self.reading, [record]))
                self._failed_cases.clear()
                return True
            except Exception as error:  # noqa: BLE001 - see _slice
                if mongo.is_transient(error):
                    return False
                if attempt == ATTEMPTS:
                    return self._set_aside(record, error)
                time.sleep(0.1 * attempt)
        return True

    def _set_aside(self, record: Record, error: Exception) -> bool:
        try:
            inbox.set_aside(self.db, record, error, ATTEMPTS)
        except Exception as cause:
            if mongo.is_transient(cause):
                return False
            raise
        if record.case() not in self._failed_cases:
            self._failed_cases.append(record.case())
        if len(self._failed_cases) >= STOP_AFTER_CASES:
            stop(self.db, f"{STOP_AFTER_CASES} cases in a row failed, last with {type(error).__name__}")
            self._failed_cases.clear()
        return True

    def _release(self, cases: Iterable[str]) -> None:
        for case in cases:
            inbox.release(self.db, self.reading, case)

    def _commit(self, client: KafkaConsumer, partition: TopicPartition, offset: int) -> bool:
        """False when the partition was given to another member: it reads these records again, and ignores them."""
        self._backoff = 0.0
        try:
            client.commit({partition: OffsetAndMetadata(offset)}, timeout_ms=5000)
        except (CommitFailedError, RebalanceInProgressError) as error:
            log.info("partition handed on", topic=partition.topic, error=type(error).__name__)
            return False
        return True

    def _later(self, client: KafkaConsumer, partition: TopicPartition, offset: int) -> None:
        """Back to the first unsettled record, after a while. Other partitions of the poll go back to their
        positions."""
        self._backoff = min((self._backoff or 0.25) * 2, 15)
        self._retry_at = time.monotonic() + self._backoff
        for other in client.assignment():
            committed = client.committed(other)
            if other == partition:
                client.seek(other, offset)
            elif committed is not None:
                client.seek(other, committed)
            else:
                client.seek_to_beginning(other)

    def _sweep(self) -> None:
        if time.monotonic() - self._swept > 30:
            self._swept = time.monotonic()
            inbox.pass_over_gaps(self.db, self.reading)

    def _look_around(self, client: KafkaConsumer) -> None:
        """Every 2 s: are the topics still the ones we know? And where we are, for those who watch."""
        if time.monotonic() - self._looked < LOOK_SECONDS or self._admin is None:
            return
        now = {name: found[0] for name, found in kafka_topics.ids(self._admin, self.topics).items()}
        assigned = sorted(client.assignment())
        for partition in positions.lost(self.db, client, assigned, now):
            self._start_over(client, partition)
        positions.note(self.db, client, assigned, now, self._behind)
        self._looked = time.monotonic()

    def _start_over(self, client: KafkaConsumer, partition: TopicPartition) -> None:
        log.warning(
            "the broker has lost its log; reading from the start",
            topic=partition.topic,
            partition=partition.partition,
        )
        client.seek_to_beginning(partition)
        self._commit(client, partition, client.position(partition))


def remind(client: KafkaConsumer) -> None:
    """To be called after each poll. kafka-python 3.0.12 forgets a rebalance that a change of the topics began when
    the poll's time is up between its two requests: then no partitions, no heartbeat, no error, for good. Reminded, it
    goes on."""
    coordinator = client._coordinator
    if coordinator.rejoining and not coordinator.need_rejoin():
        log.info("rebalance taken up again")
        coordinator.request_rejoin()
