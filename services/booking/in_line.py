"""Who comes before others, in their line again where the office takes away what it kept for them, too.

In the transaction that takes the places away: so at every moment a place is kept for somebody, or they are in line for
the next one, where they were. Who takes or leaves it at that moment writes the same places, and is first or finds
nothing kept.
"""

from collections.abc import Collection, Iterable

from pymongo.database import Database

from services.booking import model, places, store
from services.booking.model import rebooking
from shared import clock


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
    if concerned:
        store.save_all(db, [rebooking.comes_back(one, clock.now()) for one in concerned])
