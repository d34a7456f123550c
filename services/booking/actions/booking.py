"""Booking: a place claimed by one guarded update, then one transaction for all that follows.

Where the decision rests on a document that it does not change (the office's intake, the pathway's rules), a change of
that document at the same moment may come just before or just after: both orders are lawful, so no write guards it.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import contacts, events, model, people, places, refusals, store
from services.booking.actions import persons
from shared import clock, codes, mongo, outbox, web

TRIES = 10
TOLD_AGAIN_AT_MOST = timedelta(hours=24)  # per appointment: nobody shall fill another's phone with messages


@dataclass(frozen=True)
class Offer:
    """What a request asks for, found and fitting."""

    slot: model.Slot
    office: model.Office
    pathway: model.Pathway


def book(db: Database, request: model.BookingRequest, key: web.IdempotencyKey) -> tuple[model.Appointment, bool]:
    """The appointment, and whether the same request had made it before.

    A place is claimed first, by one guarded update; then one transaction takes it and writes all that follows. Whatever
    goes wrong, the claim is given back; after a crash it runs out, and a repeat of the request finds its own again.
    """
    for _ in range(TRIES):
        if earlier := _earlier(db, key):
            return earlier, True
        offer = _offer(db, request)
        try:
            contacts.must_have_left(db, _contacts(db, request))
            return _claim_and_take(db, request, key, offer), False
        except places.HoldLost:
            continue  # another try of this very request is ahead, or the claim ran out: look again
        except (refusals.SlotTaken, refusals.TooManyBookings):
            earlier = _earlier(db, key)  # the last one may have gone to another try of this very request
            if earlier is None:
                raise
            return earlier, True
    raise web.KeyInFlight(retry_after=1)


def _earlier(db: Database, key: web.IdempotencyKey) -> model.Appointment | None:
    """Raises KeyReused when the key was used for something else."""
    found = store.by_request(db, key.scope)
    if found:
        key.check(found.request)
    return found


def _offer(db: Database, request: model.BookingRequest) -> Offer:
    slot = store.slot(db, request.slot_id)
    offer = Offer(slot, store.office(db, slot.office_id), store.pathway(db, slot.pathway_id))
    request.must_fit(offer.slot, offer.office, offer.pathway, clock.now())
    return offer


def _claim_and_take(
    db: Database, request: model.BookingRequest, key: web.IdempotencyKey, offer: Offer
) -> model.Appointment:
    place_id = places.claim(db, offer.slot.id, key.scope)
    prints = people.fingerprints(mongo.settings(db).fingerprint_key, request.person)
    appointment = _new(request, key, offer.slot, place_id, prints)
    try:
        _take(db, appointment, offer, request)
    except DuplicateKeyError as error:
        _already_there(db, appointment, error)
    finally:
        places.give_back(db, place_id, key.scope)  # has no effect on a place that was taken
    places.recount(db, offer.slot.id)
    return appointment


def _new(
    request: model.BookingRequest, key: web.IdempotencyKey, slot: model.Slot, place_id: str, prints: tuple[str, ...]
) -> model.Appointment:
    """A booking always makes a new person: that two are one is only known once a contact is verified, and until then a
    stranger must not be able to change what is known of somebody."""
    return model.Appointment(
        id=str(uuid.uuid4()),
        reference=codes.new_reference(),
        case_id=str(uuid.uuid4()),
        person_id=str(uuid.uuid4()),
        office_id=slot.office_id,
        pathway_id=slot.pathway_id,
        slot_id=slot.id,
        place_id=place_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        timezone=slot.timezone,
        party_size=request.party_size,
        language=request.language,
        channels=request.channels,
        request=key.document(),
        fingerprints=prints,
        history=({"at": clock.now(), "status": model.BOOKED, "by": "person"},),
    )


@mongo.transactional
def _take(db: Database, appointment: model.Appointment, offer: Offer, request: model.BookingRequest) -> None:
    known = people.content(request)
    contacts.count(db, _contacts(db, request))
    places.confirm(db, appointment.place_id, appointment.request["scope"], appointment.id)
    store.add(db, appointment)
    people.add(db, appointment.person_id, known)
    outbox.add(db, events.BOOKING, events.appointment_booked(appointment, offer.office, offer.pathway))
    persons.announce(db, appointment.person_id, known)


def _contacts(db: Database, request: model.BookingRequest) -> tuple[str, ...]:
    return people.contact_fingerprints(mongo.settings(db).fingerprint_key, request.person)


def _already_there(db: Database, appointment: model.Appointment, error: DuplicateKeyError) -> NoReturn:
    """Which unique thing was there already decides. `already-booked` is for verified contacts, of which there are none
    yet: a stranger who types somebody's phone must not learn when and where they sought help. So the answer is neutral,
    and the contact on file is told. That this answer differs from a booking made at once cannot be hidden."""
    pattern = (error.details or {}).get("keyPattern", {})
    if "fingerprints" not in pattern:
        raise places.HoldLost(appointment.place_id) from None  # this request's own other try, or a reference met twice
    for earlier in store.live_with(db, appointment.pathway_id, appointment.fingerprints):
        _tell_contact_on_file(db, earlier.reference)
    raise refusals.NotPossible() from None


@mongo.transactional
def _tell_contact_on_file(db: Database, reference: str) -> None:
    appointment, now = store.appointment(db, reference), clock.now()
    if appointment.told_again_at and now - appointment.told_again_at < TOLD_AGAIN_AT_MOST:
        return
    store.save(db, appointment.told_again(now))
    office = store.office(db, appointment.office_id)
    outbox.add(db, events.BOOKING, events.appointment_requested_again(appointment, office))
