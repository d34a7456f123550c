"""One relay: holds the lease, numbers, sends, marks."""

import time
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from pymongo.database import Database

from shared import kafka_topics, leases, mongo, outbox
from shared.events import Topic
from shared.relay import ledger
from shared.telemetry import EVENTS_SENT, log

LEASE_SECONDS = 20
SEND_SECONDS = 15
LOOK_SECONDS = 2.0
MEASURE_SECONDS = 60.0
CONFIRM_SECONDS = 10.0


class LogLost(Exception):
    """The broker's log is not the one that was written to: a topic has another id, or ends before what it had
    acknowledged."""


class Relay:
    """`restate(db, after, limit)` announces the present state of the next few documents of compacted topics by
    `outbox.add`, in the transaction it is called in, and returns the last id, or None when it is through."""

    def __init__(self, db: Database, topics: dict[str, Topic], restate: ledger.Restate | None = None) -> None:
        self.db = db
        self.topics = topics
        self.restate = restate
        self.token = leases.new_token()
        self._producer: KafkaProducer | None = None
        self._admin: KafkaAdminClient | None = None
        self._looked = 0.0
        self._measured = 0.0
        self._short_since: float | None = None

    def turn(self) -> bool:
        """One step forward; True when there may be more to do at once. Raises kafka_topics.Unreachable, KafkaError,
        leases.Lost and what the database raises: then `drop`, and the next turn begins afresh."""
        if not leases.acquire(self.db, "relay", self.token, LEASE_SECONDS):
            return False
        try:
            ledger.take_over(self.db, self.token, [name for name, topic in self.topics.items() if topic.compacted])
            self._look()
            self._renew()
            restated = ledger.restate(self.db, self.token, self.restate)
            numbered = ledger.number(self.db, self.token)
            return self._send() or restated or numbered == ledger.SLICE
        except LogLost as loss:
            rows = outbox.announce_again(self.db)
            ledger.remember(self.db, self.token, {"topics": {}})
            log.warning("the broker has lost its log; announcing again", reason=str(loss), rows=rows)
            self.drop()
            return True

    def _renew(self) -> None:
        """Before what may take long: a lease that ran out meanwhile is somebody else's. Raises leases.Lost."""
        if not leases.acquire(self.db, "relay", self.token, LEASE_SECONDS):
            raise leases.Lost("relay")

    def close(self) -> None:
        self.drop()
        self.db.relay.update_one({"_id": "relay", "holder": self.token}, {"$set": {"holder": None}})
        leases.release(self.db, "relay", self.token)

    def _look(self) -> None:
        """Makes missing topics and compares their ids with the remembered ones. Raises LogLost."""
        if self._producer and time.monotonic() - self._looked < LOOK_SECONDS:
            return
        settings = mongo.settings(self.db)
        self._admin = self._admin or kafka_topics.admin(settings)
        kafka_topics.ensure(settings, self.topics, self._admin)
        if self._producer is None or time.monotonic() - self._measured > MEASURE_SECONDS:
            self._measure()
        now = {name: found[0] for name, found in kafka_topics.ids(self._admin, list(self.topics)).items()}
        known = ledger.known_topics(self.db)
        for name, topic_id in now.items():
            if known.get(name, {}).get("id") not in (None, topic_id):
                raise LogLost(f"{name} was made anew")
        fresh = {name: {"id": topic_id, "ends": {}} for name, topic_id in now.items() if name not in known}
        if fresh:
            ledger.remember(self.db, self.token, {f"topics.{name}": topic for name, topic in fresh.items()})
        self._looked = time.monotonic()

    def _measure(self) -> None:
        """Do the logs still reach as far as was acknowledged? Raises LogLost. A topic made anew is noticed by its
        id."""
        known = {
            TopicPartition(name, int(number)): end
            for name, topic in ledger.known_topics(self.db).items()
            for number, end in topic.get("ends", {}).items()
        }
        ends, at = kafka_topics.ends(mongo.settings(self.db), known), time.monotonic()
        short = [partition for partition, end in ends.items() if end < known[partition]]
        if not short:
            self._measured, self._short_since = at, None
            return
        self._short_since = self._short_since or at  # believed when it stays so: a new leader may not know its end yet
        if at - self._short_since >= CONFIRM_SECONDS:
            self._short_since = None
            raise LogLost(f"{short[0].topic} {short[0].partition} ends before {known[short[0]]}")

    def _send(self) -> bool:
        relay = self.db.relay.find_one({"_id": "relay"}) or {}
        after = relay.get("acknowledged", 0)
        rows = list(self.db.outbox.find({"position": {"$gt": after}}).sort("position", 1).limit(ledger.SLICE))
        if not rows:
            return False
        self._renew()
        ends = self._deliver(rows, relay.get("topics", {}))
        compacted = [name for name, topic in self.topics.items() if topic.compacted]
        ledger.acknowledge(self.db, self.token, relay, rows, ends, compacted)
        for row in rows:
            EVENTS_SENT.labels(row["topic"]).inc()
        return len(rows) == ledger.SLICE

    def _deliver(self, rows: list[dict[str, Any]], known: dict[str, Any]) -> dict[str, int]:
        """Sends and waits for every acknowledgement. Returns the new ends per `topic.partition`."""
        producer = self._producer = self._producer or new_producer(self.db)
        futures = [
            producer.send(
                row["topic"],
                key=row["key"].encode(),
                value=row["value"],
                headers=[(name, bytes(content)) for name, content in row["headers"]],
            )
            for row in rows
        ]
        deadline = time.monotonic() + SEND_SECONDS
        ends: dict[str, int] = {}
        for row, future in zip(rows, futures, strict=True):
            written = future.get(max(deadline - time.monotonic(), 0.01))
            if written.offset < 0:
                continue  # acknowledged as a repetition: the broker does not say where it stands
            expected = known.get(row["topic"], {}).get("ends", {}).get(str(written.partition), 0)
            if written.offset < expected:
                raise LogLost(
                    f"{row['topic']} {written.partition} ended at {written.offset}, {expected} was acknowledged"
                )
            ends[f"topics.{row['topic']}.ends.{written.partition}"] = written.offset + 1
        return ends

    def drop(self) -> None:
        """Throws the clients away: to be called after any error of a turn."""
        producer, self._producer = self._producer, None
        client, self._admin = self._admin, None
        try:
            if producer:
                close_producer(producer)
        finally:
            if client:
                client.close()


def new_producer(db: Database) -> KafkaProducer:
    return KafkaProducer(
        **kafka_topics.client_options(mongo.settings(db)),
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        delivery_timeout_ms=3_600_000,
        request_timeout_ms=10_000,
        reconnect_backoff_max_ms=1_000,
        max_block_ms=10_000,
        allow_auto_create_topics=False,
        max_request_size=1_048_576,
    )


def close_producer(producer: KafkaProducer) -> None:
    """Without waiting for what was not delivered: it is in the outbox."""
    try:
        producer.close(timeout=0.5)
    except KafkaError as error:
        log.info("producer forced closed", reason=type(error).__name__)
        producer._sender.force_close()
