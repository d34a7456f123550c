"""What the relay writes down: positions given, how far the broker has acknowledged, which logs it knows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from shared import clock, leases, mongo

SLICE = 200
RESTATE_EVERY = timedelta(days=1)
RESTATE_PAUSE = timedelta(minutes=5)

Restate = Callable[[Database, Any, int], Any]


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By arrival, but the rows of each case stand in the order of their sequence, each in a place that one of them
    had."""
    cases: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["sequence"]):
        cases.setdefault((row["topic"], row["key"]), []).append(row)
    turns = {case: iter(of_case) for case, of_case in cases.items()}
    return [next(turns[row["topic"], row["key"]]) for row in sorted(rows, key=lambda row: row["at"])]


@mongo.transactional
def number(db: Database, token: str) -> int:
    first = list(db.outbox.find({"waiting": True}).sort("at", 1).limit(SLICE))
    if not first:
        return 0
    leases.check(db, "relay", token)
    cases = {(row["topic"], row["key"]) for row in first}
    of_cases = [{"waiting": True, "topic": topic, "key": key} for topic, key in cases]
    rows = in_order(list(db.outbox.find({"$or": of_cases})))
    relay = db.relay.find_one_and_update({"_id": "relay"}, {"$inc": {"last": len(rows)}}, upsert=True)
    start = (relay or {}).get("last", 0)
    db.outbox.bulk_write(
        [
            UpdateOne({"_id": row["_id"]}, {"$set": {"position": start + n}, "$unset": {"waiting": ""}})
            for n, row in enumerate(rows, 1)
        ]
    )
    return len(first)


@mongo.transactional
def acknowledge(
    db: Database,
    token: str,
    seen: dict[str, Any],
    rows: list[dict[str, Any]],
    ends: dict[str, int],
    compacted: list[str],
) -> None:
    leases.check(db, "relay", token)
    moved = db.relay.update_one(
        {"_id": "relay", **{name: seen.get(name) for name in ("acknowledged", "announced_again_at")}},
        {"$set": {"acknowledged": rows[-1]["position"], **ends}},
    )
    if not moved.matched_count:
        return  # somebody asked to announce again meanwhile: the position was moved back and stays there
    expires_at = clock.now() + timedelta(days=mongo.settings(db).archive_days)
    sent = [row["_id"] for row in rows]
    db.outbox.delete_many({"_id": {"$in": sent}, "topic": {"$in": compacted}})
    db.outbox.update_many({"_id": {"$in": sent}, "expires_at": None}, {"$set": {"expires_at": expires_at}})


@mongo.transactional
def take_over(db: Database, token: str, compacted: list[str]) -> None:
    """A relay that did not leave by itself may still wake up and send: what compacted topics hold is then announced
    again from the present state, as it is once a day in any case."""
    relay = db.relay.find_one({"_id": "relay"}) or {}
    abandoned = relay.get("holder") not in (None, token)
    age = clock.now() - relay.get("restated_at", clock.EPOCH)
    old, abandoned = age > RESTATE_EVERY, abandoned and age > RESTATE_PAUSE
    if relay.get("holder") == token and not old:
        return
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
    last = announce(db, relay["restate"]["after"], SLICE) if announce else None
    change = {"$unset": {"restate": ""}} if last is None else {"$set": {"restate": {"after": last}}}
    db.relay.update_one({"_id": "relay"}, change)
    return True


@mongo.transactional
def remember(db: Database, token: str, values: dict[str, Any]) -> None:
    leases.check(db, "relay", token)
    db.relay.update_one({"_id": "relay"}, {"$set": values}, upsert=True)


def known_topics(db: Database) -> dict[str, Any]:
    return (db.relay.find_one({"_id": "relay"}) or {}).get("topics", {})
