"""Of a draw and what it gives."""

from shared import errors
from shared.errors import N_


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
