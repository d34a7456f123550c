"""The work, a part at a time: places withdrawn, people moved, offers taken back, who is left cancelled, until a look
finds nobody."""

import time
from datetime import timedelta

from pymongo.database import Database

from services.booking import model, store
from services.booking.actions import moving
from services.booking.actions.mass_cancellation import falling_due, slices, withdrawing
from services.booking.model import mass_cancellation as rules
from services.booking.store import mass_cancellations as kept
from shared import clock, mongo

LAST_LOOK = timedelta(minutes=5)


def go_on(db: Database, id: str) -> float | None:
    """A part of the work; in how many seconds there is more to do. None: it has ended, or somebody stopped it."""
    one = kept.find(db, id)
    if one is None or one.state not in rules.AT_WORK or _is_opened_again(db, one):
        return None
    if not withdrawing.withdraw(db, one):
        return 0
    begun = time.monotonic()
    if one.rebook and (moved := moving.move(db, kept.next_of(db, one, clock.now(), slices.AT_ONCE))):
        kept.note(db, id, {"$inc": {"moved": len(moved)}}, rules.AT_WORK)
    # in this order: who confirms in between is found
    number = slices.take_back_some(db, id) + slices.cancel_some(db, id)
    if number:
        pace = mongo.settings(db).mass_cancellations_per_second
        return max(number / pace - (time.monotonic() - begun), 0)
    return None if _end(db, id) else 0


def _is_opened_again(db: Database, one: model.MassCancellation) -> bool:
    """Since its end, by somebody who changed the calendar: then there is nothing more to look for."""
    office = store.office(db, one.office_id)
    closed = office.exceptions.get("closed", [])
    return one.state == rules.FINISHED and any(row not in closed for row in withdrawing.closures(one, office))


@mongo.transactional
def _end(db: Database, id: str) -> bool:
    """False when it has to look from the beginning once more."""
    one, now = kept.find(db, id), clock.now()
    if one is None or one.state not in rules.AT_WORK:
        return True
    if one.reached is not None:
        kept.note(db, id, {"$set": {"reached": None}}, rules.AT_WORK)
        return False
    if one.state == rules.RUNNING:
        kept.note(db, id, {"$set": {"state": rules.FINISHED, "ended_at": now}, "$inc": {"version": 1}})
        falling_due.look_again(db, id, now + LAST_LOOK)
    return True
