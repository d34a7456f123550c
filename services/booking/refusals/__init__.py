"""What booking refuses, by name; shared/errors.py alone turns a refusal into a status."""

from services.booking.refusals.appointments import (
    Changed,
    NotBooked,
    NotPossible,
    NotYet,
    PartyTooLarge,
    TooLate,
    TooManyBookings,
    UnknownAppointment,
    WrongState,
)
from services.booking.refusals.draws import TooNear, UnfitRule, UnfitSeed
from services.booking.refusals.mass_cancellations import (
    DecidedAlready,
    NotOfThisOffice,
    NotRunning,
    OwnProposal,
    RangePast,
    UnfitRange,
    UnknownMassCancellation,
)
from services.booking.refusals.offices import IntakeClosed, UnknownOffice, UnknownPathway
from services.booking.refusals.pilots import UnfitPilot, UnknownPilot
from services.booking.refusals.referrals import AlreadyReferred, UnknownPartner
from services.booking.refusals.times import (
    SlotGone,
    SlotPast,
    SlotTaken,
    TooFarAhead,
    TooSoon,
    WrongOffice,
    WrongPathway,
)

__all__ = [
    "AlreadyReferred",
    "Changed",
    "DecidedAlready",
    "IntakeClosed",
    "NotBooked",
    "NotOfThisOffice",
    "NotPossible",
    "NotRunning",
    "NotYet",
    "OwnProposal",
    "PartyTooLarge",
    "RangePast",
    "SlotGone",
    "SlotPast",
    "SlotTaken",
    "TooFarAhead",
    "TooLate",
    "TooManyBookings",
    "TooNear",
    "TooSoon",
    "UnfitPilot",
    "UnfitRange",
    "UnfitRule",
    "UnfitSeed",
    "UnknownAppointment",
    "UnknownMassCancellation",
    "UnknownOffice",
    "UnknownPartner",
    "UnknownPathway",
    "UnknownPilot",
    "WrongOffice",
    "WrongPathway",
    "WrongState",
]
