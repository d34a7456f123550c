"""What booking refuses, by name; shared/errors.py alone turns a refusal into a status."""

from services.booking.refusals.appointments import (
    AskedTooOften,
    Changed,
    CodeRenewedLately,
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
from services.booking.refusals.offices import IntakeClosed, UnknownOffice, UnknownPathway
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
from services.booking.refusals.verifications import (
    AlreadyBooked,
    ContactNotVerified,
    OneTimeCodeVoid,
    UnknownVerification,
    WrongOneTimeCode,
)

__all__ = [
    "AlreadyBooked",
    "AlreadyReferred",
    "AskedTooOften",
    "Changed",
    "CodeRenewedLately",
    "ContactNotVerified",
    "IntakeClosed",
    "NotBooked",
    "NotPossible",
    "NotYet",
    "OneTimeCodeVoid",
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
    "UnknownVerification",
    "WrongOffice",
    "WrongOneTimeCode",
    "WrongPathway",
    "WrongState",
]
