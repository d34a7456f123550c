"""Many appointments of an office cancelled at once, whatever happens meanwhile.

*Two people.* One proposes, with a reason; nothing happens. Another approves, and in the same transaction its work falls
due (timers.py).

*Nobody slips in.* First the calendar says that the office is closed then, so that no renewal makes those slots anew.
Then the slots are withdrawn (capacity.py): whoever claims a place at that moment either has booked before, and is
found below, or finds the place gone. Only then people are told. A renewal that had read the calendar before may still
make such a slot, until it sees at its end that the calendar has changed: so there is a second look, `LAST_LOOK` after
the end.

*Another time first.* Where the office offers one (`rebook`), each slice is moved as far as there are free times
(moving.py); only who is left is cancelled, and comes before others when places come free (rebooking.py). How many were
moved is counted after them, so a crash may leave some uncounted.

*Offers too.* Places that a request window has offered there are taken back in the same slices (taking_back.py), before
the appointments, so that one confirmed meanwhile is found among these.

*Nobody twice, nobody left out.* Slices of appointments, who comes soonest first; of each slice everything is in one
transaction: appointments over the version that was read, places, events, the count. It writes the decision's document,
if that still runs: after a stop is committed nobody more is cancelled, and two workers (one of them paused for longer
than its lease) take turns. It ends when a look from the beginning finds nobody.
"""

import time
import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from services.booking import capacity, events, live, model, offers, places, refusals, store, upkeep
from services.booking.actions import moving, taking_back
from services.booking.model import mass_cancellation as rules
from services.booking.model import rebooking
from services.booking.store import mass_cancellations as kept
from shared import audit, auth, clock, due, mongo, outbox, web

KIND, LANE = "cancel_many", "mass_cancellation"
SLOTS_AT_ONCE = 50
AT_ONCE = 100  # appointments in one transaction: others who write one of them wait for its end
WORK_SECONDS = 15  # well within a lease
LAST_LOOK = timedelta(minutes=5)
AT_WORK = (rules.RUNNING, rules.FINISHED)  # the latter in its last look
CLOSED = {  # what the office's public page says of those days
    "office_closed": {"es": "La oficina está cerrada", "en": "The office is closed"},
    "programme_ended": {"es": "Ya no se ofrece este servicio", "en": "This service is no longer offered"},
    "staff_absent": {"es": "No hay personal disponible", "en": "No staff available"},
}


