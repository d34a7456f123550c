"""Booking's collections: indexes, add, get, save, queries. What a place is and how it is claimed: places."""

from pymongo import IndexModel

from services.booking import case_notes, contacts, intakes, people, places
from services.booking.store import appointments, offered
from services.booking.store.appointments import (
    ONE_LIVE,
    REQUESTS,
    AlreadyThere,
    add,
    appointment,
    by_requests,
    case_of,
    day,
    find,
    live_with,
    of_case,
    of_person,
    of_slot,
    save,
)
from services.booking.store.offered import (
    free_at_the_desk,
    free_slots,
    free_times,
    office,
    offices,
    partners,
    pathway,
    pathways,
    slot,
    slots,
)

COLLECTIONS: dict[str, list[IndexModel]] = {
    **offered.COLLECTIONS,
    **appointments.COLLECTIONS,
    **people.COLLECTIONS,
    **case_notes.COLLECTIONS,
    **contacts.COLLECTIONS,
    **intakes.COLLECTIONS,
    **places.COLLECTIONS,
}

__all__ = [
    "AlreadyThere",
    "COLLECTIONS",
    "ONE_LIVE",
    "REQUESTS",
    "add",
    "appointment",
    "by_requests",
    "case_of",
    "day",
    "find",
    "free_at_the_desk",
    "free_slots",
    "free_times",
    "live_with",
    "of_case",
    "of_person",
    "of_slot",
    "office",
    "offices",
    "partners",
    "pathway",
    "pathways",
    "save",
    "slot",
    "slots",
]
