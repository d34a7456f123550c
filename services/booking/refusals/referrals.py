"""Of a referral to partners."""

from shared import errors
from shared.errors import N_


class AlreadyReferred(errors.Conflict):
    code = "already-referred"
    title = N_("There is already a referral to this service")
    detail = N_("An earlier referral of this person to the same service is still open.")


class UnknownPartner(errors.Invalid):
    """Consent names partners; a name that nobody has would be consent to nothing."""

    code = "unknown-partner"
    detail = N_("One of the partners named is not known here.")
