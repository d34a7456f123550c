"""Booking: a place claimed by one guarded update, then one transaction for all that follows.

Where the decision rests on a document that it does not change (the office's intake, the pathway's rules), a change of
that document at the same moment may come just before or just after: both orders are lawful, so no write guards it.
"""

import uuid
from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from services.booking import contacts, events, live, model, offers, people, places, refusals, store
from shared import clock, codes, errors, mongo, outbox, web
from shared.events import Event, caused
from shared.together import Together

TRIES = 10
MOST_TOGETHER = 8  # bookings in one transaction
TOLD_AGAIN_AT_MOST = timedelta(hours=24)  # per appointment: nobody shall fill another's phone with messages


@dataclass(frozen=True)
class Taking:
    """All that is written when a place is taken. Who it is is said before that they have booked, so that who tells them
    need not wait for it."""

    appointment: model.Appointment
    person: dict[str, Any]
    contacts: tuple[str, ...]
    said: list[tuple[str, Event]]


@dataclass
class Asked:
    """Somebody who asks for a place, and what came of it. `context` is that of their request, which causes what is
    said."""

    request: model.BookingRequest
    key: web.IdempotencyKey
    context: Context = field(default_factory=copy_context)
    appointment: model.Appointment | None = None
    was_there: bool = False
    refused: Exception | None = None


def book(db: Database, request: model.BookingRequest, key: web.IdempotencyKey) -> tuple[model.Appointment, bool]:
    """The appointment, and whether the same request had made it before.

    A place is claimed first, by one guarded update; then one transaction takes it and writes all that follows, all
    together with whoever books at the same moment (shared/together.py). Whatever goes wrong, the claim is given back;
    after a crash it runs out, and a repeat of the request finds its own again.

    That the same request had been here before is not asked for first, since it is so seldom: a repeat meets its own
    place (one per slot and holder), its own appointment (unique by request), or a refusal, and only then looks.
    """
    for _ in range(TRIES):
        asked = Asked(request, key)
        try:
            _together.add(db, asked)
        except places.HoldLost:  # another try of this very request is ahead, or the claim ran out: look again
            continue
        except (store.AlreadyThere, live.AlreadyLive, contacts.UsedUp) as error:
            _find_earlier(db, [asked])
            if asked.refused:
                raise asked.refused from None
            if asked.appointment is None:
                _refuse(db, request, error)
        if asked.appointment:
            return asked.appointment, asked.was_there
    raise web.KeyInFlight(retry_after=1)


def _take(db: Database, asked: list[Asked]) -> list[Exception | None]:
    """A place for each that gets one, what the others are refused with; all of the former or none. Done again after it
    was committed (when counting fails) it finds what is there already, as any repeat does."""
    offered = offers.find_all(db, {one.request.slot_id for one in asked})
    for one in asked:
        one.refused = _unfit(one.request, offered)
    taken = _claim(db, [one for one in asked if not one.refused], offered)
    if taken:
        try:
            _write(db, [taking for _, taking in taken])
        except BaseException:
            if len(asked) == 1:  # of several each is done again alone, and finds its own
                _give_back(db, taken[0][1].appointment)
            raise
        places.count(db, (one.request.slot_id for one, _ in taken), -1)
        for one, taking in taken:
            one.appointment = taking.appointment
    _find_earlier(db, [one for one in asked if one.refused])
    return [one.refused for one in asked]


def _unfit(request: model.BookingRequest, offered: offers.Offered) -> Exception | None:
    offer = offered.get(request.slot_id)
    if offer is None:
        return refusals.SlotGone()
    try:
        request.must_fit(offer.slot, offer.office, offer.pathway, clock.now())
    except errors.Refusal as refusal:
        return refusal
    return None


def _claim(db: Database, asked: list[Asked], offered: offers.Offered) -> list[tuple[Asked, Taking]]:
    """Those that have a place now, each with what is to be written; the others are refused."""
    taken = []
    claimed = places.claim_all(db, [(one.request.slot_id, one.key.scope) for one in asked])
    for one, place in zip(asked, claimed, strict=True):
        if isinstance(place, str):
            taken.append((one, one.context.run(_taking, db, one, offered[one.request.slot_id], place)))
        else:
            one.refused = place
    return taken


