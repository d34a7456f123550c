"""What an operator is told when a dead letter cannot be settled as asked."""

from shared import errors
from shared.errors import N_


class NoSuchDeadLetter(errors.NotFound):
    code = "no-such-dead-letter"
    title = N_("There is no such dead letter")
    detail = N_("It may have been handled or discarded meanwhile.")


class StillFailing(errors.Conflict):
    code = "still-failing"
    title = N_("The event failed again")
    detail = N_("It stays a dead letter. The error was: %(error)s")


class NotItsTurn(errors.Conflict):
    code = "not-its-turn"
    title = N_("An earlier event of this case comes first")
    detail = N_("The order of a case is kept: settle its number %(first)s first.")


class Awaited(errors.Conflict):
    code = "earlier-events-awaited"
    title = N_("Earlier events of this case are still awaited")
    detail = N_(
        "Number %(first)s of this case has not come yet. If it does not come within %(minutes)s minutes, the case goes "
        "on without it; then try again."
    )


class CaseWentOn(errors.Conflict):
    code = "case-went-on"
    title = N_("A newer state has come since")
    detail = N_("In this topic only the newest state of each key counts, and a newer one has been handled.")


class DoesNotFit(errors.Invalid):
    code = "edit-does-not-fit"
    title = N_("The edited event does not fit")
    detail = N_("Nothing was changed. Please correct the fields named.")


class OwnEdit(errors.Conflict):
    code = "own-edit"
    title = N_("Somebody else has to look at it")
    detail = N_("Who edited an event does not review the edit.")


class ReviewedAlready(errors.Conflict):
    code = "reviewed-already"
    title = N_("It has been reviewed already")
    detail = N_("Somebody else has looked at this edit meanwhile.")


class NoSuchEdit(errors.NotFound):
    code = "no-such-edit"
    title = N_("There is no such edit")
    detail = N_("It may have run out: edits are kept as long as the archive.")


class RetryRunning(errors.Conflict):
    code = "retry-running"
    title = N_("These are being tried again already")
    detail = N_("One retry at a time: follow the one that runs (%(job)s), or stop it.")


class NoSuchRetry(errors.NotFound):
    code = "no-such-retry"
    title = N_("There is no such retry")
    detail = N_("It may have run out: finished retries are kept as long as the archive.")
