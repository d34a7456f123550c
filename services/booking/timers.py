"""What falls due in booking: slots renewed each day, places at rest woken each minute, the advice about free places
corrected every few minutes, a lost code made new at once."""

from datetime import UTC, datetime, timedelta

from pymongo.database import Database

from services.booking import actions, upkeep, window_timers
from shared import clock, due

LANE = "upkeep"
EVERY = {
    "renew_slots": timedelta(days=1),
    "wake_places": timedelta(minutes=1),
    "count_places": timedelta(minutes=5),
}


def renew_slots(db: Database, work: due.Work) -> None:
    _next(db, work.kind)  # first: whatever becomes of this run, there is another one
    upkeep.renew_slots(db)


def wake_places(db: Database, work: due.Work) -> None:
    _next(db, work.kind)
    upkeep.wake_places(db)


def count_places(db: Database, work: due.Work) -> None:
    _next(db, work.kind)
    upkeep.count_places(db)


TIMERS = {
    "renew_slots": renew_slots,
    "wake_places": wake_places,
    "count_places": count_places,
    "renew_codes": actions.renew_codes,
    "forget_verification": actions.forget_verification,
    **window_timers.TIMERS,
}


def begin(db: Database) -> None:
    """The next row of each kind; may run again, since rows lie on a grid of times and are named by theirs."""
    for kind in EVERY:
        _next(db, kind)


def _next(db: Database, kind: str) -> None:
    at = _on_grid(clock.now(), EVERY[kind])
    due.add(db, kind, LANE, {}, due_at=at, id=f"{kind}.{at:%Y%m%dT%H%M}")


def _on_grid(now: datetime, every: timedelta) -> datetime:
    begin = datetime(2000, 1, 1, tzinfo=UTC)
    return begin + ((now - begin) // every + 1) * every
