"""The words for each code."""

from shared.errors import N_

SPOKEN = {  # each in its own words
    "es": "Español",
    "en": "English",
    "quc": "K'iche'",
    "mam": "Mam",
    "kek": "Q'eqchi'",
    "cak": "Kaqchikel",
    "kjb": "Q'anjob'al",
    "ixl": "Ixil",
    "acr": "Achi",
    "poh": "Poqomchi'",
    "caa": "Ch'orti'",
    "cab": "Garífuna",
}

CHANNELS = {"sms": N_("SMS"), "email": N_("email")}

NEEDS = {
    "wheelchair": N_("Uses a wheelchair or cannot climb stairs"),
    "hearing": N_("Does not hear well"),
    "sight": N_("Does not see well"),
    "companion_help": N_("Needs help from somebody who comes along"),
}

STATUS = {
    "booked": N_("booked"),
    "cancelled": N_("cancelled"),
    "arrived": N_("arrived"),
    "attended": N_("attended"),
    "missed": N_("missed"),
}

HAPPENED = {
    ("booked", "person"): N_("You booked this appointment."),
    ("booked", "office"): N_("The office booked this appointment for you."),
    ("rescheduled", "person"): N_("You changed the time."),
    ("rescheduled", "office"): N_("The office changed the time."),
    ("cancelled", "person"): N_("You cancelled it."),
    ("cancelled", "office"): N_("The office cancelled it."),
    ("arrived", "office"): N_("You came to the office."),
    ("attended", "office"): N_("The appointment took place."),
    ("missed", "office"): N_("The office noted that you did not come."),
}

REQUEST_STATUS = {
    "received": N_("received, waits for the draw"),
    "allocated": N_("a place is offered: to be confirmed"),
    "confirmed": N_("confirmed"),
    "waitlisted": N_("on the waitlist"),
    "not_allocated": N_("no place this time"),
    "expired": N_("not confirmed in time"),
    "withdrawn": N_("withdrawn"),
}

WINDOW_STATE = {
    "planned": N_("planned"),
    "open": N_("open: you can ask"),
    "closing": N_("closed: the list is being made"),
    "review": N_("closed: the list is being looked at"),
    "committed": N_("the list is fixed and waits for the seed"),
    "drawn": N_("drawn: everybody is being told"),
    "applied": N_("drawn: the waitlist goes on"),
    "ended": N_("ended"),
}

PART_NAMES = {"morning": N_("Morning"), "afternoon": N_("Afternoon"), "evening": N_("Evening")}

NEEDS_OF_DRAWS = {  # that a rule may keep places for
    "medical": N_("Medical needs"),
    "interpreter": N_("An interpreter"),
    "pregnancy": N_("Pregnancy"),
    "minors": N_("Children who are alone"),
    "older": N_("Age over 60"),
}

PRIORITIES = {
    "urgent": N_("Urgent: answer within 24 hours"),
    "high": N_("High: answer within 72 hours"),
    "normal": N_("Normal: answer within two weeks"),
}

REFERRAL = {
    "requested": N_("asked for"),
    "opened": N_("being placed"),
    "offered": N_("offered, no answer yet"),
    "accepted": N_("accepted"),
    "declined": N_("declined, asking the next one"),
    "unplaced": N_("nobody can take it: please look for another way"),
    "completed": N_("completed"),
    "withdrawn": N_("consent withdrawn"),
}

REASONS = {
    "failed": N_("message did not arrive"),
    "opted_out": N_("wants no more messages"),
}

WHY = {
    "walk_in": N_("came without an appointment"),
    "hotline": N_("asked by phone"),
    "at_the_office": N_("asked at the office"),
    "by_letter": N_("asked by letter or email"),
    "partner": N_("asked through a partner"),
    "other": N_("asked in another way"),
    "came_late": N_("came late"),
    "noted_by_mistake": N_("noted by mistake"),
    "seen_elsewhere": N_("was seen at another desk"),
}
