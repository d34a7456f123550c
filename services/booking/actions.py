"""What people and offices do with appointments, each one transaction; the only way to write. Upkeep: upkeep.py.

Where a decision rests on a document that it does not change (an office's intake, a pathway's rules), the change of that
document at the same moment may come just before or just after: both orders are lawful, so no write guards it.
"""

import dataclasses
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NoReturn

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import events, model, people, places, refusals, store
from shared import audit, auth, clock, codes, mongo, outbox, web
from shared.events import Event

TRIES = 10
TOLD_AGAIN_AT_MOST = timedelta(hours=24)  # per appointment: nobody shall fill another's phone with messages
WRONG_CODES_OF_A_NETWORK = {"free": 100, "longest": 30}  # whole neighbourhoods share one address


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
            return _claim_and_take(db, request, key, offer), False
        except places.HoldLost:
            continue  # another try of this very request is ahead, or the claim ran out: look again
        except refusals.SlotTaken:
            earlier = _earlier(db, key)  # the last place may have gone to another try of this very request
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
        _take(db, appointment, offer, people.content(request))
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
def _take(db: Database, appointment: model.Appointment, offer: Offer, known: dict[str, Any]) -> None:
    places.confirm(db, appointment.place_id, appointment.request["scope"], appointment.id)
    store.add(db, appointment)
    people.add(db, appointment.person_id, known)
    outbox.add(db, events.BOOKING, events.appointment_booked(appointment, offer.office, offer.pathway))
    _announce_person(db, appointment.person_id, known)


def _announce_person(db: Database, person_id: str, known: dict[str, Any]) -> None:
    keys = mongo.settings(db).people_keys
    outbox.add(db, events.PEOPLE, events.person_changed(keys, person_id, known))


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


def identify(db: Database, reference: str, code: str, network: str) -> model.Appointment:
    """The appointment of whoever knows its reference and code. Wrong tries are slowed, per reference and network and,
    more generously, per network. Raises WrongCode, alike for an unknown reference."""
    reference = codes.read_reference(reference)
    mine, of_network = f"code|{reference[:40]}|{network}", f"code|{network}"
    web.throttle(db, mine)
    web.throttle(db, of_network)
    try:
        appointment = store.appointment(db, reference)
    except refusals.UnknownAppointment:
        appointment = None
    n = appointment.code_number if appointment else model.FIRST_CODE
    right = codes.matches(mongo.settings(db).access_key, reference, n, code)
    if appointment is None or not right:
        web.throttle_failed(db, mine)
        web.throttle_failed(db, of_network, **WRONG_CODES_OF_A_NETWORK)
        raise refusals.WrongCode()
    web.throttle_passed(db, mine)
    return appointment


def code(db: Database, appointment: model.Appointment) -> str:
    """The code a booking is answered with, also when the request is repeated later."""
    return codes.code(mongo.settings(db).access_key, appointment.reference, model.FIRST_CODE)


def cancel(
    db: Database, reference: str, by: str, reason: str | None = None, actor: auth.Actor | None = None
) -> model.Appointment:
    """By the person or by the office (then `actor` is who). Cancelled already: the same answer, no second effect."""
    if actor:
        _must_be_of_their_office(db, reference, actor, "appointment.cancel")
    appointment = _cancel(db, reference, by, reason, actor)
    places.recount(db, appointment.slot_id)
    return appointment


@mongo.transactional
def _cancel(db: Database, reference: str, by: str, reason: str | None, actor: auth.Actor | None) -> model.Appointment:
    appointment = store.appointment(db, reference)
    if appointment.status == model.CANCELLED:
        return appointment
    notice = store.pathway(db, appointment.pathway_id).cancel_notice_minutes
    cancelled = appointment.cancel(clock.now(), by, notice)
    if reason:
        box = mongo.settings(db).seal_keys.seal({"reason": reason}, appointment.person_id)
        cancelled = dataclasses.replace(cancelled, cancel_reason=box)
    store.save(db, cancelled)
    places.release(db, appointment.place_id, appointment.id)
    office = store.office(db, appointment.office_id)
    outbox.add(db, events.BOOKING, events.appointment_cancelled(cancelled, office, by))
    if actor:
        _audit(db, actor, "appointment.cancel", cancelled)
    return cancelled


