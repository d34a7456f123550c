"""What booking refuses, by name; shared/errors.py alone turns a refusal into a status."""

from services.booking.refusals.appointments import (
    Changed,
    NotBooked,
    NotPossible,
    NotYet,
    PartyTooLarge,
    SameTime,
    TooLate,
    TooManyBookings,
    TooManyChanges,
    UnknownAppointment,
    WrongState,
)
from services.booking.refusals.draws import TooNear, UnfitRule, UnfitSeed
from services.booking.refusals.offices import IntakeClosed, UnknownOffice, UnknownPathway
from services.booking.refusals.referrals import AlreadyReferred, UnknownPartner
from services.booking.refusals.times import (
    HoldExpired,
    HoldTooSmall,
    NoHolds,
    SlotGone,
    SlotPast,
    SlotTaken,
    TooFarAhead,
    TooManyHolds,
    TooSoon,
    WrongOffice,
    WrongPathway,
)

__all__ = [
    "AlreadyReferred",
    "Changed",
    "HoldExpired",
    "HoldTooSmall",
    "IntakeClosed",
    "NoHolds",
    "NotBooked",
    "NotPossible",
    "NotYet",
    "PartyTooLarge",
    "SameTime",
    "SlotGone",
    "SlotPast",
    "SlotTaken",
    "TooFarAhead",
    "TooLate",
    "TooManyBookings",
    "TooManyChanges",
    "TooManyHolds",
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
