"""Wrong tries made slower, per scope, without ever locking anybody out: each delay ends, and grows only to a limit.

A scope is ids and hashes, never a name or an address in clear: `throttle(db, f"code|{reference}|{web.network()}")`.
"""

from datetime import timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from shared import clock, errors
from shared.errors import N_

COLLECTIONS = {"throttles": [IndexModel("expires_at", expireAfterSeconds=0)]}
FREE = 4
LONGEST = 300
_FORGET = timedelta(hours=24)


class SlowDown(errors.TooMany):
    code = "too-many-tries"
    title = N_("Too many wrong tries")
    detail = N_("Please wait %(seconds)s seconds, then try again.")


def throttle(db: Database, scope: str) -> None:
    """Raises SlowDown while the delay of earlier wrong tries lasts."""
    row = db.throttles.find_one({"_id": scope, "until": {"$gt": clock.now()}})
    if row:
        seconds = int((row["until"] - clock.now()).total_seconds()) + 1
        raise SlowDown(retry_after=seconds, seconds=seconds)


def throttle_failed(
    db: Database, scope: str, *, free: int = FREE, longest: int = LONGEST, window: timedelta | None = None
) -> None:
    """Notes a wrong try. After `free` of them the delay is 1 s, then doubles, to at most `longest` seconds. They are
    forgotten a day after the last one, or `window` after the first one."""
    beyond = {"$subtract": [{"$add": [{"$ifNull": ["$failed", 0]}, 1]}, free]}
    delay = {
        "$cond": [
            {"$gt": [beyond, 0]},
            {
                "$min": [
                    longest * 1000,
                    {"$multiply": [1000, {"$pow": [2, {"$min": [20, {"$subtract": [beyond, 1]}]}]}]},
                ]
            },
            0,
        ]
    }
    now = clock.now()
    expires_at: Any = {"$ifNull": ["$expires_at", now + window]} if window else now + _FORGET
    db.throttles.update_one(
        {"_id": scope},
        [
            {"$set": {"until": {"$add": [now, delay]}, "expires_at": expires_at}},
            {"$set": {"failed": {"$add": [{"$ifNull": ["$failed", 0]}, 1]}}},
        ],
        upsert=True,
    )


def throttle_passed(db: Database, scope: str) -> None:
    """A right try: the scope starts anew."""
    db.throttles.delete_one({"_id": scope})
