"""Who is concerned, slice by slice, each in one transaction: offers taken back, appointments cancelled."""

from collections import Counter
from datetime import datetime

from pymongo.database import Database

from services.booking import events, live, model, offers, places, store
from services.booking.actions import taking_back
from services.booking.model import mass_cancellation as rules
from services.booking.model import rebooking
from services.booking.store import mass_cancellations as kept
from shared import clock, mongo, outbox

AT_ONCE = 100  # appointments in one transaction: others who write one of them wait for its end


@mongo.transactional
def take_back_some(db: Database, id: str) -> int:
    """How many offers were taken back. Once there is none, nobody confirms a place there any more."""
    one, now = kept.find(db, id), clock.now()
    if one is None or one.state not in rules.AT_WORK:
        return 0
    found = kept.offers_of(db, one, now, AT_ONCE)
    if found:
        taking_back.take_back(db, one, found)
        kept.note(db, id, {"$inc": {"taken_back": len(found)}}, rules.AT_WORK)
    return len(found)


def cancel_some(db: Database, id: str) -> int:
    """How many were looked at; 0 when there is nobody left from where it stands."""
    number, free = _cancel_slice(db, id)
    if free:
        places.count(db, Counter(free))
    return number


@mongo.transactional
def _cancel_slice(db: Database, id: str) -> tuple[int, list[str]]:
    """How many appointments, and the slots of which a place has become free by it."""
    one, now = kept.find(db, id), clock.now()
    if one is None or one.state not in rules.AT_WORK:
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
    kept.note(db, id, counted | {"$set": {"reached": found[-1].starts_at}}, rules.AT_WORK)
    return len(found), free


def _first_until(db: Database, one: model.MassCancellation, each: model.Appointment, now: datetime) -> datetime | None:
    """Until when they come before others, where the office offers another time."""
    return rebooking.waits_until(now, offers.pathway(db, each.pathway_id)) if one.rebook else None
