"""The clock on an office's wall: times of a local day as instants, also where the day has 23 or 25 hours.

A time of a day is a number of minutes since its midnight, as the wall shows them: 480 is 08:00, 1440 the next midnight.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ALL_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)


def minutes(text: str) -> int:
    """Of `"08:30"`; `"24:00"` is midnight at the end of the day."""
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)


def instant(day: date, at: int, zone: ZoneInfo) -> datetime | None:
    """In UTC; of a time that comes twice the first, None for one that the clocks skip."""
    shown = _midnight(day) + at * _MINUTE
    found = shown.replace(tzinfo=zone).astimezone(UTC)
    return found if found.astimezone(zone).replace(tzinfo=None) == shown else None


def shown(day: date, begin: datetime, end: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """From which to which time of `day` the wall shows while it is between two instants."""
    last = end - _MINUTE
    if begin.astimezone(zone).utcoffset() == last.astimezone(zone).utcoffset():
        return _label(day, begin, zone), _label(day, last, zone) + 1
    labels = [_label(day, begin + number * _MINUTE, zone) for number in range((end - begin) // _MINUTE)]
    return min(labels), max(labels) + 1


def day_bounds(timezone: str, day: date) -> tuple[datetime, datetime]:
    """A local day as UTC instants; 23 or 25 hours long where the clocks change."""
    zone = ZoneInfo(timezone)
    begin = datetime.combine(day, time.min, zone).astimezone(UTC)
    return begin, datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def _label(day: date, at: datetime, zone: ZoneInfo) -> int:
    return (at.astimezone(zone).replace(tzinfo=None) - _midnight(day)) // _MINUTE


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
