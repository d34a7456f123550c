"""A made-up service over the real parts: it remembers what it heard, and says what a test tells it to say."""

import base64
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from pymongo.database import Database

from shared import consumer, due, events, inbox, kafka_topics, mongo, outbox, relay, sealed, worker
from shared.events import Topic
from shared.settings import Settings

OPERATOR = inbox.letters.By("operator-1", "staff")


def some_settings(service: str, mongo_uri: str, kafka: str) -> Settings:
    keys = sealed.Keys.parse(f"k1:{base64.b64encode(os.urandom(32)).decode()}")
    return Settings(
        service=service,
        mongo_uri=mongo_uri,
        kafka_bootstrap_servers=[kafka],
        kafka_replication_factor=1,
        secret_key="s" * 32,
        seal_keys=keys,
        people_keys=keys,
        access_key="a" * 32,
        public_url="http://127.0.0.1",
        worker_host="127.0.0.1",
        worker_port=0,
        secure_cookies=False,
        trusted_proxies=0,
        rate_limit="3000/minute",
        session_hours=12,
        session_idle_minutes=30,
        drain_file="",
    )


@pytest.fixture
def db(database_uri: str, kafka: str) -> Iterator[Database]:
    found = mongo.open(some_settings(f"svc{secrets.token_hex(4)}", database_uri, kafka))
    mongo.create(found, worker.COLLECTIONS)
    yield found
    found.client.close()


@pytest.fixture(autouse=True)
def whole_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn begins all that there is to begin, however long a slow machine takes for it."""
    monkeypatch.setattr(due.runner, "TURN_SECONDS", 60.0)


@pytest.fixture
def topic(db: Database) -> str:
    return f"t{secrets.token_hex(5)}"


@dataclass
class Heard:
    """A reader that writes each event it handles into `heard`; types in `poison` raise."""

    topic: str
    poison: set[str] = field(default_factory=set)

    def reading(self, compacted: bool = False) -> inbox.Reading:
        return inbox.Reading({"thing.done.v1": self._handle}, frozenset({self.topic}) if compacted else frozenset())

    def _handle(self, db: Database, event: events.Event) -> None:
        if event.id in self.poison or (event.data or {}).get("poison"):
            raise ValueError("cannot be handled")
        db.heard.insert_one({"event": event.id, "case": event.key, "n": (event.data or {}).get("n")})

    def of(self, db: Database, case: str) -> list[int]:
        return [row["n"] for row in db.heard.find({"case": case}).sort("_id", 1)]


@pytest.fixture
def heard(topic: str) -> Heard:
    return Heard(topic)


@mongo.transactional
def say(db: Database, topic: str, case: str, n: int, **more: object) -> events.Event:
    return outbox.add(db, topic, events.Event("thing.done.v1", case, {"n": n, **more}))


def record(event: events.Event, offset: int = 0) -> inbox.Record:
    headers, value = events.write(event)
    return inbox.Record(event.topic, 0, offset, event.key.encode(), headers, value)


def made(topic: str, case: str, n: int, **more: object) -> inbox.Record:
    event = events.Event("thing.done.v1", case, {"n": n, **more}, topic=topic, source="/t", sequence=n)
    return record(replace(event, correlation=case), n)


def turn_until(
    relay_or_consumer: relay.Relay | consumer.Consumer, condition: Callable[[], bool], seconds: float = 120
) -> None:
    """Turns a part until the condition holds; fails when it does not come about in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            relay_or_consumer.turn()
        except kafka_topics.Unreachable:
            relay_or_consumer.drop()
        if condition():
            return
    raise AssertionError("the condition did not come about")


@pytest.fixture
def sender(db: Database, topic: str) -> Iterator[relay.Relay]:
    one = relay.Relay(db, {topic: Topic(partitions=3)})
    yield one
    one.close()
