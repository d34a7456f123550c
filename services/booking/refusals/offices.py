"""Of an office and what it offers."""

from shared import errors
from shared.errors import N_


class IntakeClosed(errors.Conflict):
    code = "intake-closed"
    title = N_("This office takes no new appointments")
    detail = N_("This office takes no new appointments at the moment. Please look again later.")


class IntakeFull(IntakeClosed):
    """For programs the same; people are told that it is for today."""

    title = N_("This office takes no more new appointments today")
    detail = N_("This office has taken as many new appointments today as it can. Please look again tomorrow.")


class UnknownPathway(errors.NotFound):
    code = "unknown-pathway"
    title = N_("There is no such service")
    detail = N_("There is no such service.")


class UnknownOffice(errors.NotFound):
    code = "unknown-office"
    title = N_("There is no such office")
    detail = N_("There is no such office.")
