"""When an office gives which slots: hours by days of the week, and on single days more."""

from dataclasses import dataclass
from datetime import date, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """Slots of one pathway, one after the other, between two times of the wall clock. At a time as many people are seen
    as there are desks (or rooms), or, where these have no names, places."""

    pathway: str
    opens: int
    closes: int
    minutes: int
    buffer: int = 0
    places: int = 1
    desks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    walk_ins: int = 0  # of the places at a time, held back for who walks in
    walk_ins_free: int | None = None  # so many minutes before, those left are everybody's; None: never

    def meets(self, other: "Hours") -> bool:
        return self.opens < other.closes and other.opens < self.closes


@dataclass(frozen=True)
class Opening:
    """Hours on some days of the week, for as long as they are valid."""

    hours: Hours
    days: tuple[str, ...]
    valid_from: date = date.min
    valid_until: date = date.max
    on_holidays: bool = False

    def is_of(self, day: date) -> bool:
        return DAYS[day.weekday()] in self.days and self.valid_from <= day <= self.valid_until

    def meets(self, other: "Opening") -> bool:
        """Some day, at the same time."""
        first, last = max(self.valid_from, other.valid_from), min(self.valid_until, other.valid_until)
        week = (first + timedelta(days=number) for number in range(min((last - first).days + 1, len(DAYS))))
        return self.hours.meets(other.hours) and any(self.is_of(day) and other.is_of(day) for day in week)


@dataclass(frozen=True)
class ExtraDay:
    """Hours on one day, which may be a holiday."""

    hours: Hours
    day: date
