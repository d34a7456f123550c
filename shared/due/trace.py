"""The due work of one case, for its timeline: kinds, lanes, states and times, no data."""

from typing import Any

from pymongo.database import Database

SHOWN = {"kind": 1, "lane": 1, "state": 1, "attempts": 1, "error": 1, "created_at": 1, "due_at": 1, "ended_at": 1}


def trace(db: Database, correlation: str, limit: int = 500) -> list[dict[str, Any]]:
    return list(db.due.find({"correlation": correlation}, SHOWN).sort("created_at", 1).limit(limit))
