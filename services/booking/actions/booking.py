"""Booking: a place claimed by one guarded update, then one transaction for all that follows.

Where the decision rests on a document that it does not change (the office's intake, the pathway's rules), a change of
that document at the same moment may come just before or just after: both orders are lawful, so no write guards it.
"""

import dataclasses
import uuid
from collections import Counter
from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from services.booking import contacts, events, intakes, live, model, offers, people, places, refusals, store
from services.booking.actions import guard, verification
from shared import auth, clock, codes, errors, mongo, outbox, web
from shared.events import Event, caused
from shared.together import Together

TRIES = 10
MOST_TOGETHER = 8  # bookings in one transaction
TOLD_AGAIN_AT_MOST = timedelta(hours=24)  # per appointment: nobody shall fill another's phone with messages


class UsedBefore(Exception):
    """The verification has served another booking."""


FAILURES = (store.AlreadyThere, live.AlreadyLive, contacts.UsedUp, intakes.UsedUp, UsedBefore)
Failure = store.AlreadyThere | live.AlreadyLive | contacts.UsedUp | intakes.UsedUp | UsedBefore


@dataclass(frozen=True)
class Taking:
    """All that is written when a place is taken. Who it is is said before that they have booked, so that who tells them
    need not wait for it. `holder`: whom its places are held for until then."""

    appointment: model.Appointment
    holder: str
    person: dict[str, Any]
    contacts: tuple[str, ...]
    said: list[tuple[str, Event]]
    counted: list[intakes.Counted]
    verification: str | None = None
    by: auth.Actor | None = None

    @property
    def held(self) -> list[tuple[str, str, str]]:
        places_of_it = self.appointment.place_ids
        names = places.holders(self.holder, len(places_of_it))
        return [(place, name, self.appointment.id) for place, name in zip(places_of_it, names, strict=True)]


@dataclass
class Asked:
    """Somebody who asks for a place, and what came of it. `by`: staff who ask for them. `context` is that of their
    request, which causes what is said. `hold`: what they have been holding it with."""

    request: model.BookingRequest
    key: web.IdempotencyKey
    by: auth.Actor | None = None
    hold: model.Hold | None = None
    context: Context = field(default_factory=copy_context)
    appointment: model.Appointment | None = None
    was_there: bool = False
    refused: Exception | None = None

    @property
    def holder(self) -> str:
        return self.hold.holder if self.hold else self.key.scope


def book(
    db: Database, request: model.BookingRequest, key: web.IdempotencyKey, by: auth.Actor | None = None
) -> tuple[model.Appointment, bool]:
    """The appointment, and whether the same request had made it before. `by`: staff, when the request is of a desk.

    A place is claimed first, by one guarded update; then one transaction takes it and writes all that follows, all
    together with whoever books at the same moment (shared/together.py). Whatever goes wrong, the claim is given back;
    after a crash it runs out, and a repeat of the request finds its own again.

    That the same request had been here before is not asked for first, since it is so seldom: a repeat meets its own
    place (one per slot and holder), its own appointment (unique by request), or a refusal, and only then looks.

    Who has been holding it is not asked to claim it: what they hold is taken, or they are told that it ran out.
    """
    earlier = _unverified(db, request, key)
    if earlier:
        return earlier, True
    hold = store.hold(db, request.hold_id) if request.hold_id else None
    if hold:
        request = dataclasses.replace(request, slot_id=hold.slot_id)
    for _ in range(TRIES):
        asked = Asked(request, key, by, hold)
        try:
            _together.add(db, asked)
        except places.HoldLost:  # another try of this very request is ahead, or the claim ran out: look again
            continue
        except FAILURES as error:
            _find_earlier(db, [asked])
            if asked.refused:
                raise asked.refused from None
            if asked.appointment is None:
                _refuse(db, request, error)
        if asked.appointment:
            return asked.appointment, asked.was_there
    raise web.KeyInFlight(retry_after=1)


def _unverified(db: Database, request: model.BookingRequest, key: web.IdempotencyKey) -> model.Appointment | None:
    """None: all is well, it goes on. A request that had been here before is answered as it was then, though nothing is
    left of its verification by now. Raises ContactNotVerified."""
    try:
        verification.must_be_verified(db, request, key.scope)
    except refusals.ContactNotVerified as refusal:
        asked = Asked(request, key, refused=refusal)
        _find_earlier(db, [asked])
        if asked.refused:
            raise asked.refused from None
        return asked.appointment
    return None


def _take(db: Database, asked: list[Asked]) -> list[Exception | None]:
    """A place for each that gets one, what the others are refused with; all of the former or none. Done again after it
    was committed (when counting fails) it finds what is there already, as any repeat does."""
    offered = offers.find_all(db, {one.request.slot_id for one in asked})
    for one in asked:
        one.refused = _unfit(one, offered)
    taken = _claim(db, [one for one in asked if not one.refused], offered)
    if taken:
        try:
            _write(db, [taking for _, taking in taken])
        except BaseException:
            if len(asked) == 1:  # of several each is done again alone, and finds its own
                _give_back(db, *taken[0])
            raise
        less: Counter[str] = Counter()
        for one, taking in taken:
            one.appointment = taking.appointment
            less[one.request.slot_id] -= 0 if one.hold else len(taking.appointment.place_ids)
        places.count(db, less)
    _find_earlier(db, [one for one in asked if one.refused])
    return [one.refused for one in asked]


