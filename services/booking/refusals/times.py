"""Of a time that somebody wants."""

from shared import errors
from shared.errors import N_


class SlotTaken(errors.Conflict):
    code = "slot-taken"
    title = N_("That time is no longer free")
    detail = N_("Somebody else was faster. Please choose another time.")


class TooManyHolds(errors.Conflict):
    """There are free places, but as many as may be are held for others who have not booked yet: it can be booked."""

    code = "too-many-holds"
    title = N_("That time cannot be held for you")
    detail = N_("That time is still free, but many are choosing it just now. Please book it without holding it first.")


class NoHolds(errors.Conflict):
    code = "no-holds"
    title = N_("Times of this service are not held")
    detail = N_("Times of this service are not held before they are booked. Please book without a hold.")


class HoldExpired(errors.Conflict):
    code = "hold-expired"
    title = N_("That time is not held for you any more")
    detail = N_("The time was held for a few minutes only. Please choose it again.")


class HoldTooSmall(errors.Invalid):
    code = "hold-too-small"
    title = N_("The hold is for fewer people")
    detail = N_("The hold was made for fewer people than come. Please hold the time again for all of them.")


class SlotGone(errors.NotFound):
    code = "slot-gone"
    title = N_("That time is not offered")
    detail = N_("The time you chose is not offered, or not any more. Please choose another time.")


class SlotPast(errors.Conflict):
    code = "slot-past"
    title = N_("That time has passed")
    detail = N_("The time you chose has already begun. Please choose a later one.")


class TooSoon(errors.Conflict):
    code = "too-soon"
    title = N_("That time is too soon")
    detail = N_("This service needs more notice than that. Please choose a later time.")


class TooFarAhead(errors.Conflict):
    code = "too-far-ahead"
    title = N_("That time is too far ahead")
    detail = N_("That day cannot be booked yet. Please choose an earlier time, or come back nearer to it.")


class WrongOffice(errors.Conflict):
    code = "wrong-office"
    title = N_("That time is at another office")
    detail = N_("The time you chose belongs to another office. Please choose a time of this office.")


class WrongPathway(errors.Conflict):
    code = "wrong-pathway"
    title = N_("That time is for another service")
    detail = N_("The time you chose is kept for another service. Please choose a time of this service.")
