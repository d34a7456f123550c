"""Which set-ups a database has had: a document for each set of collections and indexes that was made, so that code can
wait for its own. Newer ones come beside, so whoever starts again with older code finds the one that it needs."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from shared import clock

COLLECTIONS: dict[str, list[Any]] = {"set_ups": []}

Wanted = Mapping[str, list[IndexModel]]


def note(db: Database, wanted: Wanted) -> None:
    """All of it is there."""
    db.set_ups.update_one({"_id": _digest(wanted)}, {"$set": {"at": clock.now()}}, upsert=True)


def is_done(db: Database, wanted: Wanted) -> bool:
    return db.set_ups.find_one({"_id": _digest(wanted)}) is not None


def _digest(wanted: Wanted) -> str:
    told = {name: [index.document for index in wanted[name]] for name in sorted(wanted)}
    return sha256(json.dumps(told, default=str).encode()).hexdigest()
