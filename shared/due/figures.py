"""How due work is doing, lane by lane; the effort does not grow with the number of rows."""

from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared import clock, mongo
from shared.due.rows import FAILED, RUNNING, WAITING


def health(db: Database) -> list[dict[str, Any]]:
    """Per lane: how many wait in all, how many are overdue, run, failed (each at most mongo.MOST_COUNTED); the age of
    the oldest overdue in seconds."""
    states = (WAITING, RUNNING, FAILED)
    lanes = {lane for state in states for lane in db.due.distinct("lane", {"state": state})}
    return [_lane(db, lane) for lane in sorted(lanes)]


def _lane(db: Database, lane: str) -> dict[str, Any]:
    now = clock.now()
    oldest = _oldest_overdue(db, lane, now)

    def count(state: str, **more: Any) -> int:
        return mongo.count_up_to(db.due, {"state": state, "lane": lane} | more)

    return {
        "lane": lane,
        "waiting": count(WAITING),
        "overdue": count(WAITING, due_at={"$lte": now}) if oldest else 0,
        "running": count(RUNNING),
        "failed": count(FAILED),
        "oldest_age_s": (now - oldest).total_seconds() if oldest else None,
    }


def _oldest_overdue(db: Database, lane: str, now: datetime) -> datetime | None:
    """The index has the oldest of each priority at its beginning."""
    waiting: dict[str, Any] = {"state": WAITING, "lane": lane}
    oldest = []
    for priority in db.due.distinct("priority", waiting):
        of_it = waiting | {"priority": priority, "due_at": {"$lte": now}}
        row = db.due.find_one(of_it, {"due_at": 1}, sort=[("due_at", 1)])
        oldest += [row["due_at"]] if row else []
    return min(oldest, default=None)
