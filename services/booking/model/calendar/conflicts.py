"""What in an office's calendar cannot be true together: where it stands in the document, and why."""

from collections.abc import Collection, Iterator
from typing import Any

from services.booking.model.calendar.calendar import Calendar
from services.booking.model.calendar.opening import Hours
from shared.errors import N_

Fault = tuple[tuple[Any, ...], str]

NOT_OFFERED = N_("This office does not offer this service.")
OVERLAP = N_("At this time there are hours of the same service already.")
DESK_IN_USE = N_("At this time one of these desks is in use already.")
CLOSED = N_("The office is closed then by another exception.")
NO_SUCH_DESK = N_("No hours name such a desk.")


def conflicts(calendar: Calendar, pathways: Collection[str]) -> Iterator[Fault]:
    """Of two rows the later one is at fault."""
    yield from _not_offered(calendar, pathways)
    yield from _of_the_week(calendar)
    yield from _of_extra_days(calendar)
    yield from _unknown_desks(calendar)


def _not_offered(calendar: Calendar, pathways: Collection[str]) -> Iterator[Fault]:
    for path, hours in (
        (("opening",), [one.hours for one in calendar.opening]),
        (("exceptions", "extra_days"), [one.hours for one in calendar.extra_days]),
    ):
        for number, row in enumerate(hours):
            if row.pathway not in pathways:
                yield (*path, number, "pathway"), NOT_OFFERED
    for name, spans in (
        ("closed", [one.span for one in calendar.closed]),
        ("fewer_desks", [one.span for one in calendar.fewer_desks]),
    ):
        for number, span in enumerate(spans):
            if not set(span.pathways) <= set(pathways):
                yield ("exceptions", name, number, "pathways"), NOT_OFFERED


def _of_the_week(calendar: Calendar) -> Iterator[Fault]:
    for number, row in enumerate(calendar.opening):
        for earlier in calendar.opening[:number]:
            if row.meets(earlier):
                yield from _both(("opening", number), row.hours, earlier.hours)


def _of_extra_days(calendar: Calendar) -> Iterator[Fault]:
    for number, extra in enumerate(calendar.extra_days):
        path, hours = ("exceptions", "extra_days", number), extra.hours
        later = [one.hours for one in calendar.extra_days[number:] if one.day == extra.day]
        for other in calendar.hours(extra.day):
            if not any(other is one for one in later) and hours.meets(other):
                yield from _both(path, hours, other)
        spans = (one.span for one in calendar.closed)
        if any(one.is_of(extra.day, hours.pathway) and one.meets(hours.opens, hours.closes) for one in spans):
            yield (*path, "date"), CLOSED


def _both(path: tuple[Any, ...], hours: Hours, other: Hours) -> Iterator[Fault]:
    if hours.pathway == other.pathway:
        yield (*path, "from"), OVERLAP
    if set(hours.desks) & set(other.desks):
        yield (*path, "desks"), DESK_IN_USE


def _unknown_desks(calendar: Calendar) -> Iterator[Fault]:
    hours = [one.hours for one in calendar.opening] + [one.hours for one in calendar.extra_days]
    known = {desk for row in hours for desk in row.desks}
    for number, row in enumerate(calendar.fewer_desks):
        if not set(row.without) <= known:
            yield ("exceptions", "fewer_desks", number, "without"), NO_SUCH_DESK
