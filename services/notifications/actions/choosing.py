"""What people want to be told, by which channel, and who wants silence."""

from collections.abc import Iterable
from datetime import datetime

from pymongo.database import Database

from services.notifications import events
from services.notifications.model import contact, preferences
from services.notifications.store import appointments, messages, people
from shared import clock, mongo, outbox


@mongo.transactional
def choose(db: Database, wanted: preferences.Preferences) -> None:
    """Choosing email begins it again for a mailbox that had asked for silence; a phone begins again by its own START.
    Of an erased person nothing is kept. Raises NoContact, unless we have not heard of the person yet."""
    if people.is_erased(db, wanted.person_id):
        return
    person = people.find(db, wanted.person_id)
    if person:
        wanted.must_be_reached(person)
    before = people.chosen(db, wanted.person_id) or (preferences.of(person) if person else None)
    people.choose(db, wanted)
    _silence(db, wanted.person_id, [one for one in before.active if one not in wanted.active] if before else [])
    if person and contact.EMAIL in wanted.active and people.opted_out(db, person, contact.EMAIL):
        people.note_opt_out(db, contact.EMAIL, person.contacts[contact.EMAIL], False, clock.now())


@mongo.transactional
def unsubscribe(db: Database, message_id: str) -> None:
    """No more to the mailbox that this message went to, whoever books with it, until it is chosen again."""
    one = messages.get(db, message_id)
    if people.is_erased(db, one.person_id):
        return
    person = people.find(db, one.person_id)
    to = messages.recipient(db, one) or (person.contacts.get(one.channel) if person else None)
    if to and people.note_opt_out(db, one.channel, to, True, clock.now()):
        _silence_all(db, one.channel, to)


@mongo.transactional
def take_reply(db: Database, call_id: str, number: str, wish: str, at: datetime) -> None:
    """STOP or START from a phone: for everybody who uses it. Raises DuplicateKeyError for a repeated call."""
    messages.note_provider_call(db, call_id)
    out = wish == "stop"
    if people.note_opt_out(db, contact.SMS, number, out, at) and out:
        _silence_all(db, contact.SMS, number)


def _silence_all(db: Database, channel: str, text: str) -> None:
    """Everybody who has this number or mailbox."""
    for person_id in people.who_have(db, channel, text):
        _silence(db, person_id, [channel])


def _silence(db: Database, person_id: str, channels: Iterable[str]) -> None:
    cases = appointments.cases_of(db, person_id)
    for channel in channels:
        for one in messages.queued(db, person_id, channel):
            messages.save(db, one.stopped("opted_out", clock.now()))
        key = cases[0] if cases else person_id
        outbox.add(db, events.TOPIC, events.contact_opted_out(key, person_id, channel))
