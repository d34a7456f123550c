"""Bodies out: their schemas, and how things of the model become them, in the reader's language."""

from services.booking.answers.appointments import (
    AppointmentOut,
    BookedOut,
    ContactProblemOut,
    DayRowOut,
    DeskAppointmentOut,
    HistoryOut,
    HoldOut,
    NoteOut,
    OwnAppointmentOut,
    PersonOut,
    ReferralMadeOut,
    ReferralOut,
    appointment,
    booked,
    own_appointment,
)
from services.booking.answers.codes import AcceptedOut
from services.booking.answers.draws import FILES, AloneOut, DrawOut, draw
from services.booking.answers.following import following
from services.booking.answers.lists import list_of, paged
from services.booking.answers.offices import (
    ClosedDayOut,
    IntakeOut,
    OfficeIntakeOut,
    OfficeOut,
    PathwayOut,
    SlotOut,
    intakes,
    office,
    own,
    pathway,
)
from services.booking.answers.requests import AskedOut, RequestOut, asked, request
from services.booking.answers.verifications import VerificationOut, verification

__all__ = [
    "AloneOut",
    "AcceptedOut",
    "AppointmentOut",
    "AskedOut",
    "BookedOut",
    "ClosedDayOut",
    "ContactProblemOut",
    "DayRowOut",
    "DrawOut",
    "FILES",
    "DeskAppointmentOut",
    "HistoryOut",
    "HoldOut",
    "IntakeOut",
    "NoteOut",
    "OfficeIntakeOut",
    "OfficeOut",
    "OwnAppointmentOut",
    "PathwayOut",
    "PersonOut",
    "ReferralMadeOut",
    "ReferralOut",
    "RequestOut",
    "SlotOut",
    "VerificationOut",
    "appointment",
    "asked",
    "booked",
    "draw",
    "following",
    "intakes",
    "list_of",
    "office",
    "own",
    "own_appointment",
    "paged",
    "pathway",
    "request",
    "verification",
]
