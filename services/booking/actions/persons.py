"""Persons announced, announced again from their present state, and erased."""

from typing import Any

from pymongo.database import Database

from services.booking import case_notes, contacts, events, live, model, people, store, waiting
from services.booking.actions import appointment, lost_code, rebooking, requests, verification
from shared import audit, auth, clock, mongo, outbox
from shared.events import Event


def announce(db: Database, person_id: str, known: dict[str, Any]) -> None:
    keys = mongo.settings(db).people_keys
    outbox.add(db, events.PEOPLE, events.person_changed(keys, person_id, known))


def restate(db: Database, after: str | None, limit: int) -> str | None:
    """Announces the present state of the next persons by id; the last id, or None when there are no more."""
    ids = people.after(db, after, limit)
    for person_id in ids:
        _restate_one(db, person_id)
    return ids[-1] if ids else None


@mongo.transactional
def _restate_one(db: Database, person_id: str) -> None:
    known = people.get(db, person_id)
    if known is None:
        outbox.add(db, events.PEOPLE, events.person_erased(person_id))
    else:
        announce(db, person_id, known)


def erase(db: Database, reference: str, actor: auth.Actor | None = None) -> str:
    """Forgets the person of an appointment or a request, here and by a tombstone everywhere; what is still to come is
    cancelled first. The appointments stay, as numbers. Returns the person's id."""
    asked = store.requests.find(db, reference)
    person_id = (asked or store.appointment(db, reference)).person_id
    erase_person(db, person_id, actor)
    return person_id


def erase_person(db: Database, person_id: str, actor: auth.Actor | None = None) -> None:
    for request in store.requests.of_person(db, person_id):
        if request.is_asking:
            requests.withdraw_request(db, request.reference, "office")
    for one in store.of_person(db, person_id):
        if one.status == model.BOOKED and clock.now() < one.starts_at:
            appointment.cancel(db, one.reference, "office")
        rebooking.let_go(db, one.reference)
    _erase(db, person_id, actor)


def bring_back(db: Database, event: Event) -> None:
    """What the topic `people` says last of somebody whom a restored database knows otherwise, or not at all: how they
    are is taken over, and who was erased is erased again. A contact that was to be verified goes: nobody here knows any
    more what for."""
    if event.type == "person.changed.v1":
        _take_over(db, event.key, (event.data or {})["sealed"])
    elif event.data is not None:
        _forget_contact(db, event.key)
    elif people.is_known(db, event.key):
        erase_person(db, event.key, auth.COMMANDS)


@mongo.transactional
def _take_over(db: Database, person_id: str, sealed: dict[str, str]) -> None:
    people.put(db, people.sealed_row(db, person_id, mongo.settings(db).people_keys.open(sealed, person_id)))


@mongo.transactional
def _forget_contact(db: Database, person_id: str) -> None:
    outbox.add(db, events.PEOPLE, events.person_erased(person_id))


@mongo.transactional
def _erase(db: Database, person_id: str, actor: auth.Actor | None) -> None:
    for one in store.of_person(db, person_id):
        contacts.forget(db, one.fingerprints)
        lost_code.forget(db, one.fingerprints)
        verification.forget(db, one.fingerprints)
        store.save(db, one.erased())
        live.let_go(db, one.case_id)
    for request in store.requests.of_person(db, person_id):
        contacts.forget(db, request.fingerprints)
        lost_code.forget(db, request.fingerprints)
        verification.forget(db, request.fingerprints)
        waiting.forget(db, request)
        live.let_go(db, request.case_id)
        store.requests.save(db, request.erased())
    people.erase(db, person_id)
    case_notes.erase(db, person_id)
    outbox.withdraw(db, events.PEOPLE, person_id)
    outbox.add(db, events.PEOPLE, events.person_erased(person_id))
    audit.record(db, actor, "person.erase", person_id)
