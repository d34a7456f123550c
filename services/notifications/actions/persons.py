"""What this service knows of people, from the events of booking."""

from datetime import timedelta

from pymongo.database import Database

from services.notifications.model import contact, message
from services.notifications.store import appointments, messages, people
from shared import clock, due, inbox, mongo
from shared.telemetry import log

REMEMBER_ERASED = timedelta(days=7)  # beyond the archive


@mongo.transactional
def note_person(db: Database, person: contact.Person, sequence: int) -> None:
    """What waited to be told to somebody not heard of yet is due at once."""
    if people.save(db, person, sequence):
        waiting = [one.hand_over_id for one in messages.queued(db, person.id)]
        if waiting:
            due.hasten(db, waiting, message.PERSON_UNKNOWN)
    else:
        log.info("older news of a person ignored", person_id=person.id, sequence=sequence)


@mongo.transactional
def erase_person(db: Database, person_id: str, sequence: int) -> None:
    """Copies, choices, recipients, what is due and what was set aside: gone. That there were messages stays."""
    known, now = people.find(db, person_id), clock.now()
    if known and not known.erased:
        people.forget_opt_outs(db, known)
    until = now + timedelta(days=mongo.settings(db).retention.archive_days) + REMEMBER_ERASED
    people.erase(db, person_id, sequence, until)
    for one in messages.queued(db, person_id):
        messages.save(db, one.stopped("erased", now))
    messages.strip(db, person_id)
    due.forget(db, {"person_id": person_id})
    inbox.forget(db, "people", person_id)
    for case_id in appointments.cases_of(db, person_id):
        inbox.forget(db, "booking", case_id)
        inbox.forget(db, "referrals", case_id)
    people.forget_choices(db, person_id)
    appointments.forget(db, person_id)
