"""What happens next with an appointment, in words: the same on its page and for programs."""

from datetime import datetime

from services.booking import model
from shared import web
from shared.errors import N_

WRITTEN_TO = N_(
    "We write to you now, and again if something changes. Our messages are free of charge and never say why you come."
)
NOT_WRITTEN_TO = N_(
    "We cannot write to you, since we have no phone and no email of yours. Look here again the day before, with "
    "reference and code, or call the office."
)
FOLLOWING = {
    model.BOOKED: (
        N_("Come ten minutes early and say your reference, or show the square code of this page."),
        N_("You cannot come? Please cancel, so that somebody else can have the time."),
    ),
    model.ARRIVED: (N_("The office knows that you are there. You will be called."),),
    model.ATTENDED: (N_("Thank you for coming. If you have questions, call the office."),),
    model.CANCELLED: (N_("You can book a new appointment at any time. It is free of charge."),),
    model.MISSED: (N_("You can book a new appointment at any time. It is free of charge."),),
}


FIRST = N_(
    "The office had to take your time away: when a place comes free there, it is offered to you before others. "
    "We write to you then."
)
FIRST_UNWRITTEN = N_(
    "The office had to take your time away: when a place comes free there, it is offered to you before others. Look "
    "here again from time to time, since we cannot write to you."
)


def following(appointment: model.Appointment, now: datetime) -> list[str]:
    is_first = appointment.kept is None and appointment.waits_until is not None and now < appointment.waits_until
    first = (FIRST if appointment.channels else FIRST_UNWRITTEN,) if is_first else ()
    reached = (WRITTEN_TO if appointment.channels else NOT_WRITTEN_TO,) if appointment.status == model.BOOKED else ()
    return [web.gettext(text) for text in (*first, *reached, *FOLLOWING.get(appointment.status, ()))]
