"""The rows that wrk drives: bookings and lists by HTTP, against bare Flask under the same gunicorn."""

import itertools
import secrets
from collections.abc import Callable
from datetime import timedelta

import urllib3

from services.booking import places
from shared import clock
from tests.load import drive, table
from tests.load.system import System

OFFICE, PATHWAY = "quetzaltenango", "orientation"
SECONDS = 8
WARM_SECONDS = 2
PLACES = 3
_first = itertools.count(secrets.randbelow(1_000_000), 20_000)  # nobody comes twice in one run: it would be refused

Measure = Callable[[float], drive.Rate]


def booking(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Every person, contact and key is a new one; each place is booked at most once."""
    system.start("booking web", "baseline")

    def bare(seconds: float) -> drive.Rate:
        return drive.wrk("book", system.url("baseline", "/book"), seconds, **people("load", seconds))

    def product(seconds: float) -> drive.Rate:
        told = people(secrets.token_hex(3), seconds)
        offer(system, str(told["run"]), int(str(told["slots"])))
        return drive.wrk("book", system.url("booking", "/api/v1/appointments"), seconds, **told)

    return [_compared("booking", rounds, short, bare, product, at_least=0.6)]


def listing(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Two weeks of an office, all on one page."""
    system.start("booking web", "baseline")
    path = f"/api/v1/offices/{OFFICE}/slots?pathway={PATHWAY}&limit=200"
    listed = len(urllib3.request("GET", system.url("booking", path)).json()["items"])
    plain = system.url("baseline", f"/list?office={OFFICE}&pathway={PATHWAY}&limit={listed}")
    row = _compared(
        "listing",
        rounds,
        short,
        lambda seconds: drive.wrk("get", plain, seconds),
        lambda seconds: drive.wrk("get", system.url("booking", path), seconds),
        at_least=0.8,
    )
    row.notes.insert(0, f"{listed} slots in each answer")
    return [row]


def offer(system: System, run: str, slots: int, capacity: int = PLACES) -> None:
    """New slots `load.RUN.0` and on, with places each: later than the two weeks that are listed, which this office may
    be booked for."""
    begin = (clock.now() + timedelta(days=20)).replace(microsecond=0)
    rows = [
        {
            "_id": f"load.{run}.{number}",
            "office_id": OFFICE,
            "pathway_id": PATHWAY,
            "starts_at": begin + timedelta(seconds=number),
            "ends_at": begin + timedelta(seconds=number + 1800),
            "timezone": "America/Guatemala",
            "capacity": capacity,
        }
        for number in range(slots)
    ]
    db = system.database("booking")
    db.offices.update_one({"_id": OFFICE}, {"$set": {f"limits.{PATHWAY}.horizon_days": 30}})
    for start in range(0, slots, 500):
        places.add(db, rows[start : start + 500])


def people(run: str, seconds: float) -> dict[str, object]:
    slots = max(round(400 * seconds), 500)
    return {"run": run, "first": next(_first) % 9_000_000, "slots": slots, "pathway": PATHWAY}


def _compared(name: str, rounds: int, short: bool, bare: Measure, product: Measure, at_least: float) -> table.Row:
    seconds = 2 if short else SECONDS
    seen: dict[str, list[drive.Rate]] = {"baseline": [], name: []}
    for measure in (bare, product):
        measure(WARM_SECONDS)

    def measured(of: str, measure: Measure) -> float:
        seen[of].append(measure(seconds))
        return seen[of][-1].per_second

    row = table.compared(
        name,
        "/s",
        rounds,
        lambda number: measured("baseline", bare),
        lambda number: measured(name, product),
        at_least=at_least,
    )
    for of, rates in seen.items():
        p50, p99 = (table.Spread.of([getattr(rate, field) for rate in rates]) for field in ("p50_ms", "p99_ms"))
        row.notes.append(f"{of}: p50 {p50} ms, p99 {p99} ms, {drive.CONNECTIONS} connections")
    return row
