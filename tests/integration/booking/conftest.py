"""Booking over a real mongod, with its sample data's office open all day. One database per file, emptied before each
test: its collections and indexes take longer than most tests."""

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pymongo
import pytest
from flask import Flask
from pymongo.database import Database

import shared.mongo
from services.booking import app, commands, model, places, refused, store, timers, upkeep
from shared import auth, clock, errors, recent, web
from tests import builders
from tests.conftest import Mongo

AT_ONCE = {"rest_minutes_least": 0, "rest_minutes_most": 0}  # a place given back can be booked again
LONG = 600  # seconds: two hundred at once on a slow machine wait for each other longer than a service waits for answers
CLERK = auth.Actor("clerk-1", roles=("clerk",), offices=("guatemala",))


@pytest.fixture(scope="module")
def prepared(mongo: Mongo) -> Iterator[Database]:
    name = f"test_booking_{secrets.token_hex(4)}"
    found = shared.mongo.open(builders.some_booking_settings(mongo.uri(name)))
    commands.prepare(found)
    yield found
    found.client.close()
    mongo.drop(name)


@pytest.fixture
def db(prepared: Database) -> Database:
    refused.write(prepared)  # what this process has collected in the test before
    for name in prepared.list_collection_names():
        prepared[name].delete_many({})
    recent.forget(prepared)
    timers.begin(prepared)
    return prepared


@pytest.fixture(scope="module")
def made(prepared: Database) -> Iterator[Flask]:
    """Booking's web, made once per file, as its database is."""
    found = app.create_app(shared.mongo.settings(prepared))
    yield found
    found.extensions["sendero"].db.client.close()
    found.extensions["limits"].storage.storage.close()


@pytest.fixture
def web_app(db: Database, made: Flask) -> Flask:
    """It knows nothing of the test before: neither what offices and pathways said, nor how often was asked, nor how
    often no place was left."""
    own = made.extensions["sendero"].db
    recent.forget(own)
    refused.write(own)
    db.refused_days.delete_many({})
    made.extensions["limits"].storage._counts.clear()
    return made


@contextmanager
def without_one_live(db: Database) -> Iterator[None]:
    """Nothing refuses a second appointment of the same person, so that only something else stands in their way."""
    db.appointments.drop_index(store.ONE_LIVE)
    try:
        yield
    finally:
        db.appointments.delete_many({})
        commands.prepare(db)


@pytest.fixture
def office(db: Database) -> model.Office:
    """One office and one pathway, without slots."""
    texts = {"es": "Orientación", "en": "Orientation"}
    office = {
        "id": "guatemala",
        "name": "Oficina Guatemala",
        "city": "Ciudad de Guatemala",
        "region": "Guatemala",
        "address": "Dirección de ejemplo",
        "phone": "+502 0000 0001",
        "timezone": builders.GUATEMALA,
        "languages": ["es"],
        "pathways": ["orientation"],
        "intake": {"open": True},
    }
    pathways = [
        {"id": id, "name": texts, "description": texts, "bring": texts, "max_party": 4, **AT_ONCE}
        for id in ("orientation", "protection")
    ]
    upkeep.load(db, pathways, [office], [{"id": "unhcr", "name": "UNHCR (sample)", "services": ["protection"]}])
    return builders.an_office()


@pytest.fixture
def today(db: Database, office: model.Office) -> date:
    return office.today(clock.now())


def add_slot(db: Database, capacity: int = 3, hours: float = 2, pathway: str = "orientation") -> str:
    """A slot that begins in so many hours; its id."""
    slot = slot_row(capacity, hours, pathway)
    places.add(db, [slot])
    return slot["_id"]


def slot_row(capacity: int = 3, hours: float = 2, pathway: str = "orientation") -> dict[str, Any]:
    start = clock.now().replace(microsecond=0) + timedelta(hours=hours)
    return {
        "_id": f"guatemala.{pathway}.{start:%Y%m%dT%H%M%SZ}",
        "office_id": "guatemala",
        "pathway_id": pathway,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=30),
        "timezone": builders.GUATEMALA,
        "capacity": capacity,
    }


def close_intake(db: Database) -> None:
    """Heard of at once by who asks this database."""
    db.offices.update_one({"_id": "guatemala"}, {"$set": {"intake.open": False}})
    recent.forget(db)


def race(count: int, one: Callable[[int], Any]) -> list[Any]:
    """All at once; each's answer, or the refusal it met."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait()
        try:
            with pymongo.timeout(LONG):
                return one(number)
        except errors.Refusal as refused:
            return type(refused)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def run_out(db: Database, *places: str) -> None:
    db.places.update_many({"_id": {"$in": places}}, {"$set": {"expires_at": clock.now() - timedelta(seconds=1)}})


def rule(db: Database, pathway: str = "orientation", **rules: Any) -> None:
    """Of a pathway, from now on; heard of at once by who asks this database."""
    db.pathways.update_one({"_id": pathway}, {"$set": rules})
    recent.forget(db)


def a_key(scope: str | None = None, body: str = "body") -> web.IdempotencyKey:
    return web.IdempotencyKey(scope or secrets.token_hex(16), body)


def states(db: Database, slot_id: str) -> list[str]:
    return sorted(row["state"] for row in db.places.find({"slot_id": slot_id}))


def announced(db: Database, type: str | None = None) -> list[dict]:
    return list(db.outbox.find({"type": type} if type else {}).sort([("topic", 1), ("key", 1), ("sequence", 1)]))


def business(db: Database) -> dict[str, list[dict]]:
    """All that a refused request must leave as it was."""
    collections = ("appointments", "people", "places", "slots", "outbox", "due", "offices", "pathways", "partners")
    return {name: list(db[name].find().sort("_id", 1)) for name in collections}
