"""A lost code: asked for by anybody, made new by the worker, told to the contact on file and to nobody else. Who has no
contact gets it from the office."""

from collections.abc import Callable
from typing import Any

from pymongo.database import Database

from services.booking import asked, events, live, model, people, refusals, store
from services.booking.actions import guard, requests
from shared import auth, clock, codes, due, mongo, outbox
from shared.events import Event

RENEW, LANE = "renew_codes", "codes"
MOST_ASKED = 5  # about one reference, phone or mailbox in a day


def ask_for_code(db: Database, lost: model.LostCode) -> None:
    """Notes that it was asked for, and that is all that whoever asks can see or measure: only the worker looks whether
    there is such an appointment or request. Raises AskedTooOften."""
    contact = people.contact_prints(mongo.settings(db).fingerprint_key, lost.phone, lost.email)
    by, about = ("contact", contact[0]) if contact else ("reference", str(lost.reference))
    try:
        _note_asked(db, by, about)
    except asked.UsedUp:
        raise asked.too_often(db, asked.CODE, about) from None


@mongo.transactional
def _note_asked(db: Database, by: str, about: str) -> None:
    asked.count(db, asked.CODE, about, MOST_ASKED)
    due.add(db, RENEW, LANE, {by: about})


@mongo.transactional
def renew_codes(db: Database, work: due.Work) -> None:
    """One more code for each appointment or request that was meant and had not enough of them today (model,
    `renew_code`)."""
    for one in _meant(db, work.data):
        try:
            renewed = one.renew_code(clock.now())
        except refusals.CodeRenewedLately:
            continue
        if isinstance(renewed, model.Request):
            _save_request(db, renewed, events.request_code_renewed)
        else:
            _save(db, renewed, events.appointment_code_renewed)
    due.finish(db, work)


def hand_code(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    """One more code for the actor to hand over, to somebody whom nobody can write to; when there have been enough
    today, the newest again. Raises CanBeWrittenTo."""
    guard.must_be_of_their_office(db, reference, actor, "appointment.code")
    return _hand_code(db, reference, actor)


@mongo.transactional
def _hand_code(db: Database, reference: str, actor: auth.Actor) -> model.Appointment:
    appointment = store.appointment(db, reference)
    if appointment.channels:
        raise refusals.CanBeWrittenTo()
    guard.note(db, actor, "appointment.code", appointment)
    try:
        renewed = appointment.renew_code(clock.now())
    except refusals.CodeRenewedLately:
        return appointment
    _save(db, renewed, events.appointment_code_renewed)
    return renewed


def hand_request_code(db: Database, reference: str, actor: auth.Actor) -> model.Request:
    """As of an appointment."""
    guard.must_name_their_office(db, reference, actor, "request.code")
    return _hand_request_code(db, reference, actor)


@mongo.transactional
def _hand_request_code(db: Database, reference: str, actor: auth.Actor) -> model.Request:
    request = store.requests.with_reference(db, reference)
    if request.channels:
        raise refusals.CanBeWrittenTo()
    guard.note_request(db, actor, "request.code", request)
    try:
        renewed = request.renew_code(clock.now())
    except refusals.CodeRenewedLately:
        return request
    _save_request(db, renewed, events.request_code_renewed)
    return renewed


def newest_code(db: Database, one: model.Appointment | model.Request) -> str:
    return codes.code(mongo.settings(db).access_key, one.reference, one.code_number)


def _meant(db: Database, about: dict[str, Any]) -> list[model.Appointment | model.Request]:
    """With a contact, those that are still to come: the phone may have become somebody else's since the others. A
    request that was confirmed is an appointment."""
    if "contact" in about:
        return [one for pathway in store.pathways(db) for one in _live_with(db, pathway.id, (about["contact"],))]
    found = store.find(db, about["reference"]) or store.requests.find(db, about["reference"])
    return [found] if found else []


def _live_with(db: Database, pathway_id: str, prints: tuple[str, ...]) -> list[model.Appointment | model.Request]:
    asking = store.requests.of_cases(db, live.cases(db, pathway_id, prints))
    return [*store.live_with(db, pathway_id, prints), *(one for one in asking if one.is_asking)]


def _save(db: Database, changed: model.Appointment, event: Callable[[model.Appointment, model.Office], Event]) -> None:
    store.save(db, changed)
    outbox.add(db, events.BOOKING, event(changed, store.office(db, changed.office_id)))


def _save_request(
    db: Database, changed: model.Request, event: Callable[[model.Request, model.Window, str], Event]
) -> None:
    store.requests.save(db, changed)
    window = store.windows.get(db, changed.window_id)
    outbox.add(db, events.BOOKING, event(changed, window, requests.zone(db, changed)))


@mongo.transactional
def note_use(db: Database, reference: str, number: int) -> model.Appointment:
    """Who uses a newer code has got it: those before it are void, here and at every reader."""
    appointment = store.appointment(db, reference)
    if number <= appointment.oldest_code:
        return appointment
    used = appointment.code_used(number)
    _save(db, used, events.appointment_code_used)
    return used


@mongo.transactional
def note_use_of_request(db: Database, reference: str, number: int) -> model.Request:
    request = store.requests.with_reference(db, reference)
    if number <= request.oldest_code:
        return request
    used = request.code_used(number)
    _save_request(db, used, events.request_code_used)
    return used


def forget(db: Database, prints: tuple[str, ...]) -> None:
    asked.forget(db, prints)
    for one in prints:
        due.forget(db, {"contact": one})
