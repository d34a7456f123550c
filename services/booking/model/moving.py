"""Who is moved first when an office has to take places away, and where to; pure.

First those whose appointment is near, since they would set out; then those who have stated needs; then by when their
appointment was. Each is given the nearest free place after it, at the same office and for the same service: nobody is
sent to another office without having been asked.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from services.booking.model.appointment import Appointment
from services.booking.model.offer import Slot

NEAR = timedelta(days=3)
SOONEST = timedelta(hours=24)  # nobody can be told, and come, sooner than that


def order(appointments: Iterable[Appointment], with_needs: Collection[str], now: datetime) -> list[Appointment]:
    """`with_needs`: ids of appointments."""

    def turn(one: Appointment) -> tuple[bool, bool, datetime, str]:
        near = one.starts_at - now < NEAR
        return not near, one.id not in with_needs, one.starts_at, one.reference

    return sorted(appointments, key=turn)


def moves(
    in_order: Sequence[Appointment], slots: Iterable[Slot], not_before: datetime
) -> list[tuple[Appointment, str | None]]:
    """Each with the slot to move to; None: there is none. `not_before`: nobody could come sooner than that."""
    free = sorted(slots, key=lambda slot: (slot.starts_at, slot.id))
    left = {slot.id: slot.free for slot in free}
    found: list[tuple[Appointment, str | None]] = []
    for one in in_order:
        earliest = max(one.starts_at, not_before)
        size = len(one.place_ids)
        fits = (slot.id for slot in free if left[slot.id] >= size and _fits(slot, one) and slot.starts_at > earliest)
        slot_id = next(fits, None)
        if slot_id is not None:
            left[slot_id] -= size
        found.append((one, slot_id))
    return found


def _fits(slot: Slot, one: Appointment) -> bool:
    return (slot.office_id, slot.pathway_id) == (one.office_id, one.pathway_id) and slot.id != one.slot_id
