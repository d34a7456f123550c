"""What takes away from an office's hours: days or hours on which it is closed, or has fewer desks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.booking.model.calendar import wall
from services.booking.model.calendar.opening import Hours

Text = dict[str, str]  # {"es": …, "en": …}


@dataclass(frozen=True)
class Span:
    """Some days, or on each of them some hours; of the pathways named, or of all."""

    first: date
    last: date
    opens: int = 0
    closes: int = wall.ALL_DAY
    pathways: tuple[str, ...] = ()

    def is_of(self, day: date, pathway: str) -> bool:
        return self.first <= day <= self.last and (not self.pathways or pathway in self.pathways)

    def meets(self, opens: int, closes: int) -> bool:
        return self.opens < closes and opens < self.closes


@dataclass(frozen=True)
class Closed:
    span: Span
    reason: Text


@dataclass(frozen=True)
class FewerDesks:
    """Without the desks named, or with at most so many places."""

    span: Span
    without: tuple[str, ...] = ()
    places: int | None = None


def left(hours: Hours, fewer: Sequence[FewerDesks]) -> tuple[int, tuple[str, ...]]:
    """How many places there are, and at which desks, with all these exceptions together."""
    gone = {desk for one in fewer for desk in one.without}
    desks = tuple(desk for desk in hours.desks if desk not in gone)
    most = [one.places for one in fewer if one.places is not None]
    return min([len(desks) if hours.desks else hours.places, *most]), desks
