"""How often somebody was refused for want of places: per day and week of the office, office and pathway, nothing else.

Whoever races for a full time must not cost a write each. So each process collects, and writes what it has `SECONDS`
after the first of them, all in one go. What it has collected is lost when it ends, or when the database does not answer
at that moment: ten seconds of one process. These are figures to plan by, no promise to anybody.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from pymongo import IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.telemetry import log

SECONDS = 10
COLLECTIONS: dict[str, list[IndexModel]] = {
    "refused_days": [IndexModel([("office_id", 1), ("pathway_id", 1), ("day", 1)], name="day")]
}

Refusal = tuple[str, str, date]  # office, pathway, day of the office

_lock = threading.Lock()
_collected: WeakKeyDictionary[Database, Counter[Refusal]] = WeakKeyDictionary()


def note(db: Database, refusals: Iterable[Refusal]) -> None:
    """Touches no database."""
    with _lock:
        mine = _collected.setdefault(db, Counter())
        is_first = not mine
        mine.update(refusals)
    if is_first and mine:
        later = threading.Timer(SECONDS, write, [db])
        later.daemon = True
        later.start()


def write(db: Database) -> None:
    """What was collected since the last time."""
    with _lock:
        collected = _collected.pop(db, Counter())
    changes = [_more(*refusal, number) for refusal, number in collected.items()]
    if not changes:
        return
    try:
        db.refused_days.bulk_write(changes, ordered=False)
    except PyMongoError as error:
        log.warning("refusals not counted", refusals=collected.total(), error=type(error).__name__)


def _more(office_id: str, pathway_id: str, day: date, number: int) -> UpdateOne:
    week = day - timedelta(days=day.weekday())
    names = {"office_id": office_id, "pathway_id": pathway_id, "day": day.isoformat()}
    change = {"$inc": {"refused": number}, "$setOnInsert": {**names, "week": week.isoformat()}}
    return UpdateOne({"_id": "|".join(names.values())}, change, upsert=True)


def counted(
    db: Database, offices: Iterable[str], pathways: Iterable[str], first: date, last: date
) -> list[tuple[str, str, str, int]]:
    """Rows of office, pathway, week and how often."""
    wanted: dict[str, Any] = {
        "office_id": {"$in": list(offices)},
        "pathway_id": {"$in": list(pathways)},
        "day": {"$gte": first.isoformat(), "$lte": last.isoformat()},
    }
    rows = db.refused_days.find(wanted)
    return [(row["office_id"], row["pathway_id"], row["week"], row["refused"]) for row in rows]
