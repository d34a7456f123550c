"""A relay and readers at work on their threads, and whether all that was said is heard."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import consumer, inbox, outbox, worker
from shared.events import Topic
from tests.integration.spine.conftest import Heard, say
from tests.wait import wait_until

CASES = 4
RECOVERY = 120  # seconds: far beyond what was ever needed


@contextmanager
def at_work(*makes: object) -> Iterator[None]:
    """The worker's own loops, each on its thread."""
    stop = threading.Event()
    parts = [make(stop) for make in makes]
    threads = [threading.Thread(target=worker._loop, args=(part, stop), name=part.name) for part in parts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a loop did not end"


def relaying(db: Database, topic: str):
    return lambda stop: worker._relay(db, {topic: Topic(partitions=3)}, None, stop)


def reading(db: Database, heard: Heard):
    return lambda stop: worker._consumer(db, [heard.topic], heard.reading())


def say_some(db: Database, topic: str, numbers: range) -> None:
    for n in numbers:
        say(db, topic, f"case{n % CASES}", n)


def heard_all(db: Database, heard: Heard, count: int) -> bool:
    """Each of them, once, and each case in its order."""
    try:
        cases = [heard.of(db, f"case{n}") for n in range(CASES)]
    except PyMongoError:
        return False  # it is away at the moment
    assert all(case == sorted(set(case)) for case in cases), f"twice or out of order: {cases}"
    return cases == [list(range(n, count, CASES)) for n in range(CASES)]


def wait_for_all(db: Database, heard: Heard, count: int) -> None:
    try:
        wait_until(lambda: heard_all(db, heard, count), RECOVERY, f"{count} events are heard", every=0.2)
    except AssertionError:
        print("heard:", [heard.of(db, f"case{n}") for n in range(CASES)])
        print("outbox:", outbox.health(db), "inbox:", inbox.health(db))
        print("relay:", db.relay.find_one(), "heartbeats:", list(db.heartbeats.find()))
        print("consumer:", *consumer.health(db), sep="\n  ")
        raise
