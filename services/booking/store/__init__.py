"""Booking's collections: indexes, add, get, save, queries. What a place is and how it is claimed: places."""

from pymongo import IndexModel

from services.booking import contacts, live, people, places, waiting
from services.booking.store import appointments, draws, offered, requests, windows
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
    free_slots,
    free_times,
    office,
    offices,
    partners,
    pathway,
    pathways,
    slot,
    slots,
    slots_between,
)

COLLECTIONS: dict[str, list[IndexModel]] = {
    **offered.COLLECTIONS,
    **appointments.COLLECTIONS,
    **people.COLLECTIONS,
    **contacts.COLLECTIONS,
    **places.COLLECTIONS,
    **windows.COLLECTIONS,
    **requests.COLLECTIONS,
    **draws.COLLECTIONS,
    **live.COLLECTIONS,
    **waiting.COLLECTIONS,
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
    "draws",
    "find",
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
    "requests",
    "save",
    "slot",
    "slots",
    "slots_between",
    "windows",
]
