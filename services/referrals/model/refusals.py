"""What the rules of referrals refuse, by name."""

from shared import errors
from shared.errors import N_


class NotOffered(errors.NotFound):
    code = "referral-not-found"
    title = N_("No such referral")
    detail = N_("There is no referral with this id among those offered to you.")


class WrongState(errors.Conflict):
    code = "wrong-state"
    title = N_("Not possible in this state")
    detail = N_("The referral is in the state “%(status)s”, which does not allow this.")


class AnswerTooLate(errors.Conflict):
    code = "answer-too-late"
    title = N_("The answer came too late")
    detail = N_("This referral had to be answered by %(answer_by)s. It is no longer open to you.")


class ConsentWithdrawn(errors.Forbidden):
    code = "consent-withdrawn"
    title = N_("The consent does not stand")
    detail = N_("The person's consent does not cover you or was withdrawn. No details may be given.")


class OfferEnded(errors.Forbidden):
    code = "offer-ended"
    title = N_("This referral is no longer yours")
    detail = N_("You declined this referral or the time to answer has passed. Its details are closed to you.")


class AlreadyWithdrawn(errors.Conflict):
    code = "already-withdrawn"
    title = N_("Already withdrawn")
    detail = N_("This consent was withdrawn before.")
