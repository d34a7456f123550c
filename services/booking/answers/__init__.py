"""Bodies out: their schemas, and how things of the model become them, in the reader's language."""

from services.booking.answers.appointments import (
    AppointmentOut,
    BookedOut,
    ContactProblemOut,
    DayRowOut,
    HistoryOut,
    PersonOut,
    ReferralMadeOut,
    ReferralOut,
    appointment,
    booked,
)
from services.booking.answers.draws import FILES, AloneOut, DrawOut, draw
from services.booking.answers.lists import list_of, paged
from services.booking.answers.offices import (
    ClosedDayOut,
    IntakeOut,
    OfficeOut,
    PathwayOut,
    SlotOut,
    office,
    own,
    pathway,
)
from services.booking.answers.requests import AskedOut, RequestOut, asked, request

__all__ = [
    "AloneOut",
    "AppointmentOut",
    "AskedOut",
    "BookedOut",
    "ClosedDayOut",
    "ContactProblemOut",
    "DayRowOut",
    "DrawOut",
    "FILES",
    "HistoryOut",
    "IntakeOut",
    "OfficeOut",
    "PathwayOut",
    "PersonOut",
    "ReferralMadeOut",
    "ReferralOut",
    "RequestOut",
    "SlotOut",
    "appointment",
    "asked",
    "booked",
    "draw",
    "list_of",
    "office",
    "own",
    "paged",
    "pathway",
    "request",
]
