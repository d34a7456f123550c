"""The same at a thousand and at a million appointments: one system beside another, measured in turn.

What is there already is made from one real booking: its documents, all of them, again and again with other ids.
"""

import itertools
import re
import secrets
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

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
COLLECTIONS = ("appointments", "places", "people", "contacts", "outbox", "outbox_sequences")
HEX = re.compile(r"[0-9a-f]{24,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|SND-[0-9A-Z]{4}-[0-9A-Z]{4}")

Row = dict[str, Any]
Measure = Callable[[System], float]


def grown(system: System, rounds: int, short: bool) -> Iterator[table.Row]:
    """Booking, listing and relaying, each at both sizes in turn."""
    many = LARGE_SHORT if short else LARGE
    if "mongod" not in system.by_name:
        raise ValueError("the grown rows start databases of their own: give them none")
    with tempfile.TemporaryDirectory() as folder, System(Path(folder), system.given) as small:
        for one, count in ((small, SMALL), (system, many)):
            one.start("booking web")
            fill(one, count)
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
            row.notes.append(f"baseline: {SMALL} appointments, subject: {many}, each beside servers of its own")
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
    return by_kafka.relayed(system, count)


def fill(system: System, count: int) -> None:
    """So many appointments with all that belongs to them, sent already."""
    db = system.database("booking")
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
    copies = _copies(model)
    for name in COLLECTIONS:
        db[name].drop_indexes()  # made again at once over all, which takes a fraction of the time
    for start in range(0, count, AT_ONCE):
        _write(db, list(itertools.islice(copies, min(AT_ONCE, count - start))))
    mongo.create(db, {**commands.COLLECTIONS, **store.COLLECTIONS})


def _write(db: Database, copies: list[dict[str, list[Row]]]) -> None:
    for name in COLLECTIONS:
        collection = db[name].with_options(write_concern=WriteConcern(w=1))
        collection.insert_many([row for copy in copies for row in copy[name]], ordered=False)


def _copies(model: dict[str, list[Row]]) -> Iterator[dict[str, list[Row]]]:
    """Each with ids of its own; what was one id in the model is one in the copy."""
    while True:
        ids: dict[str, str] = {}
        yield {name: [_renewed(row, ids) for row in rows] for name, rows in model.items()}


def _renewed(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renewed(one, ids) for name, one in value.items()}
    if isinstance(value, list):
        return [_renewed(one, ids) for one in value]
    if isinstance(value, bytes):
        return HEX.sub(lambda found: _new(found[0], ids), value.decode("latin-1")).encode("latin-1")
    if isinstance(value, str):
        return HEX.sub(lambda found: _new(found[0], ids), value)
    return value


def _new(id: str, ids: dict[str, str]) -> str:
    """Of the same form."""
    if id not in ids:
        fresh = secrets.token_hex(32)
        if id.startswith("SND"):
            ids[id] = f"SND-{fresh[:4].upper()}-{fresh[4:8].upper()}"
        else:
            ids[id] = str(uuid.uuid4()) if "-" in id else fresh[: len(id)]
    return ids[id]
