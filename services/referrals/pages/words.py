"""The codes of referrals in words."""

from services.referrals import model, routing
from shared import web
from shared.errors import N_

WORDS = {
    model.OPENED: N_("Opened"),
    model.OFFERED: N_("Offered"),
    model.ACCEPTED: N_("Accepted"),
    model.COMPLETED: N_("Completed"),
    model.DECLINED: N_("Declined"),
    model.NO_ANSWER: N_("No answer in time"),
    model.UNPLACED: N_("Nobody can take it"),
    model.WITHDRAWN: N_("Consent withdrawn"),
    "urgent": N_("Urgent (24 hours)"),
    "high": N_("High (72 hours)"),
    "normal": N_("Normal (2 weeks)"),
    "resettlement": N_("Refugee resettlement"),
    "family_reunification": N_("Family reunification"),
    "temporary_work": N_("Temporary work"),
    "orientation": N_("Orientation"),
    "protection": N_("Protection and asylum"),
    "reintegration": N_("Reintegration after return"),
    routing.CHOSEN: N_("Chosen"),
    routing.RANKED_BELOW: N_("Could take it; another one comes first"),
    routing.UNKNOWN: N_("Not known here"),
    routing.NO_CONSENT: N_("Not covered by the consent"),
    routing.ALREADY_ASKED: N_("Was asked before"),
    routing.PAUSED: N_("Takes nothing for now"),
    routing.SERVICE: N_("Does not offer this service"),
    routing.PRIORITY: N_("Does not take this priority"),
    routing.REGION: N_("Does not work in this region"),
    routing.LANGUAGES: N_("Speaks none of the languages"),
    routing.CAPACITY: N_("Has no free place"),
    "not_eligible": N_("Not eligible"),
    "out_of_area": N_("Out of its area"),
    "wrong_service": N_("Wrong service"),
    "other": N_("Another reason"),
    "helped": N_("Helped"),
    "referred_on": N_("Referred on"),
    "not_reached": N_("Person not reached"),
    "person_declined": N_("The person declined"),
    "person": N_("The person"),
    "guardian": N_("A guardian"),
    "enabled": N_("Enabled"),
    "disabled": N_("Disabled"),
    model.WAITING: N_("Waiting"),
    model.DELIVERED: N_("Delivered"),
    model.FAILED: N_("Failed"),
    model.CANCELLED: N_("Cancelled"),
    "deadline": N_("The deadline"),
    "routing": N_("The routing"),
    "erasure": N_("Erasure of the person"),
}


def of(code: str | None) -> str:
    """A code that has no word is shown as it is: an id, or one of a newer release."""
    if not code:
        return ""
    return web.gettext(WORDS[code]) if code in WORDS else code
