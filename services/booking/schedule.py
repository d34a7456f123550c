"""Opening hours into slots, pure: local wall-clock hours in the office's zone, kept as instants in UTC.

An office's `opening` is a list of `{"pathway": id, "days": ["mon", …], "from": "08:00", "to": "16:00", "minutes": 30,
"places": 3}`; `"to": "24:00"` is midnight. Where clocks change, an hour that does not exist has no slots, and of
an hour that comes twice the first one counts.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.booking import model

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def slots(office: model.Office, first: date, days: int) -> Iterator[dict[str, Any]]:
    """The slots of an office, day by day. `_id` says office, pathway and start, so making them again makes none."""
    for day in (first + timedelta(days=number) for number in range(days)):
        for rule in office.opening:
            if DAYS[day.weekday()] in rule["days"]:
                yield from _of_day(office, rule, day)


def _of_day(office: model.Office, rule: dict[str, Any], day: date) -> Iterator[dict[str, Any]]:
    zone = ZoneInfo(office.timezone)
    length = timedelta(minutes=rule["minutes"])
    at, close = _wall(day, rule["from"]), _wall(day, rule["to"])
    while at + length <= close:
        begin = at.replace(tzinfo=zone).astimezone(UTC)
        if begin.astimezone(zone).replace(tzinfo=None) == at:  # else the clocks skip it
            yield _slot(office, rule, begin, begin + length)
        at += length


def _slot(office: model.Office, rule: dict[str, Any], begin: datetime, end: datetime) -> dict[str, Any]:
    return {
        "_id": f"{office.id}.{rule['pathway']}.{begin:%Y%m%dT%H%M%SZ}",
        "office_id": office.id,
        "pathway_id": rule["pathway"],
        "starts_at": begin,
        "ends_at": end,
        "timezone": office.timezone,
        "capacity": rule["places"],
    }


def _wall(day: date, text: str) -> datetime:
    hours, minutes = (int(part) for part in text.split(":"))
    return datetime.combine(day, time.min) + timedelta(hours=hours, minutes=minutes)