def _taking(db: Database, asked: Asked, offer: offers.Offer, place_id: str) -> Taking:
    request, settings = asked.request, mongo.settings(db)
    appointment, known = _new(db, request, asked.key, offer.slot, place_id), people.content(request)
    booked = events.appointment_booked(appointment, offer.office, offer.pathway)
    person = events.person_changed(settings.people_keys, appointment.person_id, known)
    return Taking(
        appointment=appointment,
        person=people.sealed_row(db, appointment.person_id, known),
        contacts=people.contact_fingerprints(settings.fingerprint_key, request.person),
        said=[(events.PEOPLE, caused(person)), (events.BOOKING, caused(booked))],
    )


def _new(
    db: Database, request: model.BookingRequest, key: web.IdempotencyKey, slot: model.Slot, place_id: str
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
        fingerprints=people.fingerprints(mongo.settings(db).fingerprint_key, request.person),
        history=({"at": clock.now(), "status": model.BOOKED, "by": "person"},),
    )


@mongo.transactional
def _write(db: Database, takings: list[Taking]) -> None:
    appointments = [one.appointment for one in takings]
    contacts.count(db, [contact for one in takings for contact in one.contacts])
    places.confirm(db, *((one.place_id, one.request["scope"], one.id) for one in appointments))
    store.add(db, *appointments)
    for one in appointments:
        if offers.pathway(db, one.pathway_id).mode == model.REQUEST_WINDOW:
            live.hold(db, one.pathway_id, one.fingerprints, one.case_id)
    people.add(db, *(one.person for one in takings))
    outbox.add_all(db, [said for one in takings for said in one.said], first=True)


def _give_back(db: Database, appointment: model.Appointment) -> None:
    """Has no effect on a place that was taken after all."""
    places.give_back(db, appointment.place_id, appointment.request["scope"])


def _find_earlier(db: Database, asked: Sequence[Asked]) -> None:
    """Whose very request had been here before is answered as it was then, or refused with KeyReused."""
    if not asked:
        return
    earlier = {found.request["scope"]: found for found in store.by_requests(db, [one.key.scope for one in asked])}
    for one in asked:
        found = earlier.get(one.key.scope)
        if found is None:
            continue
        try:
            one.key.check(found.request)
        except web.KeyReused as reused:
            one.refused = reused
        else:
            one.appointment, one.was_there, one.refused = found, True, None


_together = Together(_take, MOST_TOGETHER, (contacts.UsedUp, live.AlreadyLive, places.HoldLost, store.AlreadyThere))


def _refuse(
    db: Database, request: model.BookingRequest, error: store.AlreadyThere | live.AlreadyLive | contacts.UsedUp
) -> None:
    """Which unique thing was there already decides; returns when it may be tried again. `already-booked` is for
    verified contacts, of which there are none yet: a stranger who types somebody's phone must not learn when and where
    they sought help. So the answer is neutral, and the contact on file is told. That this answer differs from a booking
    made at once cannot be hidden."""
    key = mongo.settings(db).fingerprint_key
    if isinstance(error, contacts.UsedUp):
        contacts.must_have_left(db, people.contact_fingerprints(key, request.person))
    elif isinstance(error, live.AlreadyLive):
        raise refusals.NotPossible()
    elif "fingerprints" in error.unique:  # else this request's own other try, or a reference met twice
        for earlier in store.live_with(db, request.pathway_id, people.fingerprints(key, request.person)):
            tell_contact_on_file(db, earlier.reference)
        raise refusals.NotPossible()


@mongo.transactional
def tell_contact_on_file(db: Database, reference: str) -> None:
    appointment, now = store.appointment(db, reference), clock.now()
    if appointment.told_again_at and now - appointment.told_again_at < TOLD_AGAIN_AT_MOST:
        return
    store.save(db, appointment.told_again(now))
    office = store.office(db, appointment.office_id)
    outbox.add(db, events.BOOKING, events.appointment_requested_again(appointment, office))
