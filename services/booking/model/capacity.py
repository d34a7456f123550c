"""What becomes of a slot's places, and of who has them, when the slot is to have more of them, or fewer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.booking.model.appointment import BOOKED, CANCELLED, Appointment


@dataclass(frozen=True)
class Change:
    """Numbers of places; `over_by`: how many more than the slot is to have are with somebody."""

    add: tuple[int, ...]
    remove: tuple[int, ...]
    over_by: int


def change(used: Collection[int], free: Collection[int], capacity: int, kept: Sequence[int] = ()) -> Change:
    """No place that somebody has goes. Free ones go from the end, since they are claimed from the beginning, and are
    numbered from the beginning where numbers are missing. After them go those that are `kept` for somebody, the last
    of these first."""
    wanted = max(capacity - len(used), 0)
    stay = (*kept, *sorted(free))
    known = {*used, *stay}
    unknown = (number for number in range(1, len(known) + capacity + 1) if number not in known)
    return Change(
        add=tuple(number for number, _ in zip(unknown, range(wanted - len(stay)), strict=False)),
        remove=stay[wanted:],
        over_by=max(len(used) - capacity, 0),
    )


def beyond(appointments: Iterable[Appointment], capacity: int) -> list[Appointment]:
    """Of one slot's appointments those that have to be moved, who booked last first. Who is there already, or was, is
    not moved, but takes up their places."""
    there = [one for one in appointments if one.status != CANCELLED]
    too_many = sum(len(one.place_ids) for one in there) - capacity
    found = []
    for one in sorted((one for one in there if one.status == BOOKED), key=_booked, reverse=True):
        if too_many > 0:
            found.append(one)
            too_many -= len(one.place_ids)
    return found


def _booked(appointment: Appointment) -> tuple[datetime, str]:
    return appointment.history[0]["at"], appointment.reference
