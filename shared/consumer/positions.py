"""Where a service's consumer stands, for itself (is this still the log we read?) and for those who watch it."""

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


def made_anew(db: Database, assigned: list[TopicPartition], now: dict[str, str]) -> list[TopicPartition]:
    """Those partitions whose topic has another id than the one kept beside the position (`now`: topic to id)."""
    known = {row["_id"]: row.get("topic_id") for row in db.consumer_positions.find({}, {"topic_id": 1})}
    return [one for one in assigned if one.topic in now and known.get(_name(one)) not in (None, now[one.topic])]


def too_short(client: KafkaConsumer, assigned: list[TopicPartition]) -> list[TopicPartition]:
    """Those whose log ends before where we are: cut off, or led by a broker that does not know its end yet."""
    ends = {partition: client.highwater(partition) for partition in assigned}
    return [one for one, end in ends.items() if end is not None and end < client.position(one)]


def all_read(db: Database, partitions: int) -> bool:
    """Whether the members of the group together have read all that there is in so many partitions."""
    fresh = {"lag": 0, "at": {"$gte": clock.now() - timedelta(seconds=DEAD_SECONDS)}}
    return db.consumer_positions.count_documents(fresh) >= partitions


def note(
    db: Database,
    client: KafkaConsumer,
    assigned: list[TopicPartition],
    now: dict[str, str],
    behind: dict[TopicPartition, float],
) -> None:
    """Writes down position and high water of each partition. `behind` remembers since when one lags (Unix time)."""
    rows = []
    for gone in behind.keys() - set(assigned):
        del behind[gone]
    for partition in assigned:
        position, high_water = client.position(partition), client.highwater(partition)
        if high_water is None:
            continue  # nothing fetched yet: what was known before stays
        lag = max(high_water - position, 0)
        if lag:
            behind.setdefault(partition, clock.now().timestamp())
        else:
            behind.pop(partition, None)
        seen = {
            "topic": partition.topic,
            "partition": partition.partition,
            "position": position,
            "high_water": high_water,
            "lag": lag,
            "behind_since": behind.get(partition),
            "at": clock.now(),
        }
        if partition.topic in now:
            seen["topic_id"] = now[partition.topic]
        rows.append(UpdateOne({"_id": _name(partition)}, {"$set": seen}, upsert=True))
    if rows:
        db.consumer_positions.bulk_write(rows)


def _name(partition: TopicPartition) -> str:
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
    `idle`, `working`, `slow` (behind for over 30 s), `stopped` (by dead letters; `why`), `dead` (no sign for 15 s:
    the lag then is at least the last one known, `at`)."""
    state = db.consumer.find_one({"_id": "consumer"}) or {}
    now = clock.now()
    rows = []
    for row in db.consumer_positions.find().sort("_id", 1):
        behind = row.get("behind_since")
        age = max(now.timestamp() - behind, 0) if behind else None
        dead = (now - row["at"]).total_seconds() > DEAD_SECONDS
        rows.append(
            {
                "topic": row["topic"],
                "partition": row["partition"],
                "position": row["position"],
                "high_water": row["high_water"],
                "lag": row["lag"],
                "oldest_unread_age_s": age,
                "state": _state(state.get("state") == "stopped", dead, age),
                "why": state.get("why"),
                "at": row["at"],
            }
        )
    return rows


def _state(is_stopped: bool, dead: bool, age: float | None) -> str:
    if dead:
        return "dead"
    if is_stopped:
        return "stopped"
    if age is None:
        return "idle"
    return "slow" if age > SLOW_SECONDS else "working"
