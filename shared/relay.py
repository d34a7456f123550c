"""Carries the outbox to Kafka: one relay per service at a time, in order, and again from the start when the log is
lost.

A turn, and what happens when the process dies after each step:

1. *Lease.* One process holds it. Dies: the lease runs out and another goes on.
2. *Number.* In one transaction with a check of the lease, waiting rows get the next positions. The transaction is a
   snapshot and a case's sequence is the order of its commits, so a row is never seen without its predecessors:
   sorting each case's rows by sequence puts them in order for good. Dies before the commit: nothing happened. After:
   the rows have their place.
3. *Send* the rows after `acknowledged`, in order of position, with `acks=all` and idempotence. Dies here: the next
   relay sends the same rows again, in the same order.
4. *Mark.* When every row of the slice is acknowledged: in one transaction with a check of the lease, `acknowledged`
   moves on and the rows become archive. Dies between 3 and 4: the slice is sent again.

So what can go wrong is repetition only, never omission: a row is passed over only after its acknowledgement was
written. A relay that was paused and wakes up late can still hand its slice to the broker, but those rows were sent
in this order before (whoever took over began at the same `acknowledged`), and it cannot mark them: its lease check
fails. A reader ignores what it has seen (event id, and a sequence it has passed), so repetition has no effect on it.
In a compacted topic such a late repetition can leave an older state as the last one of its key. Those who have read
the newer one ignore it; for those who begin later the present state is announced again whenever a relay takes over
from one that did not leave by itself, and once a day.

kafka-python's idempotent producer is dead for good after some errors and hangs after others, so after any failure it
is thrown away and a new one begins at the oldest row not acknowledged.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from pymongo import UpdateOne
from pymongo.database import Database

from shared import clock, kafka_topics, leases, mongo, outbox
from shared.events import Topic
from shared.telemetry import EVENTS_SENT, log

SLICE = 200
LEASE_SECONDS = 20
SEND_SECONDS = 15
LOOK_SECONDS = 2.0
MEASURE_SECONDS = 60.0
RESTATE_EVERY = timedelta(days=1)

Restate = Callable[[Database, Any, int], Any]


class LogLost(Exception):
    """The broker's log is not the one that was written to: a topic has another id, or ends before what it had
    acknowledged."""


class Relay:
    """`restate(db, after, limit)` announces the present state of the next few documents of compacted topics by
    `outbox.add`, in the transaction it is called in, and returns the last id, or None when it is through."""

    def __init__(self, db: Database, topics: dict[str, Topic], restate: Restate | None = None) -> None:
        self.db = db
        self.topics = topics
        self.restate = restate
        self.token = leases.new_token()
        self._producer: KafkaProducer | None = None
        self._admin: KafkaAdminClient | None = None
        self._looked = 0.0
        self._measured = 0.0

    def turn(self) -> bool:
        """One step forward; True when there may be more to do at once. Raises kafka_topics.Unreachable, KafkaError,
        leases.Lost and what the database raises: then `drop`, and the next turn begins afresh."""
        if not leases.acquire(self.db, "relay", self.token, LEASE_SECONDS):
            return False
        try:
            _take_over(self.db, self.token, [name for name, topic in self.topics.items() if topic.compacted])
            self._look()
            restated = _restate(self.db, self.token, self.restate)
            numbered = _number(self.db, self.token)
            return self._send() or restated or numbered == SLICE
        except LogLost as loss:
            rows = outbox.announce_again(self.db)
            _remember(self.db, self.token, {"topics": {}})
            log.warning("the broker has lost its log; announcing again", reason=str(loss), rows=rows)
            self.drop()
            return True

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
        known = _known_topics(self.db)
        for name, topic_id in now.items():
            if known.get(name, {}).get("id") not in (None, topic_id):
                raise LogLost(f"{name} was made anew")
        fresh = {name: {"id": topic_id, "ends": {}} for name, topic_id in now.items() if name not in known}
        if fresh:
            _remember(self.db, self.token, {f"topics.{name}": topic for name, topic in fresh.items()})
        self._looked = time.monotonic()

    def _measure(self) -> None:
        """Do the logs still reach as far as was acknowledged? Raises LogLost. A topic made anew is noticed by its
        id."""
        known = {
            TopicPartition(name, int(number)): end
            for name, topic in _known_topics(self.db).items()
            for number, end in topic.get("ends", {}).items()
        }
        for partition, end in kafka_topics.ends(mongo.settings(self.db), known).items():
            if end < known[partition]:
                raise LogLost(
                    f"{partition.topic} {partition.partition} ends at {end}, {known[partition]} was acknowledged"
                )
        self._measured = time.monotonic()

    def _send(self) -> bool:
        relay = self.db.relay.find_one({"_id": "relay"}) or {}
        after = relay.get("acknowledged", 0)
        rows = list(self.db.outbox.find({"position": {"$gt": after}}).sort("position", 1).limit(SLICE))
        if not rows:
            return False
        ends = self._deliver(rows, relay.get("topics", {}))
        compacted = [name for name, topic in self.topics.items() if topic.compacted]
        _acknowledge(self.db, self.token, relay, rows, ends, compacted)
        for row in rows:
            EVENTS_SENT.labels(row["topic"]).inc()
        return len(rows) == SLICE

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
        if producer:
            close_producer(producer)
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


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By arrival, but the rows of each case stand in the order of their sequence, each in a place that one of them
    had."""
    cases: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["sequence"]):
        cases.setdefault((row["topic"], row["key"]), []).append(row)
    turns = {case: iter(of_case) for case, of_case in cases.items()}
    return [next(turns[row["topic"], row["key"]]) for row in sorted(rows, key=lambda row: row["at"])]


