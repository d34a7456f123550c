"""All three services, each over its own database of one real mongod; what one announces, a test lets another hear."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from pymongo.database import Database

from services.booking import app as booking_app
from services.booking import commands as booking_commands
from services.booking import handlers as booking_handlers
from services.notifications import app as notifications_app
from services.notifications import commands as notifications_commands
from services.notifications import handlers as notifications_handlers
from services.referrals import app as referrals_app
from services.referrals import commands as referrals_commands
from services.referrals import handlers as referrals_handlers
from shared import inbox, mongo
from tests import builders, notifications, referrals
from tests.conftest import Mongo
from tests.contracts import published

SERVICES = {
    "booking": (builders.some_booking_settings, booking_commands, booking_handlers, booking_app),
    "referrals": (referrals.some_settings, referrals_commands, referrals_handlers, referrals_app),
    "notifications": (notifications.some_settings, notifications_commands, notifications_handlers, notifications_app),
}
READERS = {name: parts[2] for name, parts in SERVICES.items()}


@dataclass
class Service:
    name: str
    db: Database
    handlers: ModuleType
    _app: ModuleType
    withdrawn: list[dict[str, Any]] = field(default_factory=list)  # what an erasure took out of the outbox

    def app(self) -> Flask:
        return self._app.create_app(mongo.settings(self.db))

    def empty(self) -> None:
        self.withdrawn = []
        for name in self.db.list_collection_names():
            self.db[name].delete_many({})

    def announced(self) -> list[dict[str, Any]]:
        """The rows of the outbox, in the order of each case."""
        return list(self.db.outbox.find().sort([("topic", 1), ("key", 1), ("sequence", 1)]))

    def hear(self, record: inbox.Record) -> None:
        """As its consumer does: mark and effect in one transaction."""
        inbox.take(self.db, self.handlers.READING, [record])

    def hear_from(self, other: "Service") -> None:
        """All that the other has announced on topics that are read here; what was heard before has no effect."""
        for row in other.announced():
            if row["topic"] in self.handlers.TOPICS:
                headers = [(name, bytes(content)) for name, content in row["headers"]]
                self.hear(inbox.Record(row["topic"], 0, 0, row["key"].encode(), headers, row["value"]))


@pytest.fixture(scope="session")
def prepared(mongo: Mongo) -> Iterator[dict[str, Service]]:
    """Made once: indexes take longer than a test."""
    found = {name: _prepare(name, mongo.uri(f"test_{name}_{secrets.token_hex(4)}")) for name in SERVICES}
    yield found
    for service in found.values():
        service.db.client.close()
        mongo.drop(service.db.name)


def _prepare(name: str, uri: str) -> Service:
    settings, commands, handlers, app = SERVICES[name]
    db = mongo.open(settings(mongo_uri=uri, people_keys=published.PEOPLE_KEYS))
    commands.prepare(db)
    return Service(name, db, handlers, app)


@pytest.fixture
def services(prepared: dict[str, Service]) -> dict[str, Service]:
    for service in prepared.values():
        service.empty()
    return prepared
