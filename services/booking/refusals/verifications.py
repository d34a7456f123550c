"""Of a contact that is to be verified."""

from shared import errors
from shared.errors import N_


class UnknownVerification(errors.NotFound):
    code = "unknown-verification"
    title = N_("There is no such verification")
    detail = N_("There is no such verification. Please ask for a new code.")


class WrongOneTimeCode(errors.Invalid):
    code = "wrong-one-time-code"
    title = N_("This is not the code")
    detail = N_("This is not the code that we sent. Please check it.")


class OneTimeCodeVoid(errors.Conflict):
    code = "one-time-code-void"
    title = N_("This code is no longer good")
    detail = N_("This code is no longer good: it lasts ten minutes and five tries. Please ask for a new one.")


class ContactNotVerified(errors.Conflict):
    code = "contact-not-verified"
    title = N_("Please verify your phone or email first")
    detail = N_(
        "For this service we first send a code to your phone or email, to see that it is yours. "
        "If you have neither, please call the office or go there."
    )


class AlreadyBooked(errors.Conflict):
    """Only to who has shown that the contact on file is theirs: it tells that somebody sought help."""

    code = "already-booked"
    title = N_("You already have an appointment")
    detail = N_(
        "You already have an appointment for this service. Look at our messages to you. If you have lost the "
        "code, ask for a new one at “My appointment”."
    )


class AlreadyAsked(AlreadyBooked):
    """The same, where it is a request for a place that is drawn."""

    title = N_("You already have a request")
    detail = N_(
        "You already have a request for this service. Look at our messages to you. If you have lost the "
        "code, ask for a new one at “My appointment”."
    )
