"""What was in the queues a moment ago: samples of the last minutes, for trends.

A row every 10 s, written by whichever worker is first to find that it is missing; gone after 15 minutes (TTL). In the
database, since web processes come and go and each would know another past; counted by the workers, since nobody may
be looking when a queue begins to grow.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from shared.figures import queues

KEPT = timedelta(minutes=15)
EVERY_SECONDS = 10
COLLECTIONS: dict[str, list[Any]] = {
    "queue_samples": [IndexModel([("at", 1)], name="retention", expireAfterSeconds=round(KEPT.total_seconds()))]
}


def add(db: Database, count: Callable[[Database], Mapping[str, Any]]) -> bool:
    """Writes the sample of this moment, in the database's time, unless it is there."""
    now = db.command("hello")["localTime"].replace(tzinfo=UTC)
    turn = int(now.timestamp()) // EVERY_SECONDS
    if db.queue_samples.find_one({"_id": turn}, {"_id": 1}):
        return False
    row = {"at": now, "queues": queues.counted(count(db))}
    db.queue_samples.update_one({"_id": turn}, {"$setOnInsert": row}, upsert=True)
    return True


def latest(db: Database, now: datetime) -> list[dict[str, Any]]:
    """Those that a trend is read off, oldest first."""
    return list(db.queue_samples.find({"at": {"$gte": now - queues.TREND}}).sort("_id", 1))
