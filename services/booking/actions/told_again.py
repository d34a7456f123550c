"""Somebody asked with data of a person who has a request already: the contact on file is told, at most once a day."""

from pymongo.database import Database

from services.booking import events, store
from services.booking.actions.booking import TOLD_AGAIN_AT_MOST
from shared import clock, mongo, outbox


@mongo.transactional
def tell_who_asked(db: Database, reference: str, zone: str) -> None:
    request, now = store.requests.with_reference(db, reference), clock.now()
    if request.told_again_at and now - request.told_again_at < TOLD_AGAIN_AT_MOST:
        return
    store.requests.save(db, request.told_again(now))
    window = store.windows.get(db, request.window_id)
    outbox.add(db, events.BOOKING, events.request_requested_again(request, window, zone))
