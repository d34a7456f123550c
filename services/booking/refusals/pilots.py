"""Of a pilot."""

from shared import errors
from shared.errors import N_


class UnknownPilot(errors.NotFound):
    code = "unknown-pilot"
    title = N_("There is no such pilot")
    detail = N_("There is no such pilot.")


class UnfitPilot(errors.Invalid):
    """It names what there is not, or its parts do not fit together."""

    code = "unfit-pilot"
