"""One relay: holds the lease, takes a slice, sends it, marks it."""

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import kafka_topics, leases, mongo, outbox
from shared.events import Topic
from shared.relay import ledger
from shared.telemetry import EVENTS_SENT, log

LEASE_SECONDS = 20
RENEW_SECONDS = 2.0
TURN_SECONDS = 1.0
SEND_SECONDS = 15
NEVER = float("-inf")
LOOK_SECONDS = 2.0
MEASURE_SECONDS = 60.0
CONFIRM_SECONDS = 10.0


class LogLost(Exception):
    """The broker's log is not the one that was written to: a topic has another id, or ends before what it had
    acknowledged."""


@dataclass(frozen=True)
class _UnderWay:
    """Handed to the producer; `deadline` (monotonic): until when every row is to be acknowledged."""

    found: ledger.Slice
    futures: list[Any]
    deadline: float


class Relay:
    """`restate(db, after, limit)` announces the present state of the next few documents of compacted topics by
    `outbox.add`, in the transaction it is called in, and returns the last id, or None when it is through."""

    def __init__(self, db: Database, topics: dict[str, Topic], restate: ledger.Restate | None = None) -> None:
        self.db = db
        self.topics = topics
        self.restate = restate
        self._compacted = [name for name, topic in topics.items() if topic.compacted]
        self._under_way: _UnderWay | None = None
        self._marking: tuple[_UnderWay, Future[None]] | None = None
        self._marker = ThreadPoolExecutor(1, thread_name_prefix="relay-mark")
        self.token = leases.new_token()
        self._producer: KafkaProducer | None = None
        self._admin: KafkaAdminClient | None = None
        self._held = self._looked = self._measured = self._turned = NEVER
        self._short_since: float | None = None
        for name in topics:
            EVENTS_SENT.labels(name)  # there from the start: of a counter that begins with 1 no rate shows the first

    def turn(self) -> bool:
        """One step forward; True when there may be more to do at once, else `has_work` tells. Raises
        kafka_topics.Unreachable, KafkaError, leases.Lost and what the database raises: then `drop`, and the next turn
        begins afresh."""
        self._turned = time.monotonic()
        if not self._holds():
            return False
        try:
            self._look()
            return self._step(ledger.take(self.db, self._unmarked()))
        except LogLost as loss:
            rows = outbox.announce_again(self.db)
            ledger.remember(self.db, self.token, {"topics": {}})
            log.warning("the broker has lost its log; announcing again", reason=str(loss), rows=rows)
            self.drop()
            return True

    def has_work(self) -> bool:
        """Whether another turn is worth while. After a second it is in any case: there is more to look after than rows
        that wait, and who does not hold the lease asks for it."""
        if time.monotonic() - self._turned >= TURN_SECONDS:
            return True
        return self._held != NEVER and outbox.waits(self.db)

    def _step(self, found: ledger.Slice) -> bool:
        """While much waits, the next slice is handed over while the broker takes the one before it and the database
        marks the one before that. All of them wait in the outbox until they are marked, in their order."""
        if not ledger.has_taken_over(found.relay, self.token):
            ledger.take_over(self.db, self.token, self._compacted)
            return True
        restated = "restate" in found.relay and ledger.restate(self.db, self.token, self.restate)
        handed_over = self._hand_over(found) if found.rows or found.again else None
        self._mark_what_is_under_way()
        self._under_way = handed_over
        if not found.full or found.again:
            self._end()
        return found.full or restated or found.again is not None

    def _hand_over(self, found: ledger.Slice) -> "_UnderWay":
        self._renew()
        producer = self._producer = self._producer or new_producer(self.db)
        futures = [
            producer.send(
                row["topic"],
                key=row["key"].encode(),
                value=row["value"],
                headers=[(name, content) for name, content in row["headers"]],
            )
            for row in found.rows
        ]
        return _UnderWay(found, futures, time.monotonic() + SEND_SECONDS)

    def _mark_what_is_under_way(self) -> None:
        """Waits for the broker, and for the mark before it; then this mark goes on by itself."""
        sent, self._under_way = self._under_way, None
        ends = self._deliver(sent) if sent else {}
        self._marked()
        if sent:
            self._marking = (sent, self._marker.submit(self._acknowledge, sent.found, ends))

    def _marked(self) -> None:
        """Raises what the mark that was going on has met."""
        marking, self._marking = self._marking, None
        if marking:
            marking[1].result()

    def _end(self) -> None:
        """Everything sent and marked."""
        if self._under_way and self._producer:
            self._producer.flush(SEND_SECONDS)
        self._mark_what_is_under_way()
        self._marked()

    def _acknowledge(self, sent: ledger.Slice, ends: dict[str, int]) -> None:
        ledger.acknowledge(self.db, self.token, sent, ends, self._compacted)
        for topic, count in Counter(row["topic"] for row in sent.rows).items():
            EVENTS_SENT.labels(topic).inc(count)

    def _unmarked(self) -> list[list[dict[str, Any]]]:
        """The rows of each slice under way, oldest first."""
        slices = [self._marking[0].found if self._marking else None, self._under_way.found if self._under_way else None]
        return [one.rows for one in slices if one]

    def _holds(self) -> bool:
        """The lease, by the database's word of less than two seconds ago: so much less than it lasts, that whoever
        sends has it until the sending ends."""
        if time.monotonic() - self._held > RENEW_SECONDS:
            at = time.monotonic()
            self._held = at if leases.acquire(self.db, "relay", self.token, LEASE_SECONDS) else NEVER
        return self._held != NEVER

    def _renew(self) -> None:
        """Before what may take long: a lease that ran out meanwhile is somebody else's. Raises leases.Lost."""
        if not self._holds():
            raise leases.Lost("relay")

    def close(self) -> None:
        try:
            self._end()
        except (KafkaError, PyMongoError, leases.Lost, LogLost) as error:
            log.info("left with rows under way: they wait, and are sent again", error=type(error).__name__)
        self.drop()
        self.db.relay.update_one({"_id": "relay", "holder": self.token}, {"$set": {"holder": None}})
        leases.release(self.db, "relay", self.token)

    def _look(self) -> None:
        """Makes missing topics and compares their ids with the remembered ones. Raises LogLost."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        settings = mongo.settings(self.db)
        self._admin = self._admin or kafka_topics.admin(settings)
        kafka_topics.ensure(settings, self.topics, self._admin)
        if time.monotonic() - self._measured > MEASURE_SECONDS:
            self._measure()
        now = {name: found[0] for name, found in kafka_topics.ids(self._admin, list(self.topics)).items()}
        known = ledger.known_topics(self.db)
        for name, topic_id in now.items():
            if known.get(name, {}).get("id") not in (None, topic_id):
                raise LogLost(f"{name} was made anew")
        new = [name for name in now if known.get(name, {}).get("id") is None]  # a late mark may have told of its end
        fresh = {name: {"id": now[name], "ends": {}} for name in new}
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

    def _deliver(self, sent: "_UnderWay") -> dict[str, int]:
        """Waits for every acknowledgement. Returns the new ends per `topic.partition`. Raises LogLost."""
        known = sent.found.relay.get("topics", {})
        ends: dict[str, int] = {}
        for row, future in zip(sent.found.rows, sent.futures, strict=True):
            written = future.get(max(sent.deadline - time.monotonic(), 0.01))
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
        """Throws the clients away, and what was looked at with them: to be called after any error of a turn."""
        self._held = self._looked = self._measured = NEVER
        self._under_way = self._marking = None
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
        linger_ms=20,  # so long a slice takes to be handed over; whoever waits for its end does not wait for this
        batch_size=131_072,
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
