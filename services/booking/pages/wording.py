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

STATUS = {
    "booked": N_("booked"),
    "cancelled": N_("cancelled"),
    "arrived": N_("arrived"),
    "attended": N_("attended"),
    "missed": N_("missed"),
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


def status_name(status: str) -> str:
    return web.gettext(STATUS[status])


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


WORDS = (
    own,
    day,
    short_day,
    day_of_year,
    local_day,
    hour,
    zone,
    spoken,
    status_name,
    channel_names,
    phone,
    prefixed,
    span,
)


def register(blueprint: flask.Blueprint) -> None:
    names: dict[str, Any] = {one.__name__: one for one in WORDS}
    blueprint.context_processor(lambda: names)
