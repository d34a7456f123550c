"""Which processes work off a service's queues, by their own signs of life: a row for each part of each process.

Written every 2 s in the database's time, so that a clock that jumps makes nobody dead, and taken away by a process
that leaves by itself. One that vanishes leaves its row behind and is shown as dead, also while others of its part
live: the operator must learn that half of the hands are gone. The row goes when another process of the part, begun
after the last sign of the dead one, has stood for two minutes, or leaves as it was told to: it has taken over that
place. One takes over one place only, so of two that vanished one stays missing until two came, and a process that
dies at each start is never taken for cured. An operator may dismiss a row (it was meant to go); after a day it goes
in any case, as long as somebody lives: the last signs of a part that is dead as a whole stay, since they say since
when.
"""

import os
import secrets
import socket
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING, UpdateOne
from pymongo.database import Database

COLLECTIONS: dict[str, list[Any]] = {"heartbeats": []}
PARTS = ("consumer", "relay", "timers")
DEAD_SECONDS = 15
SILENT_SECONDS = 6  # three signs left out: enough for a row that its process, if it lived, would only write again
SETTLED = timedelta(minutes=2)
FORGOTTEN = timedelta(days=1)
TIDY_SECONDS = 10.0
MOST_DEAD = 20


class Beats:
    """The signs of one process. `write` is called every 2 s with what is wrong in each part, None for well."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.instance = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self._tidied: float | None = None
        self._parts: set[str] = set()

    def write(self, failing: Mapping[str, str | None]) -> None:
        self._parts |= set(failing)
        rows = []
        for part, error in failing.items():
            said = {"part": part, "instance": self.instance, "failing": {"$literal": error}}
            times = {"at": "$$NOW", "since": {"$ifNull": ["$since", "$$NOW"]}}
            rows.append(UpdateOne({"_id": self._id(part)}, [{"$set": said | times}], upsert=True))
        self.db.heartbeats.bulk_write(rows, ordered=False)
        if self._tidied is None or time.monotonic() - self._tidied > TIDY_SECONDS:
            for part in failing:
                self._tidy(part, first=self._tidied is None)
            self._tidied = time.monotonic()

    def leave(self) -> None:
        """This process ends as it was told to: nobody need look for it, nor for the one in whose place it began."""
        for part in self._parts:
            own = self.db.heartbeats.find_one({"_id": self._id(part), "took_over": None})
            if own is not None:
                self._take_over(own, _of(part) | _silent_for(timedelta(seconds=SILENT_SECONDS)))
        self.db.heartbeats.delete_many({"_id": {"$in": [self._id(part) for part in self._parts]}})

    def _id(self, part: str) -> str:
        return f"{part}:{self.instance}"

    def _tidy(self, part: str, first: bool) -> None:
        dead = _of(part) | _silent_for(timedelta(seconds=DEAD_SECONDS))
        if first:
            for row in self.db.heartbeats.find(dead, {"_id": 1}).sort("at", DESCENDING).skip(MOST_DEAD):
                self.db.heartbeats.delete_one({"_id": row["_id"]})
        self.db.heartbeats.delete_many(_of(part) | _silent_for(FORGOTTEN))
        settled = {"$expr": {"$lt": ["$since", {"$subtract": ["$$NOW", _ms(SETTLED)]}]}}
        own = self.db.heartbeats.find_one({"_id": self._id(part), "took_over": None} | settled)
        if own is not None:
            self._take_over(own, dead)

    def _take_over(self, own: dict[str, Any], dead: dict[str, Any]) -> None:
        gone = self.db.heartbeats.find_one_and_delete(dead | {"at": {"$lt": own["since"]}}, sort=[("at", 1)])
        if gone is not None:
            self.db.heartbeats.update_one({"_id": own["_id"]}, {"$set": {"took_over": gone["_id"]}})


def dismiss(db: Database, id: str) -> bool:
    """Takes away the row of a process that is gone for good; False when it lives or is not there."""
    gone = db.heartbeats.delete_one({"_id": id} | _silent_for(timedelta(seconds=DEAD_SECONDS)))
    return gone.deleted_count > 0


def health(db: Database) -> dict[str, dict[str, Any]]:
    """By part: `state` (`working`, `in_trouble`: one of its processes is, `dead`: none gives signs), `seen_at`,
    `failing`, how many `missing` (dead, and nobody began in their place), and the `instances`."""
    silent = {"$divide": [{"$subtract": ["$$NOW", "$at"]}, 1000]}
    rows = list(db.heartbeats.aggregate([{"$set": {"silent_s": silent}}, {"$sort": {"at": -1}}]))
    return {part: _part([_instance(row) for row in rows if row.get("part", row["_id"]) == part]) for part in PARTS}


def _part(instances: list[dict[str, Any]]) -> dict[str, Any]:
    living = [one for one in instances if one["state"] != "dead"]
    _find_replacements([one for one in reversed(instances) if one["state"] == "dead"], living)
    failing = next((one["failing"] for one in living if one["failing"]), None)
    last: dict[str, Any] = instances[0] if instances else {"seen_at": None, "failing": None}
    return {
        "state": ("in_trouble" if failing else "working") if living else "dead",
        "seen_at": last["seen_at"],
        "failing": failing if living else last["failing"],
        "missing": sum(one["state"] == "dead" and not one["replaced"] for one in instances),
        "instances": instances,
    }


def _instance(row: dict[str, Any]) -> dict[str, Any]:
    dead = row["silent_s"] > DEAD_SECONDS
    return {
        "id": row["_id"],
        "instance": row.get("instance", str(row.get("pid", ""))),
        "state": "dead" if dead else "in_trouble" if row.get("failing") else "working",
        "since": row.get("since", row["at"]),
        "seen_at": row["at"],
        "silent_s": max(row["silent_s"], 0.0),
        "failing": row.get("failing"),
        "replaced": False,
        "took_over": row.get("took_over"),
    }


def _find_replacements(dead: list[dict[str, Any]], living: list[dict[str, Any]]) -> None:
    """Marks the dead in whose place another began: each living one stands for one, the earliest first."""
    free: list[datetime] = sorted(one["since"] for one in living if not one["took_over"])
    for one in dead:
        begun = next((since for since in free if since > one["seen_at"]), None)
        if begun is not None:
            free.remove(begun)
            one["replaced"] = True


def _of(part: str) -> dict[str, Any]:
    return {"$or": [{"part": part}, {"_id": part}]}  # rows of the release before had the part as their id


def _silent_for(span: timedelta) -> dict[str, Any]:
    return {"$expr": {"$lt": ["$at", {"$subtract": ["$$NOW", _ms(span)]}]}}


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
