"""Somebody asked or booked with data of a person who has a request or an appointment already: the contact on file is
told, at most once a day."""

from datetime import timedelta

from pymongo.database import Database

from services.booking import events, store
from shared import clock, mongo, outbox

AT_MOST = timedelta(hours=24)  # nobody shall fill another's phone with messages


@mongo.transactional
def tell_who_booked(db: Database, reference: str) -> None:
    appointment, now = store.appointment(db, reference), clock.now()
    if appointment.told_again_at and now - appointment.told_again_at < AT_MOST:
        return
    store.save(db, appointment.told_again(now))
    office = store.office(db, appointment.office_id)
    outbox.add(db, events.BOOKING, events.appointment_requested_again(appointment, office))


@mongo.transactional
def tell_who_asked(db: Database, reference: str, zone: str) -> None:
    request, now = store.requests.with_reference(db, reference), clock.now()
    if request.told_again_at and now - request.told_again_at < AT_MOST:
        return
    store.requests.save(db, request.told_again(now))
    window = store.windows.get(db, request.window_id)
    outbox.add(db, events.BOOKING, events.request_requested_again(request, window, zone))
