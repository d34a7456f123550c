"""Days, hours and zones as the people of a language write them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import dates

from services.booking import model
from shared import web
from shared.errors import N_

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


def zone(timezone: str) -> str:
    """`hora de Guatemala`: what the clocks on the walls there show."""
    return dates.get_timezone_location(ZoneInfo(timezone), locale=web.locale())


def moment(when: datetime, timezone: str) -> str:
    """Day, hour and zone."""
    return f"{day(when, timezone)}, {hour(when, timezone)} ({zone(timezone)})"


def span(begin: datetime, end: datetime, timezone: str) -> str:
    """The days of a time before whose `end` it is, and the hours where it is not whole days."""
    zone = ZoneInfo(timezone)
    first, last = begin.astimezone(zone), end.astimezone(zone)
    whole = not (first.hour or first.minute or last.hour or last.minute)
    if whole:
        last -= timedelta(minutes=1)
    texts = [day_of_year(one.date()) + ("" if whole else f", {one:%H:%M}") for one in (first, last)]
    return " – ".join(dict.fromkeys(texts))
