"""People whose time their office took away, offered places before others; the rule is in model/rebooking.py.

*Nobody else is faster.* Where somebody is in line, a place is not free when it is given back or made, but at rest, in
the same transaction (waitlist.py, renewal.py, places/keeping.py). Each minute (timers.py) places at rest are kept for
who is next, one after the other: place, appointment over its version and event in one transaction. So two who look at
once keep two places for two people, and who dies before its commit has kept nothing. What then is left rests as any
other place that was given back.

*Taken away.* Where the office takes away what is kept, its person is in line again by the same transaction
(in_line.py).

*One answer.* Taken: the appointment has that time, over its version, and its old place, if it still had one, is given
back. Let go, or not answered in time: the place is at rest again, for the next in line. If no worker looks any more,
what is kept is free a day later, by the database's clock.
"""

import dataclasses
from collections import defaultdict

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import events, live, model, offers, places, refusals, renewal, store
from services.booking.actions import moving, waitlist
from services.booking.model import rebooking as rules
from shared import clock, mongo, outbox

AT_ONCE = 200
SOMEBODY_WAS_FASTER = (refusals.WrongState, refusals.TooNear, refusals.Changed, places.NotThere)

Line = tuple[str, str]  # of an office, for a pathway


def look(db: Database) -> int:
    """How many offers. May run at any time, also twice at once."""
    for reference in store.rebooking.unanswered(db, clock.now()):
        let_go(db, reference, late=True)
    lines: dict[Line, list[str]] = defaultdict(list)
    for slot in store.slots(db, places.at_rest(db, clock.now())):
        lines[slot.office_id, slot.pathway_id].append(slot.id)
    return sum(_offer(db, line, slot_ids) for line, slot_ids in lines.items())


def _offer(db: Database, line: Line, slot_ids: list[str]) -> int:
    made = 0
    while changed := _offer_some(db, line, slot_ids):
        made += sum(changed)
    places.for_everybody(db, slot_ids, offers.pathway(db, line[1]).rest_minutes)
    return made


def _offer_some(db: Database, line: Line, slot_ids: list[str]) -> list[bool]:
    """Of each whose turn it was whether a place is kept for them now; nobody when nothing changes any more."""
    now = clock.now()
    found = store.rebooking.first(db, *line, now, AT_ONCE)
    if not found:
        return []
    over = _not_any_more(db, line, found)
    ended = [_end(db, one.reference) for one in found if one.id in over]
    waiting = [one for one in found if one.id not in over]
    free = places.at_rest(db, now)
    slots = [dataclasses.replace(slot, free=free[slot.id]) for slot in store.slots(db, slot_ids)]
    chosen = rules.choose(waiting, moving.with_needs(db, waiting), slots, now)
    kept = [_keep(db, one.reference, slot_id) for one, slot_id in chosen]
    return [False] * sum(ended) + [True] * sum(kept)


def _not_any_more(db: Database, line: Line, waiting: list[model.Appointment]) -> set[str]:
    """Who has another appointment by now, or whose time the calendar gives again."""
    booked = {one.id: one.reference for one in waiting if one.status == model.BOOKED}
    concerned = renewal.concerned(db, line[0]) if booked else []
    given_again = {id for id, reference in booked.items() if reference not in concerned}
    return given_again | store.rebooking.have_another(db, line[1], waiting)


def _keep(db: Database, reference: str, slot_id: str) -> bool:
    try:
        _keep_one(db, reference, slot_id)
    except SOMEBODY_WAS_FASTER:  # another worker, or the person cancelled
        return False
    return True


@mongo.transactional
def _keep_one(db: Database, reference: str, slot_id: str) -> None:
    one, slot, now = store.appointment(db, reference), store.slot(db, slot_id), clock.now()
    pathway, office = store.pathway(db, one.pathway_id), store.office(db, one.office_id)
    until = rules.answer_by(now, slot.starts_at, pathway)
    kept = rules.keep(one, now, slot, places.keep(db, slot.id, one.holder, len(one.place_ids), until), pathway)
    store.save(db, kept)
    outbox.add(db, events.BOOKING, events.appointment_offered(kept, office, pathway))


def _end(db: Database, reference: str) -> bool:
    try:
        _end_one(db, reference)
    except SOMEBODY_WAS_FASTER:
        return False
    return True


@mongo.transactional
def _end_one(db: Database, reference: str) -> None:
    store.save(db, rules.ends(store.appointment(db, reference)))


def take(db: Database, reference: str) -> model.Appointment:
    """By the person. Taken already: the same answer. Raises KeptForNobody, KeptTooLong, HaveAnother."""
    try:
        taken, freed, before = _take(db, reference)
    except places.HoldLost:  # nobody looked for a day
        raise refusals.KeptTooLong() from None
    except (DuplicateKeyError, live.AlreadyLive):  # one live appointment each
        raise refusals.HaveAnother() from None
    places.count(db, {before.slot_id: freed})
    return taken


@mongo.transactional
def _take(db: Database, reference: str) -> tuple[model.Appointment, int, model.Appointment]:
    """The appointment as it is now, how many places are free by it at once, and as it was."""
    before = store.appointment(db, reference)
    if rules.was_taken(before):
        return before, 0, before
    taken = rules.take(before, clock.now())
    names = places.holders(before.holder, len(taken.place_ids))
    places.confirm(db, *((place, name, before.id) for place, name in zip(taken.place_ids, names, strict=True)))
    pathway, office = store.pathway(db, before.pathway_id), store.office(db, before.office_id)
    freed = waitlist.release(db, dataclasses.replace(before, kept=None), pathway) if before.live else 0
    store.save(db, taken)
    if not before.live:
        live.begun(db, taken, pathway)
    told = events.appointment_rescheduled(taken, office, pathway, before.starts_at, "person")
    outbox.add(db, events.BOOKING, told)
    return taken, freed, before


@mongo.transactional
def let_go(db: Database, reference: str, late: bool = False) -> model.Appointment:
    """Not wanted; `late`: not answered in time. Nothing kept: nothing to do. Who answers at this moment is first, or
    too late."""
    one = store.appointment(db, reference)
    if one.kept is None or (late and clock.now() < one.kept.answer_by):
        return one
    places.let_go(db, one.kept.place_ids, one.holder)
    changed = rules.let_go(one)
    store.save(db, changed)
    return changed
