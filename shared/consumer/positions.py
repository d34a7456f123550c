"""Where a service's consumer stands, for itself (is this still the log we read?) and for those who watch it.

The age of the oldest unread record is not how long there has been a lag (a busy consumer always has one): it is how
long ago the end of the log was first seen beyond our position. Times are the database's, spans this process's own
monotonic ones: a clock that jumps makes no record old and no consumer dead.
"""

import time
from collections import deque
from datetime import timedelta
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from pymongo import UpdateOne
from pymongo.database import Database

from shared import clock
from shared.telemetry import log

COLLECTIONS: dict[str, list[Any]] = {"consumer": [], "consumer_positions": []}
SLOW_SECONDS = 30
DEAD_SECONDS = 15
MOST_MARKS = 1000
GIVEN_UP = timedelta(days=1)

Marks = dict[TopicPartition, deque[tuple[int, float]]]  # ends of the log that were seen, and when (monotonic)


def made_anew(db: Database, assigned: list[TopicPartition], now: dict[str, str]) -> list[TopicPartition]:
    """Those partitions whose topic has another id than the one kept beside the position (`now`: topic to id)."""
    known = {row["_id"]: row.get("topic_id") for row in db.consumer_positions.find({}, {"topic_id": 1})}
    return [one for one in assigned if one.topic in now and known.get(name(one)) not in (None, now[one.topic])]


def too_short(client: KafkaConsumer, assigned: list[TopicPartition]) -> list[TopicPartition]:
    """Those whose log ends before where we are: cut off, or led by a broker that does not know its end yet."""
    ends = {partition: client.highwater(partition) for partition in assigned}
    return [one for one, end in ends.items() if end is not None and end < client.position(one)]


def all_read(db: Database, partitions: int) -> bool:
    """Whether the members of the group together have read all that there is in so many partitions."""
    fresh = {"lag": 0, "$expr": {"$gte": ["$at", {"$subtract": ["$$NOW", DEAD_SECONDS * 1000]}]}}
    return db.consumer_positions.count_documents(fresh) >= partitions


def note(
    db: Database, client: KafkaConsumer, assigned: list[TopicPartition], now: dict[str, str], marks: Marks
) -> None:
    """Writes down position and high water of each partition, and how long its oldest unread record has waited."""
    rows = []
    for gone in marks.keys() - set(assigned):
        del marks[gone]
    for partition in assigned:
        position, high_water = client.position(partition), client.highwater(partition)
        if high_water is None:
            continue  # nothing fetched yet: what was known before stays
        if partition not in marks:
            marks[partition] = _remembered(db, partition)
        seen = {
            "topic": partition.topic,
            "partition": partition.partition,
            "position": position,
            "high_water": high_water,
            "lag": max(high_water - position, 0),
            "unread_s": _unread_seconds(marks[partition], position, high_water),
        }
        if partition.topic in now:
            seen["topic_id"] = now[partition.topic]
        change = {"$set": seen, "$currentDate": {"at": True}}
        rows.append(UpdateOne({"_id": name(partition)}, change, upsert=True))
    if rows:
        db.consumer_positions.bulk_write(rows)


def _unread_seconds(marks: deque[tuple[int, float]], position: int, high_water: int) -> float | None:
    """None when all was read. A log that was made anew begins below its old marks: they say nothing of it."""
    while marks and (marks[0][0] <= position or marks[0][0] > high_water):
        marks.popleft()
    if high_water > position and (not marks or marks[-1][0] < high_water):
        marks.append((high_water, time.monotonic()))
    if len(marks) > MOST_MARKS:
        del marks[1]  # the first is the one that counts now
    return time.monotonic() - marks[0][1] if marks else None


def _remembered(db: Database, partition: TopicPartition) -> deque[tuple[int, float]]:
    """What the member before us knew of a partition: its unread records are no younger for having changed hands."""
    row = next(iter(_rows(db, {"_id": name(partition)})), None)
    if row is None or row.get("unread_s") is None:
        return deque()
    return deque([(row["high_water"], time.monotonic() - row["unread_s"] - row["silent_s"])])


def _rows(db: Database, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """With `silent_s`: for how long nobody has said where it stands."""
    silent = {"$max": [0, {"$divide": [{"$subtract": ["$$NOW", "$at"]}, 1000]}]}
    found = db.consumer_positions.aggregate([{"$match": wanted}, {"$set": {"silent_s": silent}}, {"$sort": {"_id": 1}}])
    return list(found)


def name(partition: TopicPartition) -> str:
    return f"{partition.topic}:{partition.partition}"


def stopped(db: Database) -> bool:
    return (db.consumer.find_one({"_id": "consumer"}) or {}).get("state") == "stopped"


def stop(db: Database, why: str) -> None:
    log.error("consumer stopped", why=why)
    state = {"state": "stopped", "why": why, "since": clock.now()}
    db.consumer.update_one({"_id": "consumer"}, {"$set": state}, upsert=True)


def resume(db: Database) -> None:
    """An operator has looked at the dead letters and lets the consumer go on."""
    db.consumer.update_one({"_id": "consumer"}, {"$set": {"state": "running", "why": None, "since": clock.now()}})


def health(db: Database) -> list[dict[str, Any]]:
    """Per topic and partition: position, high water, lag, age of the oldest unread in seconds, and the state:
    `idle`, `working`, `slow` (the oldest unread is over 30 s old), `stopped` (by dead letters; `why`), `dead` (no
    sign for 15 s: the lag then is at least the last one known, `at`). A topic nobody has read for a day, while others
    are read, is read no more."""
    state = db.consumer.find_one({"_id": "consumer"}) or {}
    rows = _rows(db, {})
    latest = min((row["silent_s"] for row in rows), default=0)
    return [
        {
            **{name: row[name] for name in ("topic", "partition", "position", "high_water", "lag")},
            "oldest_unread_age_s": _age(row),
            "state": _state(state.get("state") == "stopped", row["silent_s"] > DEAD_SECONDS, _age(row)),
            "why": state.get("why"),
            "at": row["at"],
        }
        for row in rows
        if row["silent_s"] - latest < GIVEN_UP.total_seconds()
    ]


def _age(row: dict[str, Any]) -> float | None:
    waited = row.get("unread_s")
    return waited + row["silent_s"] if waited is not None else None


def _state(is_stopped: bool, dead: bool, age: float | None) -> str:
    if dead:
        return "dead"
    if is_stopped:
        return "stopped"
    if age is None:
        return "idle"
    return "slow" if age > SLOW_SECONDS else "working"