def propose(
    db: Database, office_id: str, proposal: model.Proposal, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[model.MassCancellation, bool]:
    """It, and whether the same request had made it before. Raises UnfitRange, NotOfThisOffice."""
    proposed = _made(db, office_id, proposal, actor, key.document())
    try:
        _propose(db, proposed, actor)
    except store.AlreadyThere:
        earlier = kept.by_request(db, key.scope)
        if earlier is None:
            raise
        key.check(earlier.request)
        return earlier, True
    return proposed, False


def preview(db: Database, office_id: str, proposal: model.Proposal, actor: auth.Actor) -> list[dict[str, Any]]:
    """Whom it would concern, before anything is proposed. Raises UnfitRange, NotOfThisOffice."""
    return whom(db, _made(db, office_id, proposal, actor, {}))


def _made(
    db: Database, office_id: str, proposal: model.Proposal, actor: auth.Actor, request: dict[str, str]
) -> model.MassCancellation:
    office, now, id = store.office(db, office_id), clock.now(), str(uuid.uuid4())
    if proposal.pathway_id and proposal.pathway_id not in office.pathways:
        raise refusals.NotOfThisOffice(errors={"pathway": refusals.NotOfThisOffice.detail})
    begins_at, ends_at = proposal.range(office.timezone, now)
    note = mongo.settings(db).seal_keys.seal({"note": proposal.note}, id) if proposal.note else None
    return model.MassCancellation(
        id=id,
        office_id=office_id,
        begins_at=begins_at,
        ends_at=ends_at,
        reason=proposal.reason,
        rebook=proposal.rebook,
        pathway_id=proposal.pathway_id,
        note=note,
        proposed_by=actor.id,
        proposed_at=now,
        request=request,
    )


@mongo.transactional
def _propose(db: Database, proposed: model.MassCancellation, actor: auth.Actor) -> None:
    kept.add(db, proposed)
    audit.record(db, actor, "mass_cancellation.propose", proposed.id, office_id=proposed.office_id)


def approve(db: Database, office_id: str, id: str, actor: auth.Actor) -> model.MassCancellation:
    """By a second person. Raises OwnProposal (noted as refused), DecidedAlready, RangePast."""
    try:
        return _approve(db, office_id, id, actor)
    except refusals.OwnProposal:
        audit.record(db, actor, "mass_cancellation.approve", id, outcome="refused", office_id=office_id)
        raise


@mongo.transactional
def _approve(db: Database, office_id: str, id: str, actor: auth.Actor) -> model.MassCancellation:
    now = clock.now()
    approved = kept.get(db, office_id, id).approve(actor.id, now)
    kept.save(db, approved)
    total = kept.how_many(db, approved, now)
    kept.note(db, id, {"$set": {"total": total}})
    due.add(db, KIND, LANE, {"id": id}, id=f"{KIND}:{id}")
    audit.record(db, actor, "mass_cancellation.approve", id, office_id=office_id)
    return kept.get(db, office_id, id)


@mongo.transactional
def object_to(db: Database, office_id: str, id: str, actor: auth.Actor) -> model.MassCancellation:
    objected = kept.get(db, office_id, id).object(actor.id, clock.now())
    kept.save(db, objected)
    audit.record(db, actor, "mass_cancellation.object", id, office_id=office_id)
    return objected


@mongo.transactional
def stop(db: Database, office_id: str, id: str, actor: auth.Actor) -> model.MassCancellation:
    """Nobody more is cancelled from now on. The slots stay withdrawn, and the calendar says closed, until somebody
    changes it."""
    stopped = kept.get(db, office_id, id).stop(clock.now())
    kept.save(db, stopped)
    due.cancel(db, f"{KIND}:{id}")
    audit.record(db, actor, "mass_cancellation.stop", id, office_id=office_id)
    return stopped


def see(db: Database, office_id: str, id: str, actor: auth.Actor) -> dict[str, Any]:
    """It, its note, opened, and whom it would concern now; that it was seen is noted first."""
    one = kept.get(db, office_id, id)
    audit.seen(db, actor, "mass_cancellation.see", id)
    return _shown(db, one)


def _shown(db: Database, one: model.MassCancellation) -> dict[str, Any]:
    note = mongo.settings(db).seal_keys.open(one.note, one.id)["note"] if one.note else None
    return {"cancellation": one, "note": note, "concerned": whom(db, one) if one.state == rules.PROPOSED else []}


def whom(db: Database, one: model.MassCancellation) -> list[dict[str, Any]]:
    """Rows of pathway, day, how many, how many of them within 24 hours, how many places are offered; as it is now."""
    return kept.concerned(db, one, clock.now(), store.office(db, one.office_id).timezone)


def go_on(db: Database, id: str) -> float | None:
    """A part of the work; in how many seconds there is more to do. None: it has ended, or somebody stopped it."""
    one = kept.find(db, id)
    if one is None or one.state not in AT_WORK or _is_opened_again(db, one):
        return None
    if not _withdraw(db, one):
        return 0
    begun = time.monotonic()
    if one.rebook and (moved := moving.move(db, kept.next_of(db, one, clock.now(), AT_ONCE))):
        kept.note(db, id, {"$inc": {"moved": len(moved)}}, AT_WORK)
    number = _take_back_some(db, id) + _cancel_some(db, id)  # in this order: who confirms in between is found
    if number:
        pace = mongo.settings(db).mass_cancellations_per_second
        return max(number / pace - (time.monotonic() - begun), 0)
    return None if _end(db, id) else 0


def _is_opened_again(db: Database, one: model.MassCancellation) -> bool:
    """Since its end, by somebody who changed the calendar: then there is nothing more to look for."""
    office = store.office(db, one.office_id)
    closed = office.exceptions.get("closed", [])
    return one.state == rules.FINISHED and any(row not in closed for row in _closures(one, office))


def _closures(one: model.MassCancellation, office: model.Office) -> list[dict[str, Any]]:
    return [row | {"reason": CLOSED[one.reason]} for row in one.closures(office.timezone)]


def _withdraw(db: Database, one: model.MassCancellation) -> bool:
    """Whether no place in its range can be had any more."""
    now, until = clock.now(), time.monotonic() + WORK_SECONDS
    try:
        upkeep.close(db, one.office_id, _closures(one, store.office(db, one.office_id)))
    except refusals.Changed:  # somebody else changed the calendar at this moment: look again
        return False
    while slots := kept.slots_of(db, one, now, SLOTS_AT_ONCE):
        capacity.withdraw(db, slots)
        if time.monotonic() > until:
            return False
    if one.withdrawn_at is None:
        _count(db, one.id)
    return True


@mongo.transactional
def _count(db: Database, id: str) -> None:
    """Now that nobody comes to it, how many they are is known."""
    one, now = kept.find(db, id), clock.now()
    if one and one.withdrawn_at is None:
        total = one.done + one.taken_back + len(one.failed) + kept.how_many(db, one, now)
        kept.note(db, id, {"$set": {"withdrawn_at": now, "total": total}})


@mongo.transactional
def _take_back_some(db: Database, id: str) -> int:
    """How many offers were taken back. Once there is none, nobody confirms a place there any more."""
    one, now = kept.find(db, id), clock.now()
    if one is None or one.state not in AT_WORK:
        return 0
    found = kept.offers_of(db, one, now, AT_ONCE)
    if found:
        taking_back.take_back(db, one, found)
        kept.note(db, id, {"$inc": {"taken_back": len(found)}}, AT_WORK)
    return len(found)


def _cancel_some(db: Database, id: str) -> int:
    """How many were looked at; 0 when there is nobody left from where it stands."""
    number, free = _cancel_slice(db, id)
    if free:
        places.count(db, Counter(free))
    return number


@mongo.transactional
def _cancel_slice(db: Database, id: str) -> tuple[int, list[str]]:
    """How many appointments, and the slots of which a place has become free by it."""
    one, now = kept.find(db, id), clock.now()
    if one is None or one.state not in AT_WORK:
        return 0, []
    found = kept.next_of(db, one, now, AT_ONCE)
    if not found:
        return 0, []
    taken = places.taken_by(db, {place: each.id for each in found for place in each.place_ids})
    there = {row["_id"] for row in taken}
    theirs = {each.id for each in found if set(each.place_ids) <= there}
    cancelled = [
        each.call_off(now, id, one.reason, _first_until(db, one, each, now)) for each in found if each.id in theirs
    ]
    failed = [each.reference for each in found if each.id not in theirs]
    if cancelled:
        store.save_all(db, cancelled)
        live.let_go(db, *(each.case_id for each in cancelled))
        office = store.office(db, one.office_id)
        why = {"reason_code": one.reason, "rebook": one.rebook}
        said = [events.appointment_cancelled(each, office, "office", **why) for each in cancelled]
        outbox.add_all(db, [(events.BOOKING, event) for event in said])
    free = places.release_all(db, [row for row in taken if row["appointment_id"] in theirs])
    counted = {"$inc": {"done": len(cancelled)}, "$push": {"failed": {"$each": failed}}}
    kept.note(db, id, counted | {"$set": {"reached": found[-1].starts_at}}, AT_WORK)
    return len(found), free


def _first_until(db: Database, one: model.MassCancellation, each: model.Appointment, now: datetime) -> datetime | None:
    """Until when they come before others, where the office offers another time."""
    return rebooking.waits_until(now, offers.pathway(db, each.pathway_id)) if one.rebook else None


@mongo.transactional
def _end(db: Database, id: str) -> bool:
    """False when it has to look from the beginning once more."""
    one, now = kept.find(db, id), clock.now()
    if one is None or one.state not in AT_WORK:
        return True
    if one.reached is not None:
        kept.note(db, id, {"$set": {"reached": None}}, AT_WORK)
        return False
    if one.state == rules.RUNNING:
        kept.note(db, id, {"$set": {"state": rules.FINISHED, "ended_at": now}, "$inc": {"version": 1}})
        due.add(db, KIND, LANE, {"id": id}, due_at=now + LAST_LOOK, id=f"{KIND}:{id}:last")
    return True
