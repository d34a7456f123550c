"""Runs due work on threads, each lane within its cap, and notes what came of it."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from shared import clock, leases, mongo, telemetry
from shared.due.rows import FAILED, WAITING, Work, claim, finish, give_back, give_back_expired
from shared.telemetry import DUE_LAST, DUE_RUNS, log

LANE_CAP = 4
THREADS = 32  # shared by all lanes; beyond them each lane may still have one
MOST_THREADS = 256
MOST_ERRORS = 20
TURN_SECONDS = 1.0
DONE, LATER, UNAVAILABLE, GIVEN_UP, ERROR, LOST = "done", "later", "unavailable", "failed", "error", "lost"
NEEDLESS = "needless"  # what a function answers when there was nothing to do any more: no sign that a provider is there
LOOK_SECONDS = 0.5  # between two looks for leases that ran out: each end of a work is a turn


class Later(Exception):
    """Not now: try again at `at`, or `after` a while, or (neither) with a growing delay. `reason` is a code, no
    data."""

    def __init__(self, reason: str, at: datetime | None = None, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at or (clock.now() + after if after is not None else None)


class Unavailable(Later):
    """Whoever is to take it is away, or refuses everything: `ProviderAway` tells it where nothing else is done."""


class GiveUp(Exception):
    """Never: the row fails for good and is shown to operators. `reason` is a code, no data."""


Function = Callable[[Database, Work], str | None]  # NEEDLESS, or nothing
Timers = Mapping[str, Function]


def backoff(attempts: int) -> timedelta:
    """2 s, 4 s, 8 s … at most an hour, each with up to a quarter of jitter."""
    return timedelta(seconds=min(2.0 ** min(attempts, 12), 3600) * random.uniform(0.75, 1))  # noqa: S311 - jitter


class Runner:
    """Claims what is due and runs it on threads. Only what a thread is free for is claimed, one row of each lane in
    turn, so that no lease runs out in a queue. However many lanes hang with all they may have, another one still gets
    a thread. `wake` is called when a thread is free again."""

    def __init__(self, db: Database, timers: Timers, wake: Callable[[], None] = lambda: None) -> None:
        self.db = db
        self.timers = timers
        self._wake = wake
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="due")
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._clock = leases.Watch(db)
        self._looked = 0.0
        for kind in timers:
            for outcome in (DONE, NEEDLESS, LATER, UNAVAILABLE, GIVEN_UP, ERROR, LOST):
                DUE_RUNS.labels(kind, outcome)

    def turn(self) -> bool:
        """Claims and starts what there is room for, for at most a second, so that a process with much to do still gives
        signs and ends when it is told to; True when something was started. Raises leases.ClockOff."""
        until = time.monotonic() + TURN_SECONDS
        self._clock.check()
        self._give_back_expired()
        lanes, started = self._lanes(), False
        while time.monotonic() < until and (lanes := [lane for lane in lanes if self._start_one(lane)]):
            started = True
        return started

    def close(self) -> None:
        """Takes nothing new, gives back what no thread has begun, and waits for what runs."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _give_back_expired(self) -> None:
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            give_back_expired(self.db)
            self._looked = time.monotonic()

    def _lanes(self) -> list[str]:
        """In which something waits, due or not: that much the index tells without reading every row."""
        return self.db.due.distinct("lane", {"state": WAITING})

    def _start_one(self, lane: str) -> bool:
        held, all_held = self._running[lane], self._running.total()
        if held >= LANE_CAP or all_held >= (THREADS if held else MOST_THREADS):
            return False
        work = claim(self.db, lane, list(self.timers))
        if work is None:
            return False
        with self._lock:
            self._running[lane] += 1
        self._threads.submit(self._run, work).add_done_callback(lambda begun: self._not_begun(begun, work))
        return True

    def _not_begun(self, begun: Future[None], work: Work) -> None:
        if begun.cancelled():
            give_back(self.db, work)

    def _run(self, work: Work) -> None:
        try:
            run(self.db, work, self.timers[work.kind])
        except Exception as error:  # noqa: BLE001 - one of the three loops: the lease runs out and it is done again
            log.error("due work not noted", work=work.id, kind=work.kind, **telemetry.describe(error))
        finally:
            with self._lock:
                self._running[work.lane] -= 1
            self._wake()


def run(db: Database, work: Work, function: Function) -> None:
    """Runs one claimed row and notes what came of it."""
    try:
        answer = function(db, work)
    except leases.Lost:
        outcome = LOST
    except Later as later:
        outcome = UNAVAILABLE if isinstance(later, Unavailable) else LATER
        _note(db, work, later.at or clock.now() + backoff(work.attempts), later.reason)
    except GiveUp as never:
        outcome = GIVEN_UP
        _note(db, work, None, str(never))
    except Exception as error:  # noqa: BLE001 - one of the three loops: tried again, then kept as failed
        ours = not mongo.is_transient(error)
        over = ours and work.errors + 1 >= MOST_ERRORS
        at = None if over else clock.now() + backoff(work.errors + 1)
        outcome = GIVEN_UP if over else ERROR
        _note(db, work, at, type(error).__name__, errors=int(ours))
        log.error("due work failed", work=work.id, kind=work.kind, attempts=work.attempts, **telemetry.describe(error))
    else:
        outcome = NEEDLESS if answer == NEEDLESS else DONE
        if db.due.find_one({"_id": work.id, "token": work.token}, {"_id": 1}):  # else the function ended it itself
            finish(db, work)
    _count(work, outcome)


def _count(work: Work, outcome: str) -> None:
    DUE_RUNS.labels(work.kind, outcome).inc()
    for told in (DONE, UNAVAILABLE):
        last = DUE_LAST.labels(work.lane, told)
        if told == outcome:
            last.set_to_current_time()


def _note(db: Database, work: Work, at: datetime | None, reason: str, errors: int = 0) -> None:
    change: dict[str, Any] = {"state": WAITING if at else FAILED, "error": reason}
    if at:
        change["due_at"] = at
    db.due.update_one(
        {"_id": work.id, "token": work.token},
        {"$set": change, "$inc": {"errors": errors}, "$unset": {"token": "", "leased_until": ""}},
    )
