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
from services.booking.answers.verifications import VerificationOut, verification

__all__ = [
    "AcceptedOut",
    "AppointmentOut",
    "BookedOut",
    "ClosedDayOut",
    "ContactProblemOut",
    "DayRowOut",
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
    "SlotOut",
    "VerificationOut",
    "appointment",
    "booked",
    "following",
    "intakes",
    "list_of",
    "office",
    "own",
    "own_appointment",
    "paged",
    "pathway",
    "verification",
]
