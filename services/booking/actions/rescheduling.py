"""An appointment changed to another time: the new place is claimed first, the old one given back last.

1. The new places are claimed, as a booking claims its own: held for this appointment, two minutes. Dies after it: the
   old place stays taken, the claim runs out, and whoever asks again finds it.
2. One transaction takes them, if they are still held for it, gives the old ones back, saves the appointment over the
   version it read and writes the event. Dies before its commit: as above. After it: all of it has happened.

So at each moment the appointment has the places of one time. Whatever goes wrong in between, the claim is given back;
where it is not known whether the transaction came to its end, giving back has no effect on what was taken. Two changes
of one appointment, or a change and a cancellation, write the same document: the second is decided anew.
"""

from pymongo.database import Database

from services.booking import events, model, offers, places, refusals, store
from services.booking.actions import guard, waitlist
from shared import auth, clock, mongo, outbox, web

TRIES = 10


def reschedule(
    db: Database, reference: str, slot_id: str, by: str, actor: auth.Actor | None = None
) -> model.Appointment:
    """By the person or by the office (then `actor` is who, if it was a person's own doing). To the time that it was
    changed to already: the same answer, no second effect."""
    if actor:
        guard.must_be_of_their_office(db, reference, actor, "appointment.reschedule")
    for _ in range(TRIES):
        appointment = store.appointment(db, reference)
        if appointment.was_changed_to == slot_id:
            return appointment
        try:
            with mongo.in_order(db):
                return _change(db, appointment, _offer(db, appointment, slot_id, by), by, actor)
        except places.HoldLost:  # another try of this change is ahead, or the claim ran out: look again
            continue
        except refusals.SlotTaken:  # by another try of this change, if that has had the last place
            if store.appointment(db, reference).was_changed_to != slot_id:
                raise
    raise web.KeyInFlight(retry_after=1)


def must_be_possible(db: Database, appointment: model.Appointment, slot_id: str, by: str) -> model.Slot:
    """Told before anybody confirms it; the change itself decides it again. Raises what it would be refused with."""
    return _offer(db, appointment, slot_id, by).slot


def _offer(db: Database, appointment: model.Appointment, slot_id: str, by: str) -> offers.Offer:
    offer, now = offers.find(db, slot_id), clock.now()
    if offer.slot.pathway_id != appointment.pathway_id:
        raise refusals.WrongPathway()
    appointment.must_be_changeable(now, by, offer.pathway)
    if offer.slot.id == appointment.slot_id:
        raise refusals.SameTime()
    if by == "person":
        model.must_be_offered(offer.slot, offer.office, offer.pathway, now)
    elif offer.slot.starts_at <= now:
        raise refusals.SlotPast()
    return offer


def _change(
    db: Database, appointment: model.Appointment, offer: offers.Offer, by: str, actor: auth.Actor | None
) -> model.Appointment:
    holder, size = f"change.{appointment.id}", offer.pathway.places_for(appointment.party_size)
    claimed = places.claim_party(db, offer.slot.id, holder, size)
    held = list(zip(claimed, places.holders(holder, size), strict=True))
    try:
        changed, freed, before = _write(db, appointment.reference, offer, held, by, actor)
    except BaseException:
        for place_id, name in held:
            places.give_back(db, place_id, name)
        raise
    places.count(db, {before.slot_id: freed, changed.slot_id: -size})
    return changed


@mongo.transactional
def _write(
    db: Database, reference: str, offer: offers.Offer, held: list[tuple[str, str]], by: str, actor: auth.Actor | None
) -> tuple[model.Appointment, int, model.Appointment]:
    """The appointment as it is now, how many places are free by it at once, and as it was."""
    before = store.appointment(db, reference)
    if before.slot_id == offer.slot.id:
        raise places.HoldLost(offer.slot.id)
    place_ids = tuple(place_id for place_id, _ in held)
    changed = before.reschedule(clock.now(), offer.slot, place_ids, by, offer.pathway)
    places.confirm(db, *((place_id, name, before.id) for place_id, name in held))
    freed = waitlist.release(db, before, offer.pathway)
    store.save(db, changed)
    told = events.appointment_rescheduled(changed, offer.office, offer.pathway, before.starts_at, by)
    outbox.add(db, events.BOOKING, told)
    if actor:
        guard.note(db, actor, "appointment.reschedule", changed)
    return changed, freed, before