@mongo.transactional
def _number(db: Database, token: str) -> int:
    first = list(db.outbox.find({"waiting": True}).sort("at", 1).limit(SLICE))
    if not first:
        return 0
    leases.check(db, "relay", token)
    cases = {(row["topic"], row["key"]) for row in first}
    of_cases = [{"waiting": True, "topic": topic, "key": key} for topic, key in cases]
    rows = in_order(list(db.outbox.find({"$or": of_cases})))
    relay = db.relay.find_one_and_update({"_id": "relay"}, {"$inc": {"last": len(rows)}}, upsert=True)
    start = (relay or {}).get("last", 0)
    db.outbox.bulk_write(
        [
            UpdateOne({"_id": row["_id"]}, {"$set": {"position": start + n}, "$unset": {"waiting": ""}})
            for n, row in enumerate(rows, 1)
        ]
    )
    return len(first)


@mongo.transactional
def _acknowledge(
    db: Database,
    token: str,
    seen: dict[str, Any],
    rows: list[dict[str, Any]],
    ends: dict[str, int],
    compacted: list[str],
) -> None:
    leases.check(db, "relay", token)
    moved = db.relay.update_one(
        {"_id": "relay", **{name: seen.get(name) for name in ("acknowledged", "announced_again_at")}},
        {"$set": {"acknowledged": rows[-1]["position"], **ends}},
    )
    if not moved.matched_count:
        return  # somebody asked to announce again meanwhile: the position was moved back and stays there
    expires_at = clock.now() + timedelta(days=mongo.settings(db).archive_days)
    sent = [row["_id"] for row in rows]
    db.outbox.delete_many({"_id": {"$in": sent}, "topic": {"$in": compacted}})
    db.outbox.update_many({"_id": {"$in": sent}, "expires_at": None}, {"$set": {"expires_at": expires_at}})


@mongo.transactional
def _take_over(db: Database, token: str, compacted: list[str]) -> None:
    """A relay that did not leave by itself may still wake up and send: what compacted topics hold is then announced
    again from the present state, as it is once a day in any case."""
    relay = db.relay.find_one({"_id": "relay"}) or {}
    abandoned = relay.get("holder") not in (None, token)
    old = relay.get("restated_at", clock.EPOCH) < clock.now() - RESTATE_EVERY
    if relay.get("holder") == token and not old:
        return
    leases.check(db, "relay", token)
    change: dict[str, Any] = {"holder": token, "restated_at": clock.now() if old else relay["restated_at"]}
    if compacted and "restate" not in relay and (old or abandoned):
        change["restate"] = {"after": None}
    db.relay.update_one({"_id": "relay"}, {"$set": change}, upsert=True)


@mongo.transactional
def _restate(db: Database, token: str, restate: Restate | None) -> bool:
    relay = db.relay.find_one({"_id": "relay"}) or {}
    if "restate" not in relay:
        return False
    leases.check(db, "relay", token)
    last = restate(db, relay["restate"]["after"], SLICE) if restate else None
    change = {"$unset": {"restate": ""}} if last is None else {"$set": {"restate": {"after": last}}}
    db.relay.update_one({"_id": "relay"}, change)
    return True


@mongo.transactional
def _remember(db: Database, token: str, values: dict[str, Any]) -> None:
    leases.check(db, "relay", token)
    db.relay.update_one({"_id": "relay"}, {"$set": values}, upsert=True)


def _known_topics(db: Database) -> dict[str, Any]:
    return (db.relay.find_one({"_id": "relay"}) or {}).get("topics", {})
