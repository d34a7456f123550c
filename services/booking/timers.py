"""What falls due in booking: slots renewed each day, places at rest woken each minute, the advice about free places
corrected every few minutes, a lost code made new at once, many appointments cancelled one slice after the other."""

from datetime import UTC, datetime, timedelta

from pymongo.database import Database

from services.booking import actions, upkeep, window_timers
from services.booking.actions import mass_cancellation
from shared import clock, due

LANE = upkeep.LANE
EVERY = {
    "renew_slots": timedelta(days=1),
    "wake_places": timedelta(minutes=1),
    "count_places": timedelta(minutes=5),
}


def renew_slots(db: Database, work: due.Work) -> None:
    _next(db, work.kind)  # first: whatever becomes of this run, there is another one
    upkeep.renew_slots(db)


def wake_places(db: Database, work: due.Work) -> None:
    """First for who comes before others."""
    _next(db, work.kind)
    actions.rebooking.look(db)
    upkeep.wake_places(db)


def count_places(db: Database, work: due.Work) -> None:
    _next(db, work.kind)
    upkeep.count_places(db)


def cancel_many(db: Database, work: due.Work) -> None:
    """At a pace, so that what people do meanwhile is told in between."""
    wait = mass_cancellation.go_on(db, work.data["id"])
    if wait is not None:
        raise due.Later("more", after=timedelta(seconds=wait))


def move_concerned(db: Database, work: due.Work) -> None:
    actions.move_concerned(db, work.data["office"])


TIMERS = {
    upkeep.MOVE: move_concerned,
    "renew_slots": renew_slots,
    "wake_places": wake_places,
    "count_places": count_places,
    "renew_codes": actions.renew_codes,
    "forget_verification": actions.forget_verification,
    mass_cancellation.KIND: cancel_many,
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
