"""The rows of the event path: the product's own worker processes against kafka-python and pymongo alone."""

import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping

import urllib3
from kafka import KafkaProducer

from deploy.local import parts, processes
from services.booking import events as said_by_booking
from shared import events, kafka_topics, outbox
from shared.events import Topic
from tests.integration.spine.conftest import some_settings
from tests.load import events_made, table
from tests.load.system import System
from tests.wait import wait_until

COUNT = 20_000
SHORT = 3_000
PARTITIONS = 12


def relaying(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Rows that wait in booking's outbox, taken to Kafka by its worker's relay."""
    system.start("booking set-up")
    count = SHORT if short else COUNT
    topic = said_by_booking.BOOKING
    fill_outbox(system, count)

    def product(_: int) -> float:
        db = system.database("booking")
        db.outbox.update_many({}, {"$set": {"waiting": True}, "$unset": {"expires_at": ""}})
        return relayed(system, count)

    return [
        table.compared(
            "relaying", "/s", rounds, lambda _: _bare(system, "produce", topic, count), product, at_least=0.5
        )
    ]


def relayed(system: System, count: int) -> float:
    """So many rows that wait, a second."""
    return _rate(system, "services.booking.worker", "relay", system.settings, "sendero_events_sent_total", count)


def consuming(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Records in Kafka, each with one write of a handler, taken by a worker's consumer."""
    system.start("booking set-up")
    count = SHORT if short else COUNT
    topics = [f"load-{secrets.token_hex(3)}" for _ in range(rounds)]
    for topic in topics:
        fill_topic(system, topic, count)

    def product(number: int) -> float:
        told = {**system.settings, **load_settings(system), "LOAD_TOPIC": topics[number]}
        return _rate(system, "tests.load.listener", "consumer", told, "sendero_events_handled_total", count)

    return [
        table.compared(
            "consuming",
            "/s",
            rounds,
            lambda number: _bare(system, "consume", topics[number], count),
            product,
            at_least=0.6,
        )
    ]


def fill_outbox(system: System, count: int) -> None:
    """As `outbox.add` leaves them, in bulk."""
    db = system.database("booking")
    made = list(events_made.bookings(said_by_booking.BOOKING, count))
    for start in range(0, count, 1000):
        slice_ = made[start : start + 1000]
        db.outbox.insert_many([outbox.row(event, event.time) for event in slice_])
        db.outbox_sequences.insert_many(
            [{"_id": f"{event.topic}:{event.key}", "last": 1, "at": event.time} for event in slice_]
        )


def fill_topic(system: System, topic: str, count: int) -> None:
    told = some_settings("load", system.settings["BOOKING_MONGO_URI"], system.settings["KAFKA_BOOTSTRAP_SERVERS"])
    kafka_topics.ensure(told, {topic: Topic(partitions=PARTITIONS)})
    producer = KafkaProducer(**kafka_topics.client_options(told), acks="all", enable_idempotence=True, linger_ms=20)
    for event in events_made.bookings(topic, count):
        headers, value = events.write(event)
        producer.send(topic, key=event.key.encode(), value=value, headers=headers)
    producer.flush(120)
    producer.close()


def load_settings(system: System) -> dict[str, str]:
    """Of the service `load`: its collections are in booking's database, while booking's own worker is not there."""
    same = ("MONGO_URI", "SECRET_KEY", "SEAL_KEYS", "PUBLIC_URL", "WORKER_PORT")
    return {f"LOAD_{name}": system.settings[f"BOOKING_{name}"] for name in same}


def _bare(system: System, work: str, topic: str, count: int) -> float:
    finished = subprocess.run(
        [sys.executable, "-m", "tests.load.bare", work, topic, str(count)],
        env={**parts.environment(), **system.settings},
        cwd=parts.ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if finished.returncode:
        raise RuntimeError(f"bare {work}:\n{finished.stderr[-3000:]}")
    counted = json.loads(finished.stdout.strip().splitlines()[-1])
    return counted["records"] / counted["seconds"]


def _rate(system: System, module: str, part: str, told: Mapping[str, str], counter: str, count: int) -> float:
    """Starts the worker with one part and follows its own counter, from the first events on to the last."""
    command = [sys.executable, "-m", module, "--only", part]
    log = system.folder / "logs" / f"{part}.log"
    process = processes.start(command, log, {**parts.environment(), **told}, parts.ROOT)
    url = f"http://127.0.0.1:{system.settings['BOOKING_WORKER_PORT']}/metrics"
    seen: list[tuple[float, float]] = []

    def all_done() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"{module} ended:\n{log.read_text()[-3000:]}")
        done = _counted(url, counter)
        if done:
            seen.append((time.monotonic(), done))
        return done >= count

    try:
        wait_until(all_done, 300, f"{part} has done {count}", every=0.1)
    finally:
        processes.stop(process, 30)
    (begun, first), (ended, last) = seen[0], seen[-1]
    if last == first:
        raise RuntimeError(f"{count} are too few to measure: all were done at the first look")
    return (last - first) / (ended - begun)


def _counted(url: str, counter: str) -> float:
    try:
        text = urllib3.request("GET", url, retries=False, timeout=5).data.decode()
    except urllib3.exceptions.HTTPError:
        return 0  # not up yet
    return sum(float(value) for value in re.findall(rf"^{counter}{{[^}}]*}} (\S+)$", text, re.MULTILINE))
