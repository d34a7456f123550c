"""What the database itself costs: rows that expire, and queues that are long."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pymongo
from pymongo.database import Database

from shared import clock, due, events, figures, mongo, outbox
from shared.relay import ledger
from tests.integration.spine.conftest import some_settings
from tests.load import table
from tests.load.system import System

SECONDS, SHORT = 15.0, 3.0
WRITERS = 4
MANY, SHORT_MANY = 1_000_000, 50_000
FEW = 1_000
AT_ONCE = 5_000


def expiring(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Rows of the outbox written by four writers, each alone and durable: while none expires, and while each expires at
    once, so that for each row written the server deletes another."""
    system.start("booking set-up")
    seconds = SHORT if short else SECONDS
    with _expiry_every_second(system):
        row = table.compared(
            "writing while rows expire",
            "/s",
            rounds,
            lambda _: _written(system, seconds, clock.now() + timedelta(days=90)),
            lambda _: _written(system, seconds, clock.now() - timedelta(days=1)),
            at_least=0.0,
        )
    return [table.Row(row.name, row.figure, row.subject, row.baseline, row.ratio, notes=["one deletion per write"])]


def waiting(system: System, rounds: int, short: bool) -> list[table.Row]:
    """One look of each worker part at its queue (a slice of the relay, a claim, all figures of the console), with a
    million rows waiting in outbox and due and with a thousand; and by how much the process grew."""
    system.start("booking set-up")
    many = SHORT_MANY if short else MANY
    db = _opened(system)
    notes: list[str] = []

    def looked(rows: int) -> float:
        _fill(db, rows)
        before, took = _memory(), _look_often(db)
        after = _memory()
        parts = ", ".join(f"{name} {1000 * seconds:.1f} ms" for name, seconds in took.items())
        notes.append(f"{rows:,} rows: {parts}; resident memory {before:.0f} -> {after:.0f} MB")
        return 1000 * sum(took.values())

    row = table.compared(
        "a look at the queues", "ms", rounds, lambda _: looked(FEW), lambda _: looked(many), at_most=1e9
    )
    return [table.Row(f"{row.name}, {many:,}", row.figure, row.subject, row.baseline, row.ratio, notes=notes)]


@contextmanager
def _expiry_every_second(system: System) -> Iterator[None]:
    """The server looks for expired rows every minute; here every second, as one that is never idle would."""
    with system.administrator() as client:
        client.admin.command("setParameter", 1, ttlMonitorSleepSecs=1)
        try:
            yield
        finally:
            client.admin.command("setParameter", 1, ttlMonitorSleepSecs=60)


def _written(system: System, seconds: float, expires_at: datetime) -> float:
    """Rows a second."""
    db = system.database("booking")
    db.outbox.delete_many({})
    until, counts = time.monotonic() + seconds, [0] * WRITERS

    def write(number: int) -> None:
        while time.monotonic() < until:
            sent = outbox.row(_event(), clock.now()) | {"expires_at": expires_at}
            del sent["waiting"]
            db.outbox.insert_one(sent)
            counts[number] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def _fill(db: Database, rows: int) -> None:
    with pymongo.timeout(300):  # a million go at once
        db.outbox.delete_many({})
        db.due.delete_many({})
    now, like = clock.now(), outbox.row(_event(), clock.now())
    work: dict[str, Any] = {"kind": "send", "data": {}, "priority": 5, "state": "waiting", "attempts": 0}
    work |= {"due_at": now, "created_at": now}
    for start in range(0, rows, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, rows))
        db.outbox.insert_many([like | {"_id": f"{n:08}", "sequence": n + 1} for n in numbers], ordered=False)
        db.due.insert_many([work | {"_id": f"{n:08}", "lane": f"lane{n % 5}"} for n in numbers], ordered=False)


def _look_often(db: Database, times: int = 30) -> dict[str, float]:
    """Seconds of each, on average."""
    return {
        "a slice": _average(lambda: ledger.take(db), times),
        "a claim": _average(lambda: due.claim(db, "lane1", ["send"]), times),
        "figures": _average(lambda: figures.health(db), times),
    }


def _average(look: Callable[[], Any], times: int) -> float:
    begin = time.monotonic()
    for _ in range(times):
        look()
    return (time.monotonic() - begin) / times


def _event() -> events.Event:
    return events.Event("thing.done.v1", "case", {"n": 1}, topic="booking", source="/t", sequence=1)


def _opened(system: System) -> Database:
    uri, kafka = system.settings["BOOKING_MONGO_URI"], system.settings["KAFKA_BOOTSTRAP_SERVERS"]
    return mongo.open(some_settings("booking", uri, kafka))


def _memory() -> float:
    """Resident, in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
