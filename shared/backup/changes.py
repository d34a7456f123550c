"""What changed since a snapshot: copied from the database's change stream, and done again in a restored one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import bson
from bson.timestamp import Timestamp
from pymongo import DeleteMany, DeleteOne, ReplaceOne, UpdateOne
from pymongo.database import Database
from pymongo.errors import OperationFailure

from shared import clock
from shared.backup import files, snapshot
from shared.backup.snapshot import AS_SEEN, OF_THE_MOMENT

LEFT_OUT = [*OF_THE_MOMENT, "consumer_positions"]
PIECE_CHANGES = 20_000
AWAIT_MS = 100
QUIET = timedelta(minutes=5)  # so often a file says that nothing has changed
HISTORY_LOST = 286

Change = dict[str, Any]
Write = ReplaceOne[Change] | UpdateOne | DeleteOne | DeleteMany


class Interrupted(Exception):
    """The changes cannot be gone on with: a snapshot has to begin anew."""


@dataclass(frozen=True)
class Piece:
    """Whole transactions, in their order. `until`: nothing of before is missing."""

    until: datetime
    token: Mapping[str, Any]
    changes: list[Change]

    def rows(self) -> Iterator[bytes]:
        yield bson.encode({"until": self.until, "token": self.token})
        yield from map(bson.encode, self.changes)

    @classmethod
    def of(cls, content: bytes) -> "Piece":
        head, *changes = bson.decode_all(content, AS_SEEN)
        return cls(head["until"], head["token"], changes)


class Copier:
    """Goes on behind the last file of a backup. The stream is one of the majority's writes: none is taken back."""

    def __init__(self, db: Database, backup: files.Backup) -> None:
        self._backup = backup
        self.at = snapshot.mark(backup).at
        last = backup.files()[-1]
        self._number = last.number
        self.until = self.at.as_datetime()
        if last.kind == files.CHANGES:
            piece = Piece.of(backup.read(last))
            self.until = piece.until
            begin: dict[str, Any] = {"resume_after": piece.token}
        else:
            begin = {"start_at_operation_time": Timestamp(self.at.time, self.at.inc + 1)}
        self._written = self.until
        watched = [{"$match": {"ns.coll": {"$nin": LEFT_OUT}}}]
        with _told_of_loss():
            self._stream = db.watch(watched, max_await_time_ms=AWAIT_MS, **begin)

    def close(self) -> None:
        self._stream.close()

    def step(self) -> int:
        """Copies what there is, to its end; how many changes. Raises Interrupted, PyMongoError, OSError: then a new
        copier begins where the last file ends."""
        reached, copied = clock.now(), 0
        changes: list[Change] = []
        token: Mapping[str, Any] = {}
        with _told_of_loss():
            while (event := self._stream.try_next()) is not None:
                if len(changes) >= PIECE_CHANGES and event["clusterTime"] > changes[-1]["at"]:
                    self._write(Piece(changes[-1]["at"].as_datetime(), token, changes))
                    changes = []
                changes.append(_kept(event))
                token = event["_id"]
                copied += 1
            token = self._stream.resume_token or token
            if changes or (token and reached - self._written > QUIET):
                self._write(Piece(reached, token, changes))
        self.until = reached
        return copied

    def _write(self, piece: Piece) -> None:
        self._backup.write(self._number + 1, files.CHANGES, piece.rows())
        self._number += 1
        self._written = piece.until


@contextmanager
def _told_of_loss() -> Iterator[None]:
    try:
        yield
    except OperationFailure as error:
        if error.code != HISTORY_LOST:
            raise
        raise Interrupted("the server's log (oplog) does not reach back to the last file any more") from None


def _kept(event: Change) -> Change:
    """What doing it again needs. Raises Interrupted for what services never do."""
    change = {"at": event["clusterTime"], "what": event["operationType"], "of": event.get("ns", {}).get("coll")}
    match event["operationType"]:
        case "insert" | "replace":
            return change | {"document": event["fullDocument"]}
        case "update":
            return change | {"id": event["documentKey"]["_id"], "update": event["updateDescription"]}
        case "delete":
            return change | {"id": event["documentKey"]["_id"]}
        case "drop":
            return change
        case what:
            raise Interrupted(f"{what} of {change['of'] or 'the database'} is nothing that can be copied")


def do_again(db: Database, changes: list[Change]) -> None:
    """Each document's in their order; what comes between two documents is of no matter until the end. Doing one twice
    is doing it once."""
    in_order = sorted(changes, key=lambda change: change["of"])
    for name, some in groupby(in_order, key=lambda change: change["of"]):
        db[name].bulk_write([write for change in some for write in _writes(change)])


def _writes(change: Change) -> list[Write]:
    match change["what"]:
        case "insert" | "replace":
            document = change["document"]
            return [ReplaceOne({"_id": document["_id"]}, document, upsert=True)]
        case "delete":
            return [DeleteOne({"_id": change["id"]})]
        case "drop":
            return [DeleteMany({})]
        case _:
            return [UpdateOne({"_id": change["id"]}, update) for update in _updates(change["update"])]


def _updates(told: Change) -> Iterator[Change]:
    """Arrays are cut before what is in them is set: one update may not do both."""
    cut = {one["field"]: {"$each": [], "$slice": one["newSize"]} for one in told.get("truncatedArrays", [])}
    if cut:
        yield {"$push": cut}
    set_, unset = told.get("updatedFields"), told.get("removedFields")
    update = ({"$set": set_} if set_ else {}) | ({"$unset": dict.fromkeys(unset, "")} if unset else {})
    if update:
        yield update
