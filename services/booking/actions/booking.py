"""Booking: a place claimed by one guarded update, then one transaction for all that follows.

Where the decision rests on a document that it does not change (the office's intake, the pathway's rules), a change of
that document at the same moment may come just before or just after: both orders are lawful, so no write guards it.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NoReturn

from pymongo.database import Database

from services.booking import contacts, events, model, offers, people, places, refusals, store
from shared import clock, codes, errors, mongo, outbox, web
from shared.events import Event, caused
from shared.together import Together

TRIES = 10
MOST_TOGETHER = 8  # bookings in one transaction
TOLD_AGAIN_AT_MOST = timedelta(hours=24)  # per appointment: nobody shall fill another's phone with messages


@dataclass
class Taking:
    """All that is written when a place is taken. The appointment has its place once that was claimed; who it is is said
    before that they have booked, so that who tells them need not wait for it."""

    appointment: model.Appointment
    person: dict[str, Any]
    contacts: tuple[str, ...]
    said: list[tuple[str, Event]]


def book(db: Database, request: model.BookingRequest, key: web.IdempotencyKey) -> tuple[model.Appointment, bool]:
    """The appointment, and whether the same request had made it before.

    A place is claimed first, by one guarded update; then one transaction takes it and writes all that follows, both
    together with whoever books at the same moment (shared/together.py). Whatever goes wrong, the claim is given back;
    after a crash it runs out, and a repeat of the request finds its own again.

    That the same request had been here before is not asked for first, since it is so seldom: a repeat meets its own
    place (one per slot and holder), its own appointment (unique by request), or a refusal, and only then looks.
    """
    for _ in range(TRIES):
        try:
            return _book(db, request, key), False
        except places.HoldLost:  # another try of this very request is ahead, or the claim ran out: look again
            if earlier := _earlier(db, key):
                return earlier, True
        except errors.Refusal:  # the last place may have gone to another try of this very request
            earlier = _earlier(db, key)
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


def _book(db: Database, request: model.BookingRequest, key: web.IdempotencyKey) -> model.Appointment:
    with _together.coming(db) as take:
        offer = offers.find(db, request.slot_id)
        request.must_fit(offer.slot, offer.office, offer.pathway, clock.now())
        taking = _taking(db, request, _new(db, request, key, offer.slot), offer)
        try:
            take(taking)
        except store.AlreadyThere as error:
            _already_there(db, taking.appointment, key, error)
        except contacts.UsedUp:
            contacts.must_have_left(db, taking.contacts)
            raise places.HoldLost from None  # it has one left again
    return taking.appointment


def _new(db: Database, request: model.BookingRequest, key: web.IdempotencyKey, slot: model.Slot) -> model.Appointment:
    """Without its place yet. A booking always makes a new person: that two are one is only known once a contact is
    verified, and until then a stranger must not be able to change what is known of somebody."""
    return model.Appointment(
        id=str(uuid.uuid4()),
        reference=codes.new_reference(),
        case_id=str(uuid.uuid4()),
        person_id=str(uuid.uuid4()),
        office_id=slot.office_id,
        pathway_id=slot.pathway_id,
        slot_id=slot.id,
        place_id="",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        timezone=slot.timezone,
        party_size=request.party_size,
        language=request.language,
        channels=request.channels,
        request=key.document(),
        fingerprints=people.fingerprints(mongo.settings(db).fingerprint_key, request.person),
        history=({"at": clock.now(), "status": model.BOOKED, "by": "person"},),
    )


def _taking(db: Database, request: model.BookingRequest, appointment: model.Appointment, offer: offers.Offer) -> Taking:
    known, settings = people.content(request), mongo.settings(db)
    booked = events.appointment_booked(appointment, offer.office, offer.pathway)
    person = events.person_changed(settings.people_keys, appointment.person_id, known)
    return Taking(
        appointment=appointment,
        person=people.sealed_row(db, appointment.person_id, known),
        contacts=people.contact_fingerprints(settings.fingerprint_key, request.person),
        said=[(events.PEOPLE, caused(person)), (events.BOOKING, caused(booked))],
    )


def _take(db: Database, takings: list[Taking]) -> list[Exception | None]:
    """A place for each that gets one, what the others are refused with; all of the former or none. Done again after it
    was committed (when counting fails) it finds what is there already, as any repeat does."""
    claimed = places.claim_all(db, [(one.appointment.slot_id, one.appointment.request["scope"]) for one in takings])
    held = []
    for one, place in zip(takings, claimed, strict=True):
        if isinstance(place, str):
            one.appointment = replace(one.appointment, place_id=place)
            held.append(one)
    if held:
        try:
            _write(db, held)
        except BaseException:
            if len(takings) == 1:  # of several each is done again alone, and finds its own
                _give_back(db, held[0].appointment)
            raise
        places.count(db, (one.appointment.slot_id for one in held), -1)
    return [None if isinstance(place, str) else place for place in claimed]


def _give_back(db: Database, appointment: model.Appointment) -> None:
    """Has no effect on a place that was taken after all."""
    places.give_back(db, appointment.place_id, appointment.request["scope"])


@mongo.transactional
def _write(db: Database, takings: list[Taking]) -> None:
    appointments = [one.appointment for one in takings]
    contacts.count(db, [contact for one in takings for contact in one.contacts])
    places.confirm(db, *((one.place_id, one.request["scope"], one.id) for one in appointments))
    store.add(db, *appointments)
    people.add(db, *(one.person for one in takings))
    outbox.add_all(db, [said for one in takings for said in one.said], first=True)


_together = Together(_take, MOST_TOGETHER, (contacts.UsedUp, places.HoldLost, store.AlreadyThere))


def _already_there(
    db: Database, appointment: model.Appointment, key: web.IdempotencyKey, error: store.AlreadyThere
) -> NoReturn:
    """Which unique thing was there already decides. `already-booked` is for verified contacts, of which there are none
    yet: a stranger who types somebody's phone must not learn when and where they sought help. So the answer is neutral,
    and the contact on file is told. That this answer differs from a booking made at once cannot be hidden."""
    if "fingerprints" not in error.unique or _earlier(db, key):
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
