"""What keeps booking's own data in order: offices and slots, advice about free places, persons announced or erased."""

from datetime import timedelta
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.booking import actions, events, model, people, places, schedule, store
from shared import audit, auth, clock, mongo, outbox

AHEAD_DAYS = 14
SLICE = 200

Row = dict[str, Any]


def load(db: Database, pathways: list[Row], offices: list[Row], partners: list[Row]) -> None:
    """What the files have. May run again: an intake that was changed since stays."""
    for collection, rows in ((db.pathways, pathways), (db.offices, offices), (db.partners, partners)):
        for number, row in enumerate(rows):
            _put(collection, row, number)


def _put(collection: Collection, row: Row, number: int) -> None:
    first = {"intake": row["intake"]} if "intake" in row else {}
    rest = {name: value for name, value in row.items() if name not in ("id", "intake")} | {"order": number}
    collection.update_one({"_id": row["id"]}, {"$set": rest, "$setOnInsert": first}, upsert=True)


def renew_slots(db: Database) -> int:
    """Slots for today and the two weeks ahead, wherever intake is not closed; those that are there stay. How many were
    new."""
    now, new = clock.now(), 0
    for office in store.offices(db):
        if office.intake.open:
            coming = [
                one for one in schedule.slots(office, office.today(now), AHEAD_DAYS + 1) if one["starts_at"] > now
            ]
            new += sum(places.add(db, coming[at : at + SLICE]) for at in range(0, len(coming), SLICE))
    return new


def count_places(db: Database) -> int:
    """Frees claims that ran out and corrects what listings show. How many slots were wrong."""
    return places.sweep(db, clock.now() - timedelta(hours=1))


def restate(db: Database, after: str | None, limit: int) -> str | None:
    """Announces the present state of the next persons by id; the last id, or None when there are no more."""
    ids = people.after(db, after, limit)
    for person_id in ids:
        _announce(db, person_id)
    return ids[-1] if ids else None


@mongo.transactional
def _announce(db: Database, person_id: str) -> None:
    known = people.get(db, person_id)
    if known is None:
        outbox.add(db, events.PEOPLE, events.person_erased(person_id))
    else:
        keys = mongo.settings(db).people_keys
        outbox.add(db, events.PEOPLE, events.person_changed(keys, person_id, known))


def erase(db: Database, reference: str, actor: auth.Actor | None = None) -> str:
    """Forgets the person of an appointment, here and by a tombstone everywhere; what is still to come is cancelled
    first. The appointments stay, as numbers. Returns the person's id."""
    person_id = store.appointment(db, reference).person_id
    for appointment in store.of_person(db, person_id):
        if appointment.status == model.BOOKED and clock.now() < appointment.starts_at:
            actions.cancel(db, appointment.reference, "office")
    _erase(db, person_id, actor)
    return person_id


@mongo.transactional
def _erase(db: Database, person_id: str, actor: auth.Actor | None) -> None:
    for appointment in store.of_person(db, person_id):
        store.save(db, appointment.erased())
    people.erase(db, person_id)
    outbox.add(db, events.PEOPLE, events.person_erased(person_id))
    audit.record(db, actor, "person.erase", person_id)
