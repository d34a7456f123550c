"""What the staff of an office do beyond noting who came: look, find, book or ask for somebody, put right, write."""

import dataclasses
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import case_notes, events, live, model, offers, people, refusals, store
from services.booking.actions import booking, guard, requests
from shared import audit, auth, clock, codes, mongo, outbox, web
from shared.errors import N_

NOT_THEIRS = N_("One of them must be an office that is yours.")
EVENTS = {model.ARRIVED: events.appointment_arrived, model.ATTENDED: events.appointment_attended}


def look(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    """As people type it, or as it is read off a picture; noted before anything is shown. Raises UnknownAppointment,
    also for one of another office."""
    reference = codes.read_reference(reference[:100])
    guard.must_be_of_their_office(db, reference, actor, "appointment.see")
    appointment = store.appointment(db, reference)
    guard.note(db, actor, "appointment.see", appointment)
    return appointment


def look_at_request(db: Database, reference: str, actor: auth.Actor) -> model.Request:
    """As an appointment is looked at. Raises UnknownRequest, also for one that names no office of theirs."""
    reference = codes.read_reference(reference[:100])
    guard.must_name_their_office(db, reference, actor, "request.see")
    request = store.requests.with_reference(db, reference)
    guard.note_request(db, actor, "request.see", request)
    return request


def find(db: Database, reference: str, actor: auth.Actor) -> model.Appointment | model.Request:
    """The appointment, or the request that is none. Raises UnknownAppointment, alike for what there is not and for what
    is not theirs."""
    known = codes.read_reference(reference[:100])
    if store.find(db, known) or not store.requests.find(db, known):
        return look(db, known, actor)
    try:
        return look_at_request(db, known, actor)
    except refusals.UnknownRequest:
        raise refusals.UnknownAppointment() from None


def book_for(
    db: Database, request: model.BookingRequest, why: str, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[model.Appointment, bool]:
    """A walk-in, or on somebody's behalf: against any free place of the actor's office, whether its intake is open or
    not. A time of another office is not there."""
    slot = store.slot(db, request.slot_id)
    if not auth.may_see_office(actor, slot.office_id):
        audit.record(db, actor, "appointment.book", slot.id, "refused", office_id=slot.office_id)
        raise refusals.SlotGone()
    desk = model.AtTheDesk(account=actor.id, why=why)
    return booking.book(db, dataclasses.replace(request, desk=desk), key, by=actor)


def ask_for(
    db: Database, asked: model.Asked, why: str, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[model.Request, bool]:
    """On somebody's behalf, in an open window: no contact is verified, since the actor has seen or heard them; all else
    is as for everybody. An office of the actor must be among those that suit. Raises UnfitWish, and as `ask` does."""
    offices = asked.wish.offices
    if not any(auth.may_see_office(actor, id) for id in offices):
        audit.record(db, actor, "request.ask", asked.pathway_id, "refused", office_id=offices[0])
        raise refusals.UnfitWish(errors={"offices": NOT_THEIRS})
    desk = model.AtTheDesk(account=actor.id, why=why)
    return requests.ask(db, dataclasses.replace(asked, desk=desk), key, by=actor)


def correct(db: Database, reference: str, status: str, why: str, actor: auth.Actor) -> model.Appointment:
    """A missed one has arrived or attended after all; readers hear just that, as of any other. The same again is the
    same answer. Raises NotMissed, BookedAgain."""
    guard.must_be_of_their_office(db, reference, actor, "appointment.correct")
    try:
        return _correct(db, reference, status, why, actor)
    except (DuplicateKeyError, live.AlreadyLive):  # one live appointment each, and the person has another by now
        raise refusals.BookedAgain() from None


@mongo.transactional
def _correct(db: Database, reference: str, status: str, why: str, actor: auth.Actor) -> model.Appointment:
    appointment = store.appointment(db, reference)
    last = appointment.history[-1]
    if (appointment.status, last.get("why"), last.get("account")) == (status, why, actor.id):
        return appointment
    corrected = appointment.correct(status, clock.now(), actor.id, why)
    store.save(db, corrected)
    live.begun(db, corrected, offers.pathway(db, corrected.pathway_id))
    outbox.add(db, events.BOOKING, EVENTS[status](corrected, store.office(db, corrected.office_id)))
    guard.note(db, actor, "appointment.correct", corrected, why=why)
    return corrected


def write_note(
    db: Database, reference: str, text: str, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[case_notes.Note, bool]:
    """The note, and whether the same request had written it before. Raises Forgotten once the person is erased."""
    guard.must_be_of_their_office(db, reference, actor, "appointment.note")
    try:
        return _write_note(db, reference, text, key, actor)
    except DuplicateKeyError:  # the same request at the same moment
        raise web.KeyInFlight(retry_after=1) from None


@mongo.transactional
def _write_note(
    db: Database, reference: str, text: str, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[case_notes.Note, bool]:
    earlier = case_notes.by_request(db, key.scope)
    if earlier:
        key.check(earlier[1])
        return earlier[0], True
    appointment = store.appointment(db, reference)
    people.must_be_known(db, appointment.person_id)
    note = case_notes.add(db, appointment.id, appointment.person_id, actor.id, text, key.document())
    guard.note(db, actor, "appointment.note", appointment, note_id=note["id"])
    return note, False


def notes(db: Database, reference: str, actor: auth.Actor) -> list[dict[str, Any]]:
    """Oldest first; that they were read is noted."""
    guard.must_be_of_their_office(db, reference, actor, "appointment.notes")
    appointment = store.appointment(db, reference)
    guard.note(db, actor, "appointment.notes", appointment)
    return case_notes.of(db, appointment.id)
