"""The same at a thousand and at a million appointments: one system beside another, measured in turn.

What is there already is made from one real booking: its documents, all of them, again and again with other ids, put
into their bytes, since a million times through Python's own things would take half an hour.
"""

import itertools
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import WriteConcern
from pymongo.database import Database

from services.booking import store
from shared import clock, commands, mongo
from tests.load import by_http, by_kafka, client, drive, people, table
from tests.load.system import System

SMALL, LARGE = 1_000, 1_000_000
LARGE_SHORT = 5_000
AT_ONCE = 1_000
SECONDS = 6
CACHE_GB = 9  # of each server: what a million appointments are kept in, with their indexes, has room in it
COLLECTIONS = ("appointments", "places", "people", "contacts", "outbox", "outbox_sequences")
_numbers = itertools.count()
ID = re.compile(rb"[0-9a-f]{24,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|SND-[0-9A-Z]{4}-[0-9A-Z]{4}")

Row = dict[str, Any]
Copy = dict[str, list[RawBSONDocument]]
Measure = Callable[[System], float]


def grown(system: System, rounds: int, short: bool) -> Iterator[table.Row]:
    """Booking, listing and relaying, each at both sizes in turn."""
    many = LARGE_SHORT if short else LARGE
    if "mongod" not in system.by_name:
        raise ValueError("the grown rows start databases of their own: give them none")
    with tempfile.TemporaryDirectory() as folder, System(Path(folder), system.given) as small:
        for one, count in ((small, SMALL), (system, many)):
            one.start("booking web")
            with one.administrator() as server:
                server.admin.command("setParameter", 1, wiredTigerEngineRuntimeConfig=f"cache_size={CACHE_GB}G")
            _relayed(one, short=True)  # the relay knows its topics from now on: what is copied it need not say anew
            begun = time.monotonic()
            fill(one, count)
            _settle(one)
            size = one.database("booking").command("dbStats", scale=1_000_000)
            megabytes = f"{size['dataSize']:.0f} MB of documents, {size['indexSize']:.0f} of indexes"
            print(f"{count:,} appointments are there after {time.monotonic() - begun:.0f} s: {megabytes}", flush=True)
        for name, measure in (("booking", _booked), ("listing", _listed), ("relaying", _relayed)):
            for one in (small, system):
                measure(one, short)
            row = table.compared(
                f"{name} at {many:,}",
                "/s",
                rounds,
                lambda _, measure=measure: measure(small, short),
                lambda _, measure=measure: measure(system, short),
                at_least=round(1 / 1.2, 2),
            )
            row.notes.append(
                f"baseline: {SMALL} appointments, subject: {many}, each on a server of its own ({CACHE_GB} GB)"
            )
            yield row


def _booked(system: System, _short: bool) -> float:
    told = by_http.people(secrets.token_hex(3), SECONDS)
    by_http.offer(system, str(told["run"]), int(str(told["slots"])))
    return drive.wrk("book", system.url("booking", "/api/v1/appointments"), SECONDS, **told).per_second


def _listed(system: System, _short: bool) -> float:
    path = f"/api/v1/offices/{by_http.OFFICE}/slots?pathway={by_http.PATHWAY}&limit=200"
    return drive.wrk("get", system.url("booking", path), SECONDS).per_second


def _relayed(system: System, short: bool) -> float:
    count = by_kafka.SHORT if short else by_kafka.COUNT
    by_kafka.fill_outbox(system, count)
    _settle(system)
    return by_kafka.relayed(system, count)


def _settle(system: System) -> None:
    """What was filled in is on the disk: it is not written there while something is measured."""
    with system.administrator() as server:
        server.admin.command("fsync")


def fill(system: System, count: int) -> None:
    """So many appointments with all that belongs to them, sent already."""
    db = system.database("booking")
    moulds = _moulds(_model(system, db))
    for name in COLLECTIONS:
        db[name].drop_indexes()  # made again at once over all, which takes a fraction of the time
    with ThreadPoolExecutor(1) as writing:  # the server takes what was made while the next is being made
        written: list[Future[None]] = []
        for start in range(0, count, AT_ONCE):
            copies = [moulds.cast() for _ in range(min(AT_ONCE, count - start))]
            for before in written:
                before.result()
            written = [writing.submit(_write, db, copies)]
        for last in written:
            last.result()
    mongo.create(db, {**commands.COLLECTIONS, **store.COLLECTIONS})


def _model(system: System, db: Database) -> dict[str, list[Row]]:
    """All documents of one booking, made by the product itself."""
    before = {name: {row["_id"] for row in db[name].find({}, {"_id": 1})} for name in COLLECTIONS}
    run = secrets.token_hex(12)
    by_http.offer(system, run, 1, 1)
    request = people.booking(system, "booking", "/api/v1/appointments", f"load.{run}.0")
    (answer,) = client.send(int(system.settings["BOOKING_PORT"]), [(0, request)])
    if answer.status != 201:
        raise client.Unanswered(f"the booking to copy was answered by {answer.status}")
    model = {name: [row for row in db[name].find() if row["_id"] not in before[name]] for name in COLLECTIONS}
    for row in model["outbox"]:
        row |= {"expires_at": clock.now() + timedelta(days=90)}
        del row["waiting"]
    return model


def _write(db: Database, copies: list[Copy]) -> None:
    for name in COLLECTIONS:
        collection = db[name].with_options(write_concern=WriteConcern(w=1))
        collection.insert_many([row for copy in copies for row in copy[name]], ordered=False)


@dataclass(frozen=True)
class Mould:
    """A document as bytes, and where in it which id stands: (from, to, number of the id)."""

    collection: str
    content: bytes
    holes: tuple[tuple[int, int, int], ...]

    def filled(self, ids: list[bytes]) -> RawBSONDocument:
        content = bytearray(self.content)
        for begin, end, number in self.holes:
            content[begin:end] = ids[number]
        return RawBSONDocument(bytes(content))


@dataclass(frozen=True)
class Moulds:
    """Of all documents of one booking; what was one id in the model is one in each copy."""

    of_each: tuple[Mould, ...]
    ids: tuple[bytes, ...]

    def cast(self) -> Copy:
        fresh = [_like(id) for id in self.ids]
        copy: Copy = {name: [] for name in COLLECTIONS}
        for mould in self.of_each:
            copy[mould.collection].append(mould.filled(fresh))
        return copy


def _moulds(model: dict[str, list[Row]]) -> Moulds:
    numbers: dict[bytes, int] = {}
    found = []
    for name, rows in model.items():
        for content in map(bson.encode, rows):
            holes = [(*hole.span(), numbers.setdefault(hole[0], len(numbers))) for hole in ID.finditer(content)]
            found.append(Mould(name, content, tuple(holes)))
    return Moulds(tuple(found), tuple(numbers))


def _like(id: bytes) -> bytes:
    """Another one of the same form."""
    if id.startswith(b"SND"):  # too short to be drawn: of a million two would be the same
        reference = f"{next(_numbers) * 2_654_435_761 % 2**32:08X}".encode()
        return b"SND-%s-%s" % (reference[:4], reference[4:])
    fresh = secrets.token_hex(32).encode()
    if b"-" in id:
        return b"-".join((fresh[:8], fresh[8:12], fresh[12:16], fresh[16:20], fresh[20:32]))
    return fresh[: len(id)]
