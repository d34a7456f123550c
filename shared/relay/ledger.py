"""What the relay reads and writes down: the rows whose turn it is, what the broker has acknowledged, which logs it
knows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from shared import clock, leases, mongo, outbox

SLICE = 2000
SLICE_BYTES = 8_000_000
RESTATE_SLICE = 200
RESTATE_EVERY = timedelta(days=1)
RESTATE_PAUSE = timedelta(minutes=5)

Restate = Callable[[Database, Any, int], Any]
FIELDS = {"topic": 1, "key": 1, "sequence": 1, "headers": 1, "value": 1, "at": 1}


@dataclass(frozen=True)
class Slice:
    """Rows in the order in which they go out. `full`: there may be more behind them. `relay`: its document as it was in
    the snapshot that they were read from; `again` in it means that they come from the archive."""

    rows: list[dict[str, Any]]
    full: bool
    relay: dict[str, Any]

    @property
    def again(self) -> dict[str, Any] | None:
        return self.relay.get("again")


@mongo.transactional
def take(db: Database, under_way: Sequence[list[dict[str, Any]]] = ()) -> Slice:
    """The next rows to send: those that go out again, else those that wait behind what is under way (slices, oldest
    first). One snapshot, and so none without its predecessors; read with a commit that waits for the majority, so none
    of a change that can still be rolled back."""
    relay = db.relay.find_one({"_id": "relay"}) or {}
    if again := relay.get("again"):
        return _slice(db, relay, outbox.SENT, "sent", behind=again | {"_id": again["id"]})
    if not under_way:
        return _slice(db, relay, outbox.WAITING, "waiting")
    if not _are_first(db, [[row["_id"] for row in rows] for rows in under_way]):
        return Slice([], True, relay)
    return _slice(db, relay, outbox.WAITING, "waiting", behind=under_way[-1][-1])


def _are_first(db: Database, under_way: list[list[str]]) -> bool:
    """Rows under way wait as well, until a slice is marked. One that came between them, committed late, goes out before
    all that is behind it: then nothing is taken until what is under way is marked."""
    ids = [id for rows in under_way for id in rows]
    rows = db.outbox.find(outbox.WAITING, {"_id": 1}, sort=outbox.IN_ORDER, hint="waiting", batch_size=len(ids))
    found = [row["_id"] for row in rows.limit(len(ids))]
    behind = ids[len(under_way[0]) :]
    return found == ids or (len(under_way) > 1 and found[: len(behind)] == behind)


def _slice(
    db: Database, relay: dict[str, Any], wanted: dict[str, Any], index: str, behind: dict[str, Any] | None = None
) -> Slice:
    found = db.outbox.find(wanted, FIELDS, sort=outbox.INDEXES[index], hint=index, batch_size=SLICE).limit(SLICE)
    if behind:
        found.min([(name, (wanted | behind)[name]) for name, _ in outbox.INDEXES[index]])
    rows: list[dict[str, Any]] = []
    size = 0
    with found:
        for row in found:
            if behind and row["_id"] == behind["_id"]:
                continue
            rows.append(row)
            size += len(row["value"] or b"")
            if size > SLICE_BYTES:
                return Slice(rows, True, relay)
    return Slice(rows, len(rows) >= SLICE - 1, relay)


@mongo.transactional
def acknowledge(db: Database, token: str, sent: Slice, ends: dict[str, int], compacted: list[str]) -> None:
    """Writes down that the broker has these rows: waiting ones become archive, and the cursor of an announcement
    moves on."""
    leases.check(db, "relay", token)
    known = {"_id": "relay", "announced_again_at": sent.relay.get("announced_again_at")}
    change = {"$inc": {"sent": len(sent.rows)}, "$set": ends}
    if sent.again is None:
        db.relay.update_one({"_id": "relay"}, change, upsert=True)
        _archive(db, sent.rows, compacted)
    elif sent.full:
        last = sent.rows[-1]
        again = {"at": last["at"], "sequence": last["sequence"], "id": last["_id"]}
        db.relay.update_one(known, change | {"$set": ends | {"again": again}})
    else:
        db.relay.update_one(known, change | {"$unset": {"again": ""}})


def _archive(db: Database, rows: list[dict[str, Any]], compacted: list[str]) -> None:
    """Of a compacted topic nothing is kept: its present state is what is announced again."""
    states = [row["_id"] for row in rows if row["topic"] in compacted]
    events = [row["_id"] for row in rows if row["topic"] not in compacted]
    if states:
        db.outbox.delete_many({"_id": {"$in": states}})
    if events:
        until = mongo.settings(db).retention.archive_until()
        db.outbox.update_many({"_id": {"$in": events}}, {"$set": {"expires_at": until}, "$unset": {"waiting": ""}})


def has_taken_over(relay: dict[str, Any], token: str) -> bool:
    """And announced the present state of compacted topics less than a day ago."""
    return relay.get("holder") == token and _since_restated(relay) <= RESTATE_EVERY


def _since_restated(relay: dict[str, Any]) -> timedelta:
    return clock.now() - relay.get("restated_at", clock.EPOCH)


@mongo.transactional
def take_over(db: Database, token: str, compacted: list[str]) -> None:
    """A relay that did not leave by itself may still wake up and send: what compacted topics hold is then announced
    again from the present state, as it is once a day in any case."""
    relay = db.relay.find_one({"_id": "relay"}) or {}
    age = _since_restated(relay)
    old, abandoned = age > RESTATE_EVERY, relay.get("holder") not in (None, token) and age > RESTATE_PAUSE
    leases.check(db, "relay", token)
    change: dict[str, Any] = {"holder": token, "restated_at": clock.now() if old or abandoned else relay["restated_at"]}
    if compacted and "restate" not in relay and (old or abandoned):
        change["restate"] = {"after": None}
    db.relay.update_one({"_id": "relay"}, {"$set": change}, upsert=True)


@mongo.transactional
def restate(db: Database, token: str, announce: Restate | None) -> bool:
    relay = db.relay.find_one({"_id": "relay"}) or {}
    if "restate" not in relay:
        return False
    leases.check(db, "relay", token)
    last = announce(db, relay["restate"]["after"], RESTATE_SLICE) if announce else None
    change = {"$unset": {"restate": ""}} if last is None else {"$set": {"restate": {"after": last}}}
    db.relay.update_one({"_id": "relay"}, change)
    return True


@mongo.transactional
def remember(db: Database, token: str, values: dict[str, Any]) -> None:
    leases.check(db, "relay", token)
    db.relay.update_one({"_id": "relay"}, {"$set": values}, upsert=True)


def known_topics(db: Database) -> dict[str, Any]:
    return (db.relay.find_one({"_id": "relay"}) or {}).get("topics", {})
