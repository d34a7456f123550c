"""Time zones as calendar files hold them."""

import functools

from icalendar import Calendar, Event, Timezone


@functools.lru_cache(maxsize=64)
def _zone(name: str) -> Timezone:
    """Looked for once: icalendar tries every day from 1970 to 2038, which costs more than all else of a message."""
    return Timezone.from_tzid(name)


def add(calendar: Calendar, event: Event, zone: str) -> None:
    """The event, and before it the zone in which its times are."""
    calendar.add_component(_zone(zone))
    calendar.add_component(event)
