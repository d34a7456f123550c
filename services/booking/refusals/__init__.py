"""What booking refuses, by name; shared/errors.py alone turns a refusal into a status."""

from services.booking.refusals.appointments import (
    BookedAgain,
    Changed,
    Forgotten,
    NotBooked,
    NotMissed,
    NotPossible,
    NotYet,
    PartyTooLarge,
    TooLate,
    TooManyBookings,
    UnknownAppointment,
    WrongState,
)
from services.booking.refusals.draws import TooNear, UnfitRule, UnfitSeed
from services.booking.refusals.offices import IntakeClosed, IntakeFull, UnknownOffice, UnknownPathway
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
    "BookedAgain",
    "Changed",
    "Forgotten",
    "IntakeClosed",
    "IntakeFull",
    "NotBooked",
    "NotMissed",
    "NotPossible",
    "NotYet",
    "PartyTooLarge",
    "SlotGone",
    "SlotPast",
    "SlotTaken",
    "TooFarAhead",
    "TooLate",
    "TooManyBookings",
    "TooNear",
    "TooSoon",
    "UnfitRule",
    "UnfitSeed",
    "UnknownAppointment",
    "UnknownOffice",
    "UnknownPartner",
    "UnknownPathway",
    "WrongOffice",
    "WrongPathway",
    "WrongState",
]
