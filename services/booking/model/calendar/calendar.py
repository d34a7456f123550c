"""An office's calendar, day by day: which hours it has, and the slots that these give."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.booking.model.calendar import exceptions, wall
from services.booking.model.calendar.exceptions import Closed, FewerDesks, Text
from services.booking.model.calendar.holidays import Holidays
from services.booking.model.calendar.opening import ExtraDay, Hours, Opening

Slot = dict[str, Any]


@dataclass(frozen=True)
class ClosedDay:
    """A day on which there would be hours of these pathways, but for this reason there are none."""

    date: date
    reason: Text
    pathways: tuple[str, ...]


@dataclass(frozen=True)
class Calendar:
    office_id: str
    timezone: str
    languages: tuple[str, ...] = ()
    opening: tuple[Opening, ...] = ()
    extra_days: tuple[ExtraDay, ...] = ()
    closed: tuple[Closed, ...] = ()
    fewer_desks: tuple[FewerDesks, ...] = ()
    holidays: Holidays = Holidays()

    def slots(self, first: date, days: int = 1) -> Iterator[Slot]:
        """By day and start. `_id` says office, pathway and start, so that making them again makes none.

        Where the clocks change, an hour that does not exist has no slots, of an hour that comes twice the first one
        counts (nobody is given a time that could be meant twice), and what would run beyond the hours as the wall
        shows them is left out. Two slots of one pathway never overlap: what stands first in the calendar counts, extra
        days before all else.
        """
        for day in (first + timedelta(days=number) for number in range(days)):
            yield from sorted(self._of_day(day), key=lambda slot: (slot["starts_at"], slot["_id"]))

    def hours(self, day: date) -> list[Hours]:
        """But for closed hours and missing desks."""
        extra = [one.hours for one in self.extra_days if one.day == day]
        usual = [one for one in self.opening if one.is_of(day)]
        holiday = bool(usual) and self.holidays.on(day) is not None
        return extra + [one.hours for one in usual if one.on_holidays or not holiday]

    def closed_days(self, first: date, days: int) -> list[ClosedDay]:
        """Of these days those that are not as their day of the week is, with the reason."""
        found = []
        for day in (first + timedelta(days=number) for number in range(days)):
            found += [ClosedDay(day, reason, tuple(pathways)) for reason, pathways in self._closed_on(day)]
        return found

    def _closed_on(self, day: date) -> list[tuple[Text, list[str]]]:
        usual = dict.fromkeys(one.hours.pathway for one in self.opening if one.is_of(day))
        reasons = {pathway: reason for pathway in usual if (reason := self._reason(day, pathway))}
        given = {slot["pathway_id"] for slot in self.slots(day)} if reasons else set()
        found: list[tuple[Text, list[str]]] = []
        for pathway, reason in reasons.items():
            if pathway in given:
                continue
            same = next((pathways for earlier, pathways in found if earlier == reason), None)
            if same is None:
                found.append((reason, [pathway]))
            else:
                same.append(pathway)
        return found

    def _reason(self, day: date, pathway: str) -> Text | None:
        closed = (one.reason for one in self.closed if one.span.is_of(day, pathway))
        return next(closed, None) or self.holidays.on(day)

    def _of_day(self, day: date) -> Iterator[Slot]:
        zone = ZoneInfo(self.timezone)
        taken: dict[str, list[tuple[datetime, datetime]]] = {}
        for hours in self.hours(day):
            given = taken.setdefault(hours.pathway, [])
            for begin, end, shown in _whole(hours, day, zone):
                places, desks = self._left(hours, day, *shown)
                if places > 0 and not any(begin < until and since < end for since, until in given):
                    given.append((begin, end))
                    yield self._slot(hours, begin, end, places, desks)

    def _left(self, hours: Hours, day: date, opens: int, closes: int) -> tuple[int, tuple[str, ...]]:
        def concerned(one: Closed | FewerDesks) -> bool:
            return one.span.is_of(day, hours.pathway) and one.span.meets(opens, closes)

        if any(concerned(one) for one in self.closed):
            return 0, ()
        return exceptions.left(hours, [one for one in self.fewer_desks if concerned(one)])

    def _slot(self, hours: Hours, begin: datetime, end: datetime, places: int, desks: tuple[str, ...]) -> Slot:
        held_back = _held_back(hours, begin, places)
        return held_back | {
            "_id": f"{self.office_id}.{hours.pathway}.{begin:%Y%m%dT%H%M%SZ}",
            "office_id": self.office_id,
            "pathway_id": hours.pathway,
            "starts_at": begin,
            "ends_at": end,
            "timezone": self.timezone,
            "capacity": places,
            "desks": list(desks),
            "languages": list(hours.languages or self.languages),
        }


def _held_back(hours: Hours, begin: datetime, places: int) -> Slot:
    """For who walks in: nothing is said where nothing is held back."""
    if not hours.walk_ins:
        return {}
    until = None if hours.walk_ins_free is None else begin - timedelta(minutes=hours.walk_ins_free)
    return {"walk_ins": min(hours.walk_ins, places)} | ({"walk_ins_until": until} if until else {})


def _whole(hours: Hours, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, tuple[int, int]]]:
    """Begin and end of each slot that lies in these hours whole, the buffer between them, and what the wall shows
    meanwhile."""
    length, buffer = timedelta(minutes=hours.minutes), timedelta(minutes=hours.buffer)
    free_from: datetime | None = None
    for at in range(hours.opens, hours.closes - hours.minutes + 1, hours.minutes + hours.buffer):
        begin = wall.instant(day, at, zone)
        if begin is None or (free_from and begin < free_from):
            continue
        opens, closes = wall.shown(day, begin, begin + length, zone)
        if hours.opens <= opens and closes <= hours.closes:
            free_from = begin + length + buffer
            yield begin, begin + length, (opens, closes)
