"""Booking's collections: indexes, add, get, save, queries. What a place is and how it is claimed: places."""

from pymongo import IndexModel

from services.booking import contacts, people, places
from services.booking.store import appointments, mass_cancellations, offered, pilots
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
    save_all,
)
from services.booking.store.offered import (
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
    **mass_cancellations.COLLECTIONS,
    **pilots.COLLECTIONS,
    **people.COLLECTIONS,
    **contacts.COLLECTIONS,
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
    "free_slots",
    "free_times",
    "live_with",
    "mass_cancellations",
    "of_case",
    "of_person",
    "of_slot",
    "office",
    "offices",
    "partners",
    "pathway",
    "pathways",
    "pilots",
    "save",
    "save_all",
    "slot",
    "slots",
]
