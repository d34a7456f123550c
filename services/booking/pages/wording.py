"""How pages say what the service knows by code: languages, days, zones, states."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import flask
import phonenumbers
from babel import Locale, dates

from services.booking import model
from services.booking.answers import own
from shared import web
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

PARTS = ((12, N_("Morning")), (18, N_("Afternoon")), (24, N_("Evening")))

_ORDER = {"es": "EEEE d 'de' MMMM", "en": "EEEE d MMMM"}
_WITH_YEAR = {"es": "d 'de' MMMM 'de' y", "en": "d MMMM y"}


def day(when: datetime | date, timezone: str = "UTC") -> str:
    if isinstance(when, datetime):
        when = when.astimezone(ZoneInfo(timezone)).date()
    return dates.format_date(when, _ORDER[web.locale()], locale=web.locale())


def local_day(when: datetime, timezone: str) -> date:
    return when.astimezone(ZoneInfo(timezone)).date()


def hour(when: datetime, timezone: str) -> str:
    return dates.format_time(when, "HH:mm", tzinfo=ZoneInfo(timezone), locale=web.locale())


def day_of_year(on: date) -> str:
    return dates.format_date(on, _WITH_YEAR[web.locale()], locale=web.locale())


def short_day(on: date) -> str:
    return dates.format_date(on, "EEE d MMM", locale=web.locale())


def parts_of_day(slots: list[model.Slot]) -> list[tuple[str, list[model.Slot]]]:
    found: dict[str, list[model.Slot]] = {}
    for slot in slots:
        hours = slot.starts_at.astimezone(ZoneInfo(slot.timezone)).hour
        found.setdefault(next(name for until, name in PARTS if hours < until), []).append(slot)
    return [(web.gettext(name), of_it) for name, of_it in found.items()]


def phone(number: str | None) -> str:
    """In groups, as it is read out."""
    if not number:
        return ""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def zone(timezone: str) -> str:
    """`hora de Guatemala`: what the clocks on the walls there show."""
    return dates.get_timezone_location(ZoneInfo(timezone), locale=web.locale())


def spoken(languages: Iterable[str]) -> str:
    return ", ".join(SPOKEN.get(code) or Locale(web.locale()).languages.get(code, code) for code in languages)


def need_names(needs: Iterable[str]) -> list[str]:
    return [need(one) for one in needs]


def need_options() -> list[tuple[str, str]]:
    return [(code, web.gettext(text)) for code, text in NEEDS.items()]


def interpreted() -> list[tuple[str, str]]:
    """Languages to choose from that the offices have interpreted into Spanish."""
    return [(code, name) for code, name in SPOKEN.items() if code != "es"]


def happened(entry: dict[str, Any]) -> str:
    """A step of an appointment's history, told to its person."""
    text = HAPPENED.get((entry["status"], entry["by"]))
    return web.gettext(text) if text else status_name(entry["status"])


def status_name(status: str) -> str:
    return web.gettext(STATUS[status])


def why(code: str) -> str:
    return web.gettext(WHY[code])


def request_status(status: str) -> str:
    return web.gettext(REQUEST_STATUS[status])


def window_state(state: str) -> str:
    return web.gettext(WINDOW_STATE[state])


def need(code: str) -> str:
    said = NEEDS.get(code) or NEEDS_OF_DRAWS.get(code)
    return web.gettext(said) if said else code


def part(code: str) -> str:
    return web.gettext(PART_NAMES[code])


def moment(when: datetime, timezone: str) -> str:
    """Day, hour and zone."""
    return f"{day(when, timezone)}, {hour(when, timezone)} ({zone(timezone)})"


def channel_names(channels: Iterable[str]) -> str:
    return ", ".join(web.gettext(CHANNELS[one]) for one in channels)


def span(begin: datetime, end: datetime, timezone: str) -> str:
    """The days of a time before whose `end` it is, and the hours where it is not whole days."""
    zone = ZoneInfo(timezone)
    first, last = begin.astimezone(zone), end.astimezone(zone)
    whole = not (first.hour or first.minute or last.hour or last.minute)
    if whole:
        last -= timedelta(minutes=1)
    texts = [day_of_year(one.date()) + ("" if whole else f", {one:%H:%M}") for one in (first, last)]
    return " – ".join(dict.fromkeys(texts))


def prefixed(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {f"{prefix}.{name}": value for name, value in row.items()}


def named(pathways: Iterable[model.Pathway]) -> list[tuple[str, str]]:
    """As a form offers them."""
    return [(one.id, own(one.name) or one.id) for one in pathways]


WORDS = (
    *(request_status, window_state, need, part, moment),
    named,
    own,
    need_names,
    need_options,
    interpreted,
    happened,
    day,
    short_day,
    day_of_year,
    span,
    local_day,
    hour,
    zone,
    spoken,
    status_name,
    channel_names,
    phone,
    prefixed,
)


def register(blueprint: flask.Blueprint) -> None:
    names: dict[str, Any] = {one.__name__: one for one in WORDS}
    blueprint.context_processor(lambda: names)
