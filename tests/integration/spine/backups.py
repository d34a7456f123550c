"""A service's backups in a folder of a test, and two databases compared."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo.database import Database

from shared import backup, mongo, worker
from shared.backup import snapshot
from shared.events import Event, Topic
from tests.builders import some_keys
from tests.conftest import Mongo
from tests.integration.spine.conftest import some_settings


def told(folder: Path, **more: Any) -> backup.Told:
    return backup.Told(folder / "backups", some_keys(), **more)


def quiet(text: str) -> None:
    """Progress is nobody's here."""


@contextmanager
def empty_database(mongo_server: Mongo, like: Database, kafka: str) -> Iterator[Database]:
    """Another, of the same service."""
    name = f"test_{secrets.token_hex(6)}"
    found = mongo.open(some_settings(mongo.settings(like).service, mongo_server.uri(name), kafka))
    yield found
    found.client.close()
    mongo_server.drop(name)


def needed(
    topics: dict[str, Topic],
    reads: tuple[str, ...] = (),
    bring_back: Callable[[Database, Event], None] = lambda db, event: None,
) -> backup.Service:
    def prepare(db: Database) -> None:
        mongo.create(db, worker.COLLECTIONS)

    return backup.Service(topics, reads, prepare, bring_back, lambda db: None)


def content(db: Database, *but: str) -> dict[str, list[Any]]:
    """Every document, by collection; empty collections are as good as none."""
    left_out = {*snapshot.OF_THE_MOMENT, *but}
    names = sorted(set(db.list_collection_names()) - left_out)
    found = {name: sorted(db[name].find(), key=lambda row: str(row["_id"])) for name in names}
    return {name: rows for name, rows in found.items() if rows}
