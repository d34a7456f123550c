"""A backup, back in an empty database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pymongo
from pymongo.database import Database

from shared import audit, auth, clock, outbox
from shared.backup import changes, files, keeping, since, snapshot
from shared.events import Topic
from shared.telemetry import log

LONGEST_SECONDS = 86_400
UNDER_WAY, DONE = "under way", "done"
COLLECTION = "restores"  # stands in for the whole: while it says `under way`, the database is nobody's


class Refused(Exception):
    """Nothing was changed: why, and what was expected."""


@dataclass(frozen=True)
class Service:
    """What a restore needs of a service. `prepare` makes collections and indexes; `bring_back` takes over what a
    compacted topic says of a key (since.py); `afterwards` is for what else the service has said to others and forgotten
    with its database."""

    publishes: Mapping[str, Topic]
    reads: tuple[str, ...]
    prepare: Callable[[Database], None]
    bring_back: since.BringBack
    afterwards: Callable[[Database], None]


@dataclass(frozen=True)
class Restored:
    """`until`: the moment of the last change that was done again; `since`: what was announced after it."""

    name: str
    until: datetime
    documents: int
    changes: int
    since: since.Found


def restore(
    db: Database,
    backup: files.Backup,
    service: Service,
    until: datetime | None,
    say: Callable[[str], None],
) -> Restored:
    """Whole, or `under way` in the database, and then begun anew by the next. Kafka must answer, and the service's
    processes must be stopped. Raises Refused, Broken, kafka_topics.Unreachable, KafkaError, PyMongoError."""
    with pymongo.timeout(LONGEST_SECONDS):  # to index all of it takes longer than a service waits for an answer
        return _restore(db, backup, service, until, say)


def _restore(
    db: Database, backup: files.Backup, service: Service, until: datetime | None, say: Callable[[str], None]
) -> Restored:
    told = _must_be_whole(backup, until, say)
    since.must_be_reached(db)
    _make_room(db)
    db[COLLECTION].replace_one({"_id": "restore"}, {"state": UNDER_WAY, "of": backup.name, "at": clock.now()}, True)
    documents = _documents(db, backup, say)
    count, last = _changes(db, backup, until, told.at, say)
    service.prepare(db)
    say("what was announced since is read back from Kafka")
    found = since.read_back(db, service.publishes, service.bring_back, last, say)
    since.go_back(db, service.reads)
    service.afterwards(db)
    outbox.announce_again(db, last)
    audit.record(db, auth.COMMANDS, "restore", backup.name, until=last, told=len(found.told))
    db[COLLECTION].update_one({"_id": "restore"}, {"$set": {"state": DONE, "done_at": clock.now()}})
    log.info("database restored", name=backup.name, until=last.isoformat(), told=len(found.told))
    return Restored(backup.name, last, documents, count, found)


def _must_be_whole(backup: files.Backup, until: datetime | None, say: Callable[[str], None]) -> keeping.Summary:
    """All of it is read before the first document is written."""
    told = keeping.check(backup)
    if until and until < told.at:
        raise Refused(f"{backup.name} begins at {told.at.isoformat()}: expected a later --until, or an earlier backup")
    say(f"{backup.name} is whole and reaches to {told.until.isoformat()}")
    return told


def _make_room(db: Database) -> None:
    """What a restore left that did not come to its end is thrown away; anything else is somebody's. Raises Refused."""
    names = sorted(set(db.list_collection_names()) - set(snapshot.OF_THE_MOMENT))
    if (db[COLLECTION].find_one({"_id": "restore"}) or {}).get("state") == UNDER_WAY:
        for name in names:
            db[name].drop()
        return
    held = [name for name in names if db[name].find_one({}, {"_id": 1})]
    if held:
        raise Refused(
            f"the database {db.name} is not empty: there is something in {', '.join(held)}. Expected an empty one, in "
            "which not even `setup` has run: what is restored is not mixed with what is there"
        )


def _documents(db: Database, backup: files.Backup, say: Callable[[str], None]) -> int:
    count = 0
    for file in backup.files():
        if file.kind == files.DOCUMENTS:
            name, rows = snapshot.read(backup, file)
            db.get_collection(name, codec_options=snapshot.WHOLE).insert_many(rows, ordered=False)
            count += len(rows)
            say(f"{count} documents are back")
    return count


def _changes(
    db: Database, backup: files.Backup, until: datetime | None, begin: datetime, say: Callable[[str], None]
) -> tuple[int, datetime]:
    """How many, and to which moment that brings the database."""
    count, last = 0, begin
    for file in backup.files():
        if file.kind != files.CHANGES:
            continue
        piece = changes.Piece.of(backup.read(file))
        wanted = [one for one in piece.changes if until is None or one["at"].as_datetime() <= until]
        changes.do_again(db, wanted)
        count += len(wanted)
        if wanted:
            say(f"{count} changes are done again")
        if until and until < piece.until:
            return count, max(last, until)
        last = piece.until
    return count, last
