"""Of many appointments cancelled at once."""

from shared import errors
from shared.errors import N_


class UnknownMassCancellation(errors.NotFound):
    code = "unknown-mass-cancellation"
    title = N_("There is no such mass cancellation")
    detail = N_("There is no such mass cancellation at this office.")


class UnfitRange(errors.Invalid):
    code = "unfit-range"
    detail = N_("The end lies before the beginning, in the past, or more than a year after the beginning.")


class NotOfThisOffice(errors.Invalid):
    code = "not-of-this-office"
    detail = N_("This office does not offer this service.")


class OwnProposal(errors.Conflict):
    code = "own-proposal"
    title = N_("Somebody else has to approve it")
    detail = N_("You proposed this yourself. A second person has to approve it.")


class DecidedAlready(errors.Conflict):
    code = "decided-already"
    title = N_("This has been decided already")
    detail = N_("Somebody has approved this or objected to it already.")


class RangePast(errors.Conflict):
    code = "range-past"
    title = N_("Its time has passed")
    detail = N_("The time that this is about has passed. There is nothing left to cancel.")


class NotRunning(errors.Conflict):
    code = "not-running"
    title = N_("It does not run")
    detail = N_("Only what runs can be stopped.")
