"""What booking refuses, by name; shared/errors.py alone turns a refusal into a status."""

from shared import errors
from shared.errors import N_


class SlotTaken(errors.Conflict):
    code = "slot-taken"
    title = N_("That time is no longer free")
    detail = N_("Somebody else was faster. Please choose another time.")


class SlotGone(errors.NotFound):
    code = "slot-gone"
    title = N_("That time is not offered")
    detail = N_("The time you chose is not offered, or not any more. Please choose another time.")


class SlotPast(errors.Conflict):
    code = "slot-past"
    title = N_("That time has passed")
    detail = N_("The time you chose has already begun. Please choose a later one.")


class TooSoon(errors.Conflict):
    code = "too-soon"
    title = N_("That time is too soon")
    detail = N_("This service needs more notice than that. Please choose a later time.")


class TooFarAhead(errors.Conflict):
    code = "too-far-ahead"
    title = N_("That time is too far ahead")
    detail = N_("That day cannot be booked yet. Please choose an earlier time, or come back nearer to it.")


class WrongOffice(errors.Conflict):
    code = "wrong-office"
    title = N_("That time is at another office")
    detail = N_("The time you chose belongs to another office. Please choose a time of this office.")


class WrongPathway(errors.Conflict):
    code = "wrong-pathway"
    title = N_("That time is for another service")
    detail = N_("The time you chose is kept for another service. Please choose a time of this service.")


class IntakeClosed(errors.Conflict):
    code = "intake-closed"
    title = N_("This office takes no new appointments")
    detail = N_("This office takes no new appointments at the moment. Please look again later.")


class NotPossible(errors.Conflict):
    """Neutral on purpose: it must not tell a stranger that somebody sought help here, where or when."""

    code = "not-possible"
    title = N_("We could not complete this booking")
    detail = N_(
        "We could not complete this booking. If you already have an appointment, "
        "look at your messages or ask the office."
    )


class PartyTooLarge(errors.Invalid):
    code = "party-too-large"
    title = N_("Too many people for one appointment")
    detail = N_("This service takes at most %(most)s people in one appointment.")


class TooLate(errors.Conflict):
    code = "too-late"
    title = N_("It is too late to cancel")
    detail = N_("It is too late to cancel this appointment here. Please call the office.")


class NotBooked(errors.Conflict):
    code = "not-booked"
    title = N_("This appointment cannot be cancelled")
    detail = N_("Only an appointment that is still to come can be cancelled.")


class WrongState(errors.Conflict):
    code = "wrong-state"
    title = N_("That does not fit the state of the appointment")
    detail = N_("This cannot be done with the appointment as it stands.")


class NotYet(errors.Conflict):
    code = "not-yet"
    title = N_("It is too early for that")
    detail = N_("This can only be noted once the time for it has come.")


class AlreadyReferred(errors.Conflict):
    code = "already-referred"
    title = N_("There is already a referral to this service")
    detail = N_("An earlier referral of this person to the same service is still open.")


class UnknownPartner(errors.Invalid):
    """Consent names partners; a name that nobody has would be consent to nothing."""

    code = "unknown-partner"
    detail = N_("One of the partners named is not known here.")


class Changed(errors.Conflict):
    code = "changed"
    title = N_("Somebody else changed this just now")
    detail = N_("This was changed by somebody else in the meantime. Please look at it again.")


class UnknownPathway(errors.NotFound):
    code = "unknown-pathway"
    title = N_("There is no such service")
    detail = N_("There is no such service.")


class UnknownOffice(errors.NotFound):
    code = "unknown-office"
    title = N_("There is no such office")
    detail = N_("There is no such office.")


class UnknownAppointment(errors.NotFound):
    code = "unknown-appointment"
    title = N_("There is no such appointment")
    detail = N_("There is no such appointment.")


class TooManyBookings(errors.TooMany):
    """Of one phone number or mailbox within a day, whoever uses it."""

    code = "too-many-bookings"
    title = N_("Too many bookings with this contact")
    detail = N_(
        "With one phone number or email address at most %(most)s appointments can be booked within 24 hours. "
        "Please try again later, or ask the office."
    )


class UnfitRule(errors.Invalid):
    code = "unfit-rule"
    title = N_("No draw can be held by this rule")


class UnfitSeed(errors.Invalid):
    code = "unfit-seed"
    title = N_("This cannot be the seed of the draw")


class TooNear(errors.Conflict):
    code = "too-near"
    title = N_("This place cannot be offered any more")
    detail = N_("It begins too soon for anybody to answer, to prepare and to travel.")
