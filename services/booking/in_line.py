"""Who comes before others, in their line again where the office takes away what it kept for them, too.

In the transaction that takes the places away, and that tells them: so at every moment a place is kept for somebody, or
they are in line for the next one, where they were, and know it. Who takes or leaves it at that moment writes the same
places, and is first or finds nothing kept. Who had not answered in time is in no line any more, and is told nothing.
"""

from collections.abc import Collection, Iterable

from pymongo.database import Database

from services.booking import events, model, offers, places, store
from services.booking.model import rebooking
from shared import clock, outbox


def of_slots(db: Database, slot_ids: Collection[str]) -> list[model.Appointment]:
    """For whom a place is kept there, who was offered it first before others."""
    return store.rebooking.with_places_kept(db, slot_ids)


def come_back(db: Database, found: Iterable[model.Appointment], gone: Collection[str]) -> None:
    """Of those found who has lost a place (`gone`) of what was kept for them; the others of their party's places are
    at rest for the next one."""
    concerned = [one for one in found if one.kept and not set(gone).isdisjoint(one.kept.place_ids)]
    for one in concerned:
        if one.kept:
            places.let_go(db, one.kept.place_ids, one.holder)
    if not concerned:
        return
    now = clock.now()
    back = [rebooking.comes_back(one, now) for one in concerned]
    store.save_all(db, back)
    said = [
        events.appointment_offer_withdrawn(before, after, offers.office(db, after.office_id))
        for before, after in zip(concerned, back, strict=True)
        if after.waits_until
    ]
    outbox.add_all(db, [(events.BOOKING, event) for event in said])
