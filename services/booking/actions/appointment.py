"""An appointment looked at and cancelled by its person; its steps as the office notes them."""

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

from pymongo.database import Database

from services.booking import events, live, model, offers, places, store
from services.booking.actions import guard, lost_code, waitlist
from shared import audit, auth, clock, codes, mongo, outbox
from shared.events import Event


def identify(db: Database, reference: str, code: str, network: str) -> model.Appointment:
    """The appointment of whoever knows its reference and code. Raises auth.WrongCode, alike for an unknown reference,
    or SlowDown after several wrong tries."""
    reference = codes.read_reference(reference)
    appointment = store.find(db, reference)
    number = auth.check_code(db, reference, code, appointment.good_codes if appointment else (), network)
    if appointment is None:  # the check has refused it
        raise auth.WrongCode
    return appointment if number == appointment.oldest_code else lost_code.note_use(db, reference, number)


def code(db: Database, appointment: model.Appointment) -> str:
    """The code a booking is answered with, also when the request is repeated later and by then another one holds."""
    return codes.code(mongo.settings(db).access_key, appointment.reference, model.FIRST_CODE)


def cancel(
    db: Database, reference: str, by: str, reason: str | None = None, actor: auth.Actor | None = None
) -> model.Appointment:
    """By the person or by the office (then `actor` is who). Cancelled already: the same answer, no second effect."""
    if actor:
        guard.must_be_of_their_office(db, reference, actor, "appointment.cancel")
    cancelled, freed = _cancel(db, reference, by, reason, actor)
    places.count(db, {cancelled.slot_id: freed})
    return cancelled


@mongo.transactional
def _cancel(
    db: Database, reference: str, by: str, reason: str | None, actor: auth.Actor | None
) -> tuple[model.Appointment, int]:
    """The appointment, and how many places have become free at once by this."""
    appointment = store.appointment(db, reference)
    if appointment.status == model.CANCELLED:
        return appointment, 0
    pathway = store.pathway(db, appointment.pathway_id)
    cancelled = appointment.cancel(clock.now(), by, pathway.cancel_notice_minutes)
    if reason:
        box = mongo.settings(db).seal_keys.seal({"reason": reason}, appointment.person_id)
        cancelled = dataclasses.replace(cancelled, cancel_reason=box)
    store.save(db, cancelled)
    live.ended(db, cancelled, pathway)
    freed = 0
    if not waitlist.take_back(db, appointment, pathway):
        freed = places.release(db, appointment.place_ids, appointment.id, pathway.rest_minutes)
    office = store.office(db, appointment.office_id)
    outbox.add(db, events.BOOKING, events.appointment_cancelled(cancelled, office, by))
    if actor:
        guard.note(db, actor, "appointment.cancel", cancelled)
    return cancelled, freed


def arrive(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    guard.must_be_of_their_office(db, reference, actor, "appointment.arrive")
    return _note(db, reference, actor, model.ARRIVED, events.appointment_arrived)


def attend(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    guard.must_be_of_their_office(db, reference, actor, "appointment.attend")
    return _note(db, reference, actor, model.ATTENDED, events.appointment_attended)


def miss(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    guard.must_be_of_their_office(db, reference, actor, "appointment.miss")
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
    live.ended(db, noted, offers.pathway(db, noted.pathway_id))
    outbox.add(db, events.BOOKING, event(noted, store.office(db, noted.office_id)))
    guard.note(db, actor, f"appointment.{status}", noted)
    return noted


def day(db: Database, office_id: str, on: date, actor: auth.Actor) -> list[dict[str, Any]]:
    """The day's list with names; that it was seen is noted first. The route has checked the office."""
    audit.record(db, actor, "office.day", f"{office_id} {on.isoformat()}", office_id=office_id)
    return store.day(db, office_id, on)
