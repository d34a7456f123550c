"""Booking's collections: indexes, add, get, save, queries. What a place is and how it is claimed: places."""

from pymongo import IndexModel

from services.booking import asked, case_notes, contacts, intakes, people, places
from services.booking.store import appointments, holds, offered, verifications
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
from services.booking.store.holds import add_hold, hold, hold_of_request
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
from services.booking.store.verifications import (
    add_verification,
    find_verification,
    forget_verification,
    save_verification,
    use_verification,
    verification,
    verification_of_request,
    verifications_of,
)

COLLECTIONS: dict[str, list[IndexModel]] = {
    **offered.COLLECTIONS,
    **appointments.COLLECTIONS,
    **holds.COLLECTIONS,
    **people.COLLECTIONS,
    **verifications.COLLECTIONS,
    **contacts.COLLECTIONS,
    **asked.COLLECTIONS,
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
    "add_hold",
    "add_verification",
    "appointment",
    "by_requests",
    "case_of",
    "day",
    "find",
    "find_verification",
    "forget_verification",
    "free_at_the_desk",
    "free_slots",
    "free_times",
    "hold",
    "hold_of_request",
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
    "save_verification",
    "slot",
    "slots",
    "use_verification",
    "verification",
    "verification_of_request",
    "verifications_of",
]
