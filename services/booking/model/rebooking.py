"""Who comes before others when places come free: people whose time their office took away, and found no other; pure.

The rule. Their appointment was cancelled together with others while the office offers another one, or their office's
calendar does not give their time any more (those keep it until they have another). They are first in line of that
office and service for `rebook_days`. A place there that comes free, or is made ahead, is nobody else's before it was
offered to them: to one after the other in the order in which people are moved (moving.py), each the nearest time after
their own that their party has room in. It is kept for that person for `rebook_hours`, less when the time is near
(draw/confirmation.py), and one time only: who lets it go is not first in line any more. If the office takes that away,
too, they are in line again, where they were. What suits none of them is free for everybody, as any place that was given
back.
"""

import dataclasses
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from services.booking import refusals
from services.booking.model import moving
from services.booking.model.appointment import BOOKED, CANCELLED, PLACE_IN_TIME, RESCHEDULED, Appointment
from services.booking.model.draw import confirmation
from services.booking.model.hold import Kept
from services.booking.model.offer import Pathway, Slot


def waits_until(now: datetime, pathway: Pathway) -> datetime | None:
    """None: nobody comes before others there."""
    return now + timedelta(days=pathway.rebook_days) if pathway.rebook_hours else None


def waits(one: Appointment, now: datetime, pathway: Pathway) -> Appointment:
    """Of an appointment that its office's calendar does not give any more."""
    if one.status != BOOKED or one.waits_until or one.kept:
        raise refusals.WrongState()
    return _changed(one, waits_until=waits_until(now, pathway))


def is_waiting(one: Appointment, now: datetime) -> bool:
    there = one.status in (BOOKED, CANCELLED)
    return there and one.kept is None and one.waits_until is not None and now < one.waits_until


def choose(
    waiting: Iterable[Appointment], with_needs: Collection[str], slots: Iterable[Slot], now: datetime
) -> list[tuple[Appointment, str]]:
    """Each who is offered a place with its slot; `slots`: those with places that nobody has yet, `free` so many."""
    in_order = moving.order([one for one in waiting if is_waiting(one, now)], with_needs, now)
    return [(one, slot_id) for one, slot_id in moving.moves(in_order, slots, now + moving.SOONEST) if slot_id]


def keep(one: Appointment, now: datetime, slot: Slot, place_ids: tuple[str, ...], pathway: Pathway) -> Appointment:
    if not is_waiting(one, now):
        raise refusals.WrongState()
    return _changed(
        one, kept=Kept(slot.id, place_ids, slot.starts_at, slot.ends_at, answer_by(now, slot.starts_at, pathway))
    )


def answer_by(now: datetime, starts_at: datetime, pathway: Pathway) -> datetime:
    """Raises TooNear."""
    return confirmation.confirm_by(now, starts_at, timedelta(hours=pathway.rebook_hours))


def must_be_kept(one: Appointment, now: datetime) -> Kept:
    """Raises KeptForNobody, KeptTooLong."""
    if one.kept is None or one.status not in (BOOKED, CANCELLED):
        raise refusals.KeptForNobody()
    if now >= one.kept.answer_by:
        raise refusals.KeptTooLong()
    return one.kept


def take(one: Appointment, now: datetime) -> Appointment:
    """The same appointment, case and code, at the time that was kept for it."""
    kept = must_be_kept(one, now)
    before = {name: getattr(one, name) for name in PLACE_IN_TIME}
    entry = {"at": now, "status": RESCHEDULED, "by": "person", "before": before, "kept": kept.slot_id}
    return _changed(
        one,
        status=BOOKED,
        slot_id=kept.slot_id,
        place_ids=kept.place_ids,
        starts_at=kept.starts_at,
        ends_at=kept.ends_at,
        history=(*one.history, entry),
        waits_until=None,
        kept=None,
    )


def was_taken(one: Appointment) -> bool:
    """The last that happened to it."""
    return one.kept is None and one.status == BOOKED and "kept" in one.history[-1]


def let_go(one: Appointment) -> Appointment:
    """Not wanted, or not answered in time."""
    if one.kept is None:
        raise refusals.WrongState()
    return _changed(one, waits_until=None, kept=None)


def comes_back(one: Appointment, now: datetime) -> Appointment:
    """The office took away what was kept for them, too: they are in line again, where they were, and for no shorter
    than they would have had to answer."""
    if one.kept is None:
        raise refusals.WrongState()
    if now >= one.kept.answer_by:
        return let_go(one)
    return _changed(one, waits_until=one.waits_until and max(one.waits_until, one.kept.answer_by), kept=None)


def ends(one: Appointment) -> Appointment:
    """Not in line any more: the calendar gives their time again, or they have another appointment by now."""
    if one.waits_until is None:
        raise refusals.WrongState()
    return _changed(one, waits_until=None)


def _changed(one: Appointment, **values: object) -> Appointment:
    return dataclasses.replace(one, version=one.version + 1, **values)  # type: ignore[arg-type]
