"""The places in its range: had by nobody any more, before anybody is told."""

import time
from typing import Any

from pymongo.database import Database

from services.booking import capacity, model, refusals, store, upkeep
from services.booking.store import mass_cancellations as kept
from shared import clock, mongo

SLOTS_AT_ONCE = 50
WORK_SECONDS = 15  # well within a lease
CLOSED = {  # what the office's public page says of those days
    "office_closed": {"es": "La oficina está cerrada", "en": "The office is closed"},
    "programme_ended": {"es": "Ya no se ofrece este servicio", "en": "This service is no longer offered"},
    "staff_absent": {"es": "No hay personal disponible", "en": "No staff available"},
}


def closures(one: model.MassCancellation, office: model.Office) -> list[dict[str, Any]]:
    return [row | {"reason": CLOSED[one.reason]} for row in one.closures(office.timezone)]


def withdraw(db: Database, one: model.MassCancellation) -> bool:
    """Whether no place in its range can be had any more."""
    now, until = clock.now(), time.monotonic() + WORK_SECONDS
    try:
        upkeep.close(db, one.office_id, closures(one, store.office(db, one.office_id)))
    except refusals.Changed:  # somebody else changed the calendar at this moment: look again
        return False
    while slots := kept.slots_of(db, one, now, SLOTS_AT_ONCE):
        capacity.withdraw(db, slots)
        if time.monotonic() > until:
            return False
    if one.withdrawn_at is None:
        _count(db, one.id)
    return True


@mongo.transactional
def _count(db: Database, id: str) -> None:
    """Now that nobody comes to it, how many they are is known."""
    one, now = kept.find(db, id), clock.now()
    if one and one.withdrawn_at is None:
        total = one.done + one.taken_back + len(one.failed) + kept.how_many(db, one, now)
        kept.note(db, id, {"$set": {"withdrawn_at": now, "total": total}})
