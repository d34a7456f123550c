"""Of a request for a place, and of the window in which it is asked."""

from shared import errors
from shared.errors import N_


class AskInWindow(errors.Conflict):
    code = "ask-in-window"
    title = N_("These places are drawn")
    detail = N_("The places of this service are drawn. Please ask for one while its request window is open.")


class NoWindow(errors.Conflict):
    code = "no-window"
    title = N_("Nothing can be asked for now")
    detail = N_("No request window of this service is open now.")


class WindowClosed(errors.Conflict):
    code = "window-closed"
    title = N_("The window is closed")
    detail = N_("The window has closed. A request can be withdrawn still, but not changed.")


class UnknownWindow(errors.NotFound):
    code = "unknown-draw"
    title = N_("There is no such draw")
    detail = N_("There is no such draw.")


class NotPublished(errors.NotFound):
    code = "not-published"
    title = N_("This is not published yet")
    detail = N_("This is not published yet.")


class UnknownRequest(errors.NotFound):
    code = "unknown-request"
    title = N_("There is no such request")
    detail = N_("There is no such request.")


class UnfitWish(errors.Invalid):
    code = "unfit-request"
    title = N_("This window cannot give that")


class UnfitWindow(errors.Invalid):
    code = "unfit-window"
    title = N_("No window can be held like this")


class NotChangeable(errors.Conflict):
    code = "not-changeable"
    title = N_("This request cannot be changed")
    detail = N_("Only a request that waits for the draw can be changed.")


class NotOffered(errors.Conflict):
    code = "not-offered"
    title = N_("There is no place to confirm")
    detail = N_("No place is offered to this request now.")


class OfferExpired(errors.Conflict):
    code = "offer-expired"
    title = N_("The time to confirm is over")
    detail = N_("The time to confirm this place is over. It goes to the next on the waitlist.")


class NotWithdrawable(errors.Conflict):
    code = "not-withdrawable"
    title = N_("This request cannot be withdrawn")
    detail = N_("This request has ended, or has become an appointment, which can be cancelled.")
