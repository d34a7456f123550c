"""Leases in the database's own time: who may do a piece of work now, and proof of it in each write of that work.

A holder's clock plays no part: expiry is set and checked against `$$NOW` of the server, in the one document that taker
and holder both write. So at each moment at most one token stands there, and the token is the fence: whoever writes for
the work writes (or matches) the token's document in the same transaction.

- *acquire*: one guarded update. Two who try at once: the second one's filter no longer matches. Dies after it: the
  lease runs out by itself, and until then nobody works; that is the price of a kill, never of a leave (`release`).
- *check* raises the document's counter inside the work's transaction, so a taker's update and this transaction
  conflict: either the check comes first and the taker waits for its commit, or the taker comes first and the check
  finds another token (`Lost`, nothing is written). A holder that was paused for longer than its lease wakes up, goes
  on where it was, and ends at its next write.
- What leaves the database (a record to Kafka, a mail) cannot be fenced: between the last check and the call, a paused
  holder can wake up late and repeat what its successor has done. Each such receiver recognises a repetition, and the
  module that sends says how (relay, due).
- *renew* before what may take long is `acquire` with the same token: a lease that ran out but that nobody took is
  simply held again, since nothing was written in between by anybody else.

A row of due work carries its lease in itself (`token`, `leased_until`), by the same rules.

The clock of the process matters for one thing only, what is due: so one that is 5 s off the database's does no due work
(`Watch`), and says so.
"""

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from shared import clock, mongo

COLLECTIONS: dict[str, list[Any]] = {"leases": []}
CLOCK_TOLERANCE = timedelta(seconds=5)
JUMP = timedelta(seconds=1)
LOOK_SECONDS = 10


class Lost(Exception):
    """The lease ran out and somebody else may hold it now: nothing more may be written for this work."""


class ClockOff(Exception):
    """This process's clock is too far from the database's to say what is due."""


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


class Watch:
    """Compares the clocks every 10 s, and at once when this process's clock has jumped."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._offset = timedelta(0)
        self._began: datetime | None = None  # what it showed when the monotonic one was 0
        self._looked = 0.0

    def check(self) -> None:
        """Raises ClockOff while the clocks are more than 5 s apart."""
        at = time.monotonic()
        began = clock.now() - timedelta(seconds=at)
        if self._began is None or at - self._looked > LOOK_SECONDS or abs(began - self._began) > JUMP:
            self._offset, self._began, self._looked = clock_offset(self.db), began, at
        if abs(self._offset) > CLOCK_TOLERANCE:
            raise ClockOff(f"{self._offset.total_seconds():+.1f} s from the database's")
