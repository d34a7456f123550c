"""Of an appointment: booked, changed, noted."""

from shared import errors
from shared.errors import N_


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
    title = N_("It is too late for that")
    detail = N_("It is too late to change or cancel this appointment here. Please call the office.")


class NotBooked(errors.Conflict):
    code = "not-booked"
    title = N_("This appointment cannot be changed any more")
    detail = N_("Only an appointment that is still to come can be changed or cancelled.")


class TooManyChanges(errors.Conflict):
    """Of the time, by the person; the office may still change it."""

    code = "too-many-changes"
    title = N_("The time was changed too often")
    detail = N_(
        "The time of an appointment can be changed here %(most)s times at most. Please call the office, "
        "or cancel the appointment."
    )


class SameTime(errors.Conflict):
    code = "same-time"
    title = N_("That is the time of the appointment already")
    detail = N_("This is the time that your appointment has already. Please choose another one.")


class WrongState(errors.Conflict):
    code = "wrong-state"
    title = N_("That does not fit the state of the appointment")
    detail = N_("This cannot be done with the appointment as it stands.")


class NotMissed(errors.Conflict):
    code = "not-missed"
    title = N_("There is nothing to put right")
    detail = N_("Only an appointment that was noted as missed can be put right.")


class KeptForNobody(errors.Conflict):
    code = "not-kept"
    title = N_("No place is kept for you")
    detail = N_("No place is kept for you now.")


class KeptTooLong(errors.Conflict):
    code = "kept-too-long"
    title = N_("The place is not kept any more")
    detail = N_("The time to answer is over: the place is somebody else's now.")


class HaveAnother(errors.Conflict):
    code = "have-another"
    title = N_("You have another appointment")
    detail = N_("You have another appointment for this service by now. If you prefer this time, cancel that one first.")


class BookedAgain(errors.Conflict):
    code = "booked-again"
    title = N_("The person has booked again since")
    detail = N_(
        "The person has another appointment for this service by now. Note this one as attended, or cancel that."
    )


class Forgotten(errors.Conflict):
    code = "forgotten"
    title = N_("The person's details have been deleted")
    detail = N_("Nothing more can be written about this person: their details have been deleted.")


class NotYet(errors.Conflict):
    code = "not-yet"
    title = N_("It is too early for that")
    detail = N_("This can only be noted once the time for it has come.")


class Changed(errors.Conflict):
    code = "changed"
    title = N_("Somebody else changed this just now")
    detail = N_("This was changed by somebody else in the meantime. Please look at it again.")


class CodeRenewedLately(errors.Conflict):
    code = "code-renewed-lately"
    title = N_("A new code was sent lately")
    detail = N_("A new code for this appointment was sent lately. Please look at your messages, or ask the office.")


class CanBeWrittenTo(errors.Conflict):
    code = "can-be-written-to"
    title = N_("A new code goes to the contact on file")
    detail = N_("This person has a phone or an email on file: a new code goes there, when it is asked for on our page.")


class AskedTooOften(errors.TooMany):
    """For the same thing, whether it is known here or not: so it tells nothing."""

    code = "asked-too-often"
    title = N_("Asked too often")
    detail = N_("You asked for this several times. Please look at your messages, try again later, or call the office.")


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
