"""Leases in the database's own time: who may do a piece of work now, and proof of it in each write of that work.

A holder's clock plays no part: expiry is set and checked against `$$NOW` of the server. A paused holder that wakes
up late finds its token gone at its next write and stops there (`Lost`).
"""

import secrets
from datetime import UTC, timedelta
from typing import Any

from pymongo.database import Database

from shared import clock, mongo

COLLECTIONS: dict[str, list[Any]] = {"leases": []}
CLOCK_TOLERANCE = timedelta(seconds=5)


class Lost(Exception):
    """The lease ran out and somebody else may hold it now: nothing more may be written for this work."""


def new_token() -> str:
    return secrets.token_hex(8)


def until(seconds: float) -> dict[str, Any]:
    """For an update pipeline: that many seconds from the server's now."""
    return {"$add": ["$$NOW", int(seconds * 1000)]}


def acquire(db: Database, name: str, token: str, seconds: float) -> bool:
    """Takes or renews the lease; False while another token holds it."""
    db.leases.update_one({"_id": name}, {"$setOnInsert": {"token": None, "until": clock.EPOCH}}, upsert=True)
    taken = db.leases.update_one(
        {"_id": name, "$or": [{"token": token}, {"$expr": {"$lt": ["$until", "$$NOW"]}}]},
        [{"$set": {"token": token, "until": until(seconds)}}],
    )
    return taken.matched_count > 0


def release(db: Database, name: str, token: str) -> None:
    db.leases.update_one({"_id": name, "token": token}, [{"$set": {"until": "$$NOW", "token": None}}])


def check(db: Database, name: str, token: str) -> None:
    """To be called inside the transaction of a write made under the lease. It writes the lease's document, so that a
    taker and this transaction cannot both commit. Raises Lost."""
    if not mongo.in_transaction():
        raise RuntimeError("a lease is checked inside the transaction that it guards")
    held = db.leases.update_one(
        {"_id": name, "token": token, "$expr": {"$gte": ["$until", "$$NOW"]}}, {"$inc": {"writes": 1}}
    )
    if not held.matched_count:
        raise Lost(name)


def clock_offset(db: Database) -> timedelta:
    """How far this process's clock is ahead of the database's."""
    before = clock.now()
    server = db.command("hello")["localTime"].replace(tzinfo=UTC)
    return before + (clock.now() - before) / 2 - server
