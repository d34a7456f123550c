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
from services.booking.answers.lists import list_of, paged
from services.booking.answers.mass_cancellations import (
    MassCancellationOut,
    MassCancellationRowOut,
    mass_cancellation,
    mass_cancellation_row,
    preview,
)
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
from services.booking.answers.pilots import PilotOut, ReportOut, pilot, report, report_csv

__all__ = [
    "AppointmentOut",
    "BookedOut",
    "ClosedDayOut",
    "ContactProblemOut",
    "DayRowOut",
    "HistoryOut",
    "IntakeOut",
    "MassCancellationOut",
    "MassCancellationRowOut",
    "OfficeOut",
    "PathwayOut",
    "PersonOut",
    "PilotOut",
    "ReferralMadeOut",
    "ReferralOut",
    "ReportOut",
    "SlotOut",
    "appointment",
    "booked",
    "list_of",
    "mass_cancellation",
    "mass_cancellation_row",
    "office",
    "own",
    "paged",
    "pathway",
    "pilot",
    "preview",
    "report",
    "report_csv",
]
