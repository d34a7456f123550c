"""People whose time their office took away, and who are first in line for another."""

from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from services.booking import actions, model, store, upkeep
from shared import clock
from tests import builders
from tests.integration.booking.cancelling import approved, work
from tests.integration.booking.conftest import a_key, add_slot

LATER = 100  # hours: after the days that are cancelled


def lost(db: Database, number: int = 1, **asked: Any) -> list[model.Appointment]:
    """Booked, then cancelled by the office, which offers another time and has none; by start."""
    requests = [
        builders.a_booking_request(slot_id=add_slot(db, capacity=1, hours=2 + each), **asked) for each in range(number)
    ]
    mine = [actions.book(db, one, a_key())[0] for one in requests]
    approved(db, rebook=True)
    work(db)
    return [store.appointment(db, one.reference) for one in mine]


def booked_later(db: Database, capacity: int = 1, hours: float = LATER) -> list[model.Appointment]:
    """A time after those days, all of whose places others have."""
    slot = add_slot(db, capacity, hours)
    one = builders.a_booking_request
    return [actions.book(db, one(slot_id=slot), a_key())[0] for _ in range(capacity)]


def fill(db: Database, after: datetime) -> list[model.Appointment]:
    """Every place later than that is somebody's, also beyond what the public may book; by start."""
    desk = model.AtTheDesk("clerk-1", model.WALK_IN)
    later = db.slots.find({"starts_at": {"$gt": after}}).sort("starts_at", 1)
    requests = [builders.a_booking_request(slot_id=row["_id"], desk=desk) for row in later for _ in range(row["free"])]
    return [actions.book(db, request, a_key())[0] for request in requests]


def now(db: Database, one: model.Appointment) -> model.Appointment:
    return store.appointment(db, one.reference)


def answer_late(db: Database, one: model.Appointment) -> None:
    """The time to answer is over."""
    over = {"kept.answer_by": clock.now() - timedelta(seconds=1)}
    db.appointments.update_one({"reference": one.reference}, {"$set": over})


def a_minute(db: Database) -> None:
    """As each minute does (timers.py)."""
    actions.rebooking.look(db)
    upkeep.wake_places(db)
