"""Every document of a database as it was at one instant."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from bson.timestamp import Timestamp
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from shared import clock, mongo
from shared.backup import files, settings
from shared.telemetry import log

OF_THE_MOMENT = ("heartbeats", "queue_samples", "leases", "restores")  # nothing that anybody could want back
PIECE_BYTES = 8_000_000
BATCH = 1000
TRIES = 3
WHOLE: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument, tz_aware=True)
AS_SEEN: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)
# Codes of the server's refusals:
SNAPSHOT_TOO_OLD, SNAPSHOT_UNAVAILABLE = 239, 246


class TooLong(Exception):
    """The server did not keep the instant for as long as it took to read everything."""


class NothingThere(Exception):
    """An empty database: somebody has lost it, or it was never set up. Not what a backup is to replace."""


@dataclass(frozen=True)
class Mark:
    """What the end of a snapshot says of it: the instant, and how many documents of each collection."""

    service: str
    at: Timestamp
    documents: dict[str, int]

    @property
    def time(self) -> datetime:
        return self.at.as_datetime()

    def row(self) -> bytes:
        counts = [{"collection": name, "documents": count} for name, count in self.documents.items()]
        return bson.encode({"service": self.service, "at": self.at, "collections": counts})

    @classmethod
    def of(cls, content: bytes) -> "Mark":
        row = bson.decode(content, AS_SEEN)
        counts = {one["collection"]: one["documents"] for one in row["collections"]}
        return cls(row["service"], row["at"], counts)


def take(
    db: Database,
    told: settings.Told,
    say: Callable[[str], None],
    meanwhile: Callable[[], object] = lambda: None,
) -> files.Backup:
    """A new backup, whole or none. `meanwhile` is done between its files. Raises TooLong, NothingThere, OSError."""
    for left in reversed(range(TRIES)):
        try:
            return _take(db, told, say, meanwhile)
        except OperationFailure as error:
            if error.code == SNAPSHOT_TOO_OLD:
                raise TooLong(
                    "the database took longer to read than its server keeps an instant: raise "
                    "minSnapshotHistoryWindowInSeconds there (300 if nothing is said)"
                ) from None
            if error.code != SNAPSHOT_UNAVAILABLE or not left:
                raise
            log.info("collections are being made: the snapshot begins anew")
    raise AssertionError("the last try returns or raises")


def _take(
    db: Database, told: settings.Told, say: Callable[[str], None], meanwhile: Callable[[], object]
) -> files.Backup:
    service = mongo.settings(db).service
    documents: dict[str, int] = {}
    number = size = 0
    told.folder.mkdir(parents=True, exist_ok=True)
    with (
        files.begun(told.folder, f"{service}-{clock.now():%Y%m%dT%H%M%SZ}", told.keys) as backup,
        db.client.start_session(snapshot=True) as session,
    ):
        at = _instant(db, session)
        for name in sorted(set(db.list_collection_names()) - set(OF_THE_MOMENT)):
            documents[name] = 0
            for rows in _pieces(db, name, session):
                number += 1
                documents[name] += len(rows)
                size += backup.write(number, files.DOCUMENTS, [bson.encode({"collection": name}), *rows])
                say(f"{sum(documents.values())} documents, {size / 1e6:.1f} MB")
                meanwhile()
        if not any(documents.values()):
            raise NothingThere(f"the database {db.name} is empty: there is nothing to back up")
        backup.write(number + 1, files.SNAPSHOT, [Mark(service, at, documents).row()])
    return files.Backup(told.folder / backup.name, backup.name, told.keys)


def _instant(db: Database, session: ClientSession) -> Timestamp:
    """Chosen by the server at the session's first read; all later ones are of the same."""
    reply = db.command({"find": "outbox", "limit": 1, "singleBatch": True, "projection": {"_id": 1}}, session=session)
    at: Timestamp = reply["cursor"]["atClusterTime"]
    return at


def _pieces(db: Database, name: str, session: ClientSession) -> Iterator[list[bytes]]:
    collection = db.get_collection(name, codec_options=WHOLE)
    rows: list[bytes] = []
    size = 0
    with collection.find({}, session=session, batch_size=BATCH) as found:
        for row in found:
            rows.append(row.raw)
            size += len(row.raw)
            if size > PIECE_BYTES:
                yield rows
                rows, size = [], 0
    if rows:
        yield rows


def read(backup: files.Backup, file: files.File) -> tuple[str, list[RawBSONDocument]]:
    """Of a file of documents: the collection, and what was in it. Raises Broken."""
    head, *rows = bson.decode_all(backup.read(file), WHOLE)
    return head["collection"], rows


def mark(backup: files.Backup) -> Mark:
    """Raises Broken."""
    (file,) = (one for one in backup.files() if one.kind == files.SNAPSHOT)
    return Mark.of(backup.read(file))