def _unfit(asked: Asked, offered: offers.Offered) -> Exception | None:
    request = asked.request
    if request.hold_id and not asked.hold:
        return refusals.HoldExpired()
    offer = offered.get(request.slot_id)
    if offer is None:
        return refusals.SlotGone()
    try:
        request.must_fit(offer.slot, offer.office, offer.pathway, clock.now())
    except errors.Refusal as refusal:
        return refusal
    if asked.hold and len(asked.hold.place_ids) < offer.pathway.places_for(request.party_size):
        return refusals.HoldTooSmall(errors={"hold": refusals.HoldTooSmall.detail})
    return None


def _claim(db: Database, asked: list[Asked], offered: offers.Offered) -> list[tuple[Asked, Taking]]:
    """Those that have their places now, each with what is to be written; the others are refused."""
    wanted = [
        places.Wanted(
            slot_id=one.request.slot_id,
            holder=one.holder,
            size=offered[one.request.slot_id].pathway.places_for(one.request.party_size),
            is_held=one.hold is not None,
        )
        for one in asked
    ]
    taken = []
    for one, found in zip(asked, places.claim_each(db, wanted), strict=True):
        if isinstance(found, tuple):
            taken.append((one, one.context.run(_taking, db, one, offered[one.request.slot_id], found)))
        else:
            one.refused = found
    return taken


def _taking(db: Database, asked: Asked, offer: offers.Offer, place_ids: tuple[str, ...]) -> Taking:
    request, settings = asked.request, mongo.settings(db)
    appointment, known = _new(db, request, asked.key, offer.slot, place_ids), people.content(request)
    booked = events.appointment_booked(appointment, offer.office, offer.pathway)
    person = events.person_changed(settings.people_keys, appointment.person_id, known)
    return Taking(
        appointment=appointment,
        holder=asked.holder,
        person=people.sealed_row(db, appointment.person_id, known),
        contacts=people.contact_fingerprints(settings.fingerprint_key, request.person),
        said=[(events.PEOPLE, caused(person)), (events.BOOKING, caused(booked))],
        counted=[] if request.desk else intakes.rows(offer.office, offer.pathway.id, clock.now()),
        verification=request.verification,
        by=asked.by,
    )


def _new(
    db: Database, request: model.BookingRequest, key: web.IdempotencyKey, slot: model.Slot, place_ids: tuple[str, ...]
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
        place_ids=place_ids,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        timezone=slot.timezone,
        party_size=request.party_size,
        language=request.language,
        channels=request.channels,
        request=key.document(),
        fingerprints=people.fingerprints(mongo.settings(db).fingerprint_key, request.person),
        history=(_begins(request),),
    )


def _begins(request: model.BookingRequest) -> dict[str, Any]:
    entry = {"at": clock.now(), "status": model.BOOKED, "by": "person"}
    return entry | {"by": "office", **vars(request.desk)} if request.desk else entry


@mongo.transactional
def _write(db: Database, takings: list[Taking]) -> None:
    appointments = [one.appointment for one in takings]
    intakes.count(db, [row for one in takings for row in one.counted])
    contacts.count(db, [contact for one in takings for contact in one.contacts])
    places.confirm(db, *(held for one in takings for held in one.held))
    store.add(db, *appointments)
    for made in appointments:
        live.begun(db, made, offers.pathway(db, made.pathway_id))
    people.add(db, *(one.person for one in takings))
    for one in takings:
        if one.verification and not store.use_verification(db, one.verification, one.appointment.request["scope"]):
            raise UsedBefore
    outbox.add_all(db, [said for one in takings for said in one.said], first=True)
    for one in takings:
        if one.by:
            guard.note(db, one.by, "appointment.book", one.appointment)


def _give_back(db: Database, asked: Asked, taking: Taking) -> None:
    """Has no effect on a place that was taken after all. What somebody has been holding stays theirs."""
    if not asked.hold:
        for place_id, name, _ in taking.held:
            places.give_back(db, place_id, name)


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


_together = Together(_take, MOST_TOGETHER, (*FAILURES, places.HoldLost))


def _refuse(db: Database, request: model.BookingRequest, error: Failure) -> None:
    """Which unique thing was there already decides; returns when it may be tried again. `already-booked` is for who has
    verified the contact on file: a stranger who types somebody's phone must not learn that they sought help. So to
    others the answer is neutral, and the contact on file is told. That this answer differs from a booking made at once
    cannot be hidden."""
    key = mongo.settings(db).fingerprint_key
    if isinstance(error, contacts.UsedUp):
        contacts.must_have_left(db, people.contact_fingerprints(key, request.person))
    elif isinstance(error, intakes.UsedUp):
        raise refusals.IntakeFull()
    elif isinstance(error, live.AlreadyLive):
        raise refusals.NotPossible()
    elif isinstance(error, UsedBefore):
        raise refusals.ContactNotVerified()
    elif "fingerprints" in error.unique:  # else this request's own other try, or a reference met twice
        verification.refuse_known(db, request)
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
