"""People moved to another time because their office has to take theirs away: one by one, as soon as it is known.

Each is changed as an office changes a time (rescheduling.py): at every moment they have the places of one time, they
are told the new one, and who has been moved is not moved again however often this runs. Who cannot be moved keeps what
they have; what becomes of it is for the caller to decide.
"""

from collections.abc import Sequence

from pymongo.database import Database

from services.booking import model, people, refusals, renewal, store
from services.booking.actions import rescheduling
from services.booking.model import moving, rebooking
from shared import clock, mongo, web

MOST_SLOTS = 1000
SOMEBODY_WAS_FASTER = (
    refusals.SlotTaken,
    refusals.SlotGone,
    refusals.SlotPast,
    refusals.NotBooked,
    refusals.SameTime,
    web.KeyInFlight,
)


def move(db: Database, appointments: Sequence[model.Appointment]) -> list[str]:
    """References of those of them who have another time now."""
    now = clock.now()
    in_order = moving.order(appointments, with_needs(db, appointments), now)
    found = moving.moves(in_order, _free(db, appointments), now + moving.SOONEST)
    return [one.reference for one, slot_id in found if slot_id and _move(db, one, slot_id)]


def move_concerned(db: Database, office_id: str) -> list[str]:
    """Whom a changed calendar concerns (renewal.py): as far as there are other times. Who finds none keeps theirs, and
    comes before others when places come free (rebooking.py)."""
    concerned = [store.appointment(db, reference) for reference in renewal.concerned(db, office_id)]
    moved = move(db, concerned)
    for one in concerned:
        if one.reference not in moved:
            _wait(db, one.reference)
    return moved


def _wait(db: Database, reference: str) -> None:
    try:
        _wait_first(db, reference)
    except refusals.WrongState:  # cancelled meanwhile, or in line already
        return


@mongo.transactional
def _wait_first(db: Database, reference: str) -> None:
    one = store.appointment(db, reference)
    store.save(db, rebooking.waits(one, clock.now(), store.pathway(db, one.pathway_id)))


def _move(db: Database, one: model.Appointment, slot_id: str) -> bool:
    try:
        rescheduling.reschedule(db, one.reference, slot_id, "office")
    except SOMEBODY_WAS_FASTER:  # to take that place, or to cancel
        return False
    return True


def with_needs(db: Database, appointments: Sequence[model.Appointment]) -> set[str]:
    """Ids of those who come with something to be prepared."""
    known = people.opened(db, [one.person_id for one in appointments])
    needy = {id for id, person in known.items() if person.get("needs") or person.get("interpreter")}
    return {one.id for one in appointments if one.person_id in needy}


def _free(db: Database, appointments: Sequence[model.Appointment]) -> list[model.Slot]:
    there = sorted({(one.office_id, one.pathway_id) for one in appointments})
    return [slot for office, pathway in there for slot in store.free_later(db, office, pathway, MOST_SLOTS)]
