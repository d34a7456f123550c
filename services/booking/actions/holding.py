"""A time held for somebody who has not booked yet: a few minutes, in which they say who they are and check it.

Nobody knows who holds, so hoarding is limited by what is held, not by whom: of each time no more than a share of its
places is ever held so (places/parties.py), whatever the number of networks it is done from, and the rest can only be
booked, by a person, once. Every hold ends by itself; the pathway says after how many minutes, and how large the share
is. A network may hold so many times a minute that a whole neighbourhood behind one address gets through, and one that
does nothing else keeps a few hundred places at most. Who is refused a hold for one of these reasons can still book.
"""

import dataclasses
import uuid

from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.booking import model, offers, places, refusals, store
from shared import clock, errors, mongo, web

PER_NETWORK = "60/minute"


def hold(db: Database, slot_id: str, party_size: int, key: web.IdempotencyKey) -> tuple[model.Hold, bool]:
    """The hold, and whether the same request had made it before."""
    if earlier := _earlier(db, key):
        return earlier, True
    offer = offers.find(db, slot_id)
    model.must_be_offered(offer.slot, offer.office, offer.pathway, clock.now())
    model.must_not_be_too_many(party_size, offer.pathway, "party_size")
    if not offer.pathway.hold_minutes:
        raise refusals.NoHolds()
    try:
        made, less = _hold(db, offer, party_size, key)
    except (DuplicateKeyError, BulkWriteError, refusals.SlotTaken, refusals.TooManyHolds) as error:
        if isinstance(error, BulkWriteError) and mongo.violated(error) is None:
            raise
        if earlier := _earlier(db, key):  # another try of this very request was faster, and may have had the last place
            return earlier, True
        if isinstance(error, errors.Refusal):
            raise
        raise web.KeyInFlight(retry_after=1) from None
    places.count(db, {slot_id: -less})
    return made, False


@mongo.transactional
def _hold(db: Database, offer: offers.Offer, party_size: int, key: web.IdempotencyKey) -> tuple[model.Hold, int]:
    """And how many places less are free by it."""
    pathway, id = offer.pathway, str(uuid.uuid4())
    new = model.Hold(id, offer.slot.id, party_size, (), clock.now(), key.document())
    terms = (pathway.places_for(party_size), pathway.hold_minutes * 60, pathway.left_by_holds(offer.slot.capacity))
    place_ids, until, less = places.keep_aside(db, new.slot_id, new.holder, *terms)
    made = dataclasses.replace(new, place_ids=place_ids, expires_at=until)
    store.add_hold(db, made)
    return made, less


def _earlier(db: Database, key: web.IdempotencyKey) -> model.Hold | None:
    found = store.hold_of_request(db, key.scope)
    if found:
        key.check(found.request)
    return found


def held(db: Database, hold_id: str) -> model.Hold | None:
    """The hold, as long as all its places are still kept."""
    found = store.hold(db, hold_id)
    return found if found and places.kept(db, {found.holder: (found.slot_id, len(found.place_ids))}) else None


def drop(db: Database, hold_id: str) -> None:
    """Somebody wants another time. What was booked with it meanwhile stays booked."""
    found = store.hold(db, hold_id)
    if found is None:
        return
    names = places.holders(found.holder, len(found.place_ids))
    freed = [places.give_back(db, place, name) for place, name in zip(found.place_ids, names, strict=True)]
    places.count(db, {found.slot_id: sum(freed)})