def arrive(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    _must_be_of_their_office(db, reference, actor, "appointment.arrive")
    return _note(db, reference, actor, model.ARRIVED, events.appointment_arrived)


def attend(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    _must_be_of_their_office(db, reference, actor, "appointment.attend")
    return _note(db, reference, actor, model.ATTENDED, events.appointment_attended)


def miss(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    _must_be_of_their_office(db, reference, actor, "appointment.miss")
    return _note(db, reference, actor, model.MISSED, events.appointment_missed)


@mongo.transactional
def _note(
    db: Database,
    reference: str,
    actor: auth.Actor,
    status: str,
    event: Callable[[model.Appointment, model.Office], Event],
) -> model.Appointment:
    appointment = store.appointment(db, reference)
    if appointment.status == status:
        return appointment  # a second click
    noted = appointment.becomes(status, clock.now(), "office")
    store.save(db, noted)
    outbox.add(db, events.BOOKING, event(noted, store.office(db, noted.office_id)))
    _audit(db, actor, f"appointment.{status}", noted)
    return noted


def refer(
    db: Database, reference: str, referral: model.ReferralRequest, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[dict[str, Any], bool]:
    """The request for a referral as it was made, and whether the same request had made it before."""
    _must_be_of_their_office(db, reference, actor, "appointment.refer")
    if not set(referral.partners) <= {partner.id for partner in store.partners(db)}:
        raise refusals.UnknownPartner(errors={"consent.partners": refusals.UnknownPartner.detail})
    made, replayed = _refer(db, reference, referral, key, actor)
    first = dataclasses.replace(made, status="requested", referral_id=None, partner=None, changed_at=None)
    return dataclasses.asdict(first) | {"appointment": reference}, replayed


@mongo.transactional
def _refer(
    db: Database, reference: str, asked: model.ReferralRequest, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[model.Referral, bool]:
    appointment, now = store.appointment(db, reference), clock.now()
    for earlier in appointment.referrals:
        if earlier.request["scope"] == key.scope:
            key.check(earlier.request)
            return earlier, True
    referral = asked.made(now, actor.id, appointment.language, key.document())
    referred = appointment.refer(referral)
    store.save(db, referred)
    if asked.note and (known := people.note(db, appointment.person_id, appointment.case_id, asked.note)):
        _announce_person(db, appointment.person_id, known)
    office = store.office(db, appointment.office_id)
    outbox.add(db, events.BOOKING, events.referral_requested(referred, office, referral))
    _audit(db, actor, "appointment.refer", referred, consent_id=referral.consent.id)
    return referral, False


def day(db: Database, office_id: str, on: date, actor: auth.Actor) -> list[dict[str, Any]]:
    """The day's list with names; that it was seen is noted first. The route has checked the office."""
    audit.record(db, actor, "office.day", f"{office_id} {on.isoformat()}", office_id=office_id)
    return store.day(db, office_id, on)


@mongo.transactional
def show_referral(db: Database, case_id: str, told: dict[str, Any]) -> None:
    """What became of a referral, as the referrals service announced it."""
    store.save(db, store.of_case(db, case_id).referral_is(clock.now(), told))


@mongo.transactional
def show_contact_problem(db: Database, person_id: str, channel: str, reason: str) -> None:
    for appointment in store.of_person(db, person_id):
        store.save(db, appointment.contact_failed(channel, reason, clock.now()))


def _must_be_of_their_office(db: Database, reference: str, actor: auth.Actor, action: str) -> None:
    """Of another office: as if there were none, since its existence is private."""
    appointment = store.appointment(db, reference)
    if not auth.may_see_office(actor, appointment.office_id):
        _audit(db, actor, action, appointment, outcome="refused")
        raise refusals.UnknownAppointment()


def _audit(
    db: Database,
    actor: auth.Actor,
    action: str,
    appointment: model.Appointment,
    outcome: str = "allowed",
    **ids: str,
) -> None:
    audit.record(db, actor, action, appointment.reference, outcome, office_id=appointment.office_id, **ids)
