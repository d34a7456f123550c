"""A service's background process: consumer, relay and timers, each in a thread of its own, or one of them alone.

Each part is a loop that survives what goes wrong in a turn. The process says every 2 s in the database that it
lives, answers `/healthz`, `/readyz` and `/metrics` on a port of its own, and leaves when a loop has not turned for
60 s, so that whoever watches over it starts it anew.
"""

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kafka.errors import KafkaError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import (
    consumer,
    due,
    figures,
    heartbeats,
    inbox,
    kafka_security,
    kafka_topics,
    leases,
    mongo,
    outbox,
    relay,
    telemetry,
    worker_http,
)
from shared.events import Topic
from shared.inbox import Reading
from shared.settings import Settings
from shared.telemetry import HEARTBEAT, log

COLLECTIONS: dict[str, list[Any]] = {
    **outbox.COLLECTIONS,
    **inbox.COLLECTIONS,
    **consumer.COLLECTIONS,
    **due.COLLECTIONS,
    **leases.COLLECTIONS,
    **heartbeats.COLLECTIONS,
    **figures.COLLECTIONS,
}
STUCK_SECONDS = 60
HEARTBEAT_SECONDS = 2.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.2
PARTS = heartbeats.PARTS
FROM_OUTSIDE = (KafkaError, kafka_topics.Unreachable, kafka_security.Refused, PyMongoError)


@dataclass
class Part:
    """A loop and when it last turned (monotonic seconds)."""

    name: str
    turn: Callable[[], bool]
    recover: Callable[[], None]
    close: Callable[[], None]
    turned: float = field(default_factory=time.monotonic)
    failing: str | None = None


def run(
    settings: Settings,
    reading: Reading,
    topics: list[str],
    timers: due.Timers,
    publishes: dict[str, Topic],
    restate: relay.Restate | None = None,
) -> None:
    """Runs until SIGTERM or SIGINT. `--only PART` on the command line runs one part."""
    only = _arguments()
    db = mongo.open(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    made = {
        "consumer": lambda: _consumer(db, topics, reading),
        "relay": lambda: _relay(db, publishes, restate, stop),
        "timers": lambda: _timers(db, {**timers, **inbox.letters.due_work(reading)}, stop),
    }
    parts = [made[name]() for name in PARTS if only in (None, name)]
    threads = [threading.Thread(target=_loop, args=(part, stop), name=part.name) for part in parts]
    server = worker_http.start(settings, lambda: {part.name: part.failing for part in parts})
    for thread in threads:
        thread.start()
    log.info("worker started", parts=[part.name for part in parts])
    beats = heartbeats.Beats(db)
    _watch(db, beats, parts, stop)
    for thread in threads:
        thread.join(timeout=20)
    _leave(beats)
    server.shutdown()
    log.info("worker stopped")


def _arguments() -> str | None:
    parser = argparse.ArgumentParser(description="The background process of a service.")
    parser.add_argument("--only", choices=PARTS, help="run one part, to scale it apart")
    return parser.parse_args().only


def _loop(part: Part, stop: threading.Event) -> None:
    pause = 0.5
    while not stop.is_set():
        try:
            busy = part.turn()
            part.failing, pause = None, 0.5
        except (*FROM_OUTSIDE, leases.Lost, leases.ClockOff) as error:
            _fell(part, error)
            busy = False
        except Exception as error:  # noqa: BLE001 - one of the three loops: logged with its trace, and tried again
            log.error("part failed", part=part.name, **telemetry.describe(error))
            _fell(part, error)
            busy = False
        part.turned = time.monotonic()
        HEARTBEAT.labels(part.name).set_to_current_time()
        if part.failing:
            stop.wait(pause)
            pause = min(pause * 2, 5)
        elif not busy:
            stop.wait(0.01)
    _close(part)


def _close(part: Part) -> None:
    """Leaves the group, gives the lease back, ends what runs: so that another takes up the work at once. Where that
    fails, what was held runs out by itself."""
    try:
        part.close()
        log.info("part left", part=part.name)
    except FROM_OUTSIDE as error:
        log.warning("part left without a word", part=part.name, error=type(error).__name__)


def _fell(part: Part, error: Exception) -> None:
    refused = isinstance(error, kafka_security.Refused)
    if part.failing is None or refused and part.failing != type(error).__name__:
        tell = log.error if refused else log.warning
        tell("part in trouble; will go on", part=part.name, error=type(error).__name__, why=str(error)[:200])
    part.failing = type(error).__name__
    try:
        part.recover()
    except Exception as again:  # noqa: BLE001 - the loop goes on whatever the clients say when they are thrown away
        log.info("clients thrown away", part=part.name, error=type(again).__name__)


def _consumer(db: Database, topics: list[str], reading: Reading) -> Part:
    one = consumer.Consumer(db, topics, reading)

    def turn() -> bool:
        one.turn()
        return True

    return Part("consumer", turn, one.drop, one.drop)


def _relay(db: Database, publishes: dict[str, Topic], restate: relay.Restate | None, stop: threading.Event) -> Part:
    one = relay.Relay(db, publishes, restate)

    def turn() -> bool:
        more, pauses = one.turn(), _pauses()
        while not (more or stop.wait(next(pauses))):
            more = one.has_work()
        return True

    return Part("relay", turn, one.drop, one.close)


def _timers(db: Database, timers: due.Timers, stop: threading.Event) -> Part:
    free = threading.Event()
    one, pauses = due.Runner(db, timers, free.set), _pauses()

    def turn() -> bool:
        nonlocal pauses
        free.clear()
        if one.turn() or free.wait(next(pauses)):
            pauses = _pauses()
        return True

    return Part("timers", turn, lambda: None, one.close)


def _pauses() -> Iterator[float]:
    """Seconds between two looks at a queue: short after something was there, so that what comes meanwhile goes
    together, and longer the longer nothing is. A change stream would tell at once, but costs the database and this
    process a round trip for each row that is written, just when there is much to do."""
    pause = SHORTEST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _watch(db: Database, beats: heartbeats.Beats, parts: list[Part], stop: threading.Event) -> None:
    """Writes the heartbeats until the end; ends the process when a part is stuck."""
    while not stop.wait(HEARTBEAT_SECONDS):
        for part in parts:
            idle = time.monotonic() - part.turned
            if idle > STUCK_SECONDS:
                log.critical("part stuck; leaving", part=part.name, seconds=round(idle))
                os._exit(70)
        try:
            beats.write({part.name: part.failing for part in parts})
            figures.sample(db)
        except PyMongoError as error:
            log.warning("no heartbeat written", error=type(error).__name__)


def _leave(beats: heartbeats.Beats) -> None:
    try:
        beats.leave()
    except PyMongoError as error:
        log.warning("left without a word", error=type(error).__name__)
