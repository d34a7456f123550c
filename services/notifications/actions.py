"""Everything this service can do, each one transaction; the only way to write."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from services.notifications import events, standing
from services.notifications.model import contact, message, preferences
from services.notifications.store import appointments, messages, people
from shared import audit, auth, clock, codes, due, inbox, mongo, outbox, web
from shared.events import Event
from shared.telemetry import log

SEND = "send_message"
REMEMBER_CALLS = timedelta(days=1)  # a provider's signature is accepted for 5 minutes
REMEMBER_ERASED = timedelta(days=7)  # beyond the archive
ONE_WARNING_IN = timedelta(days=1)


# from events


@mongo.transactional
def note_person(db: Database, person: contact.Person, sequence: int) -> None:
    if not people.save(db, person, sequence):
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


@mongo.transactional
def note_appointment(db: Database, appointment: dict[str, Any]) -> None:
    appointments.save(db, appointment)


@dataclass(frozen=True)
class Notice:
    """What is to be told to whom. `channels` None: not known yet, so each is tried if it turns out to be chosen."""

    template: str
    person_id: str
    appointment_id: str | None
    facts: dict[str, Any] = field(repr=False)
    channels: tuple[str, ...] | None


@mongo.transactional
def queue(db: Database, event: Event, notice: Notice) -> None:
    """One message per channel, saved first, and the work of sending each."""
    chosen, now = people.chosen(db, notice.person_id), clock.now()
    known = chosen.active if chosen else notice.channels
    for channel in contact.CHANNELS if known is None else known:
        id = message.message_id(event.id, notice.template, channel)
        new = message.Message(
            id=id,
            event_id=event.id,
            case_id=event.key,
            person_id=notice.person_id,
            template=notice.template,
            channel=channel,
            check_code=codes.code(mongo.settings(db).secret_key, id, 0),
            created_at=now,
            queued_at=now,
            facts=notice.facts,
            appointment_id=notice.appointment_id,
            only_if_chosen=known is None,
            history=(message.Step(message.QUEUED, now),),
        )
        messages.add(db, new)
        _due(db, new)


def queue_rarely(db: Database, event: Event, notice: Notice) -> None:
    """At most one such message a day about one appointment: nobody can make us flood a phone."""
    since = clock.now() - ONE_WARNING_IN
    if not messages.wrote_since(db, notice.appointment_id or "", notice.template, since):
        queue(db, event, notice)


def _due(db: Database, one: message.Message) -> None:
    data = {"message_id": one.id, "hand_over": one.hand_over, "person_id": one.person_id}
    due.add(db, SEND, one.channel, data, id=one.hand_over_id, correlation=one.case_id)


# from sending


@mongo.transactional
def note_sent(db: Database, work: due.Work, provider_id: str | None, to: str) -> None:
    """The message, its event and the end of the work together. Raises leases.Lost, and then nothing is written."""
    old = messages.get(db, work.data["message_id"])
    if old.hand_over == work.data["hand_over"]:
        box = mongo.settings(db).seal_keys.seal({"to": to}, bound_to=old.id)
        new = old.sent(provider_id, box, clock.now())
        messages.save(db, new)
        if new.state == message.SENT:
            outbox.add(db, events.TOPIC, events.message_sent(new))
    due.finish(db, work)


@mongo.transactional
def note_failed(db: Database, work: due.Work, reason: str) -> None:
    _fail(db, messages.get(db, work.data["message_id"]), reason)
    due.finish(db, work)


@mongo.transactional
def note_stopped(db: Database, work: due.Work, reason: str) -> None:
    old = messages.get(db, work.data["message_id"])
    messages.save(db, old.stopped(reason, clock.now()))
    due.finish(db, work)


@mongo.transactional
def note_person_missing(db: Database, message_id: str) -> None:
    """Nobody told us who this is. The work is left for its runner to show to operators."""
    _fail(db, messages.get(db, message_id), "person_unknown")


def _fail(db: Database, old: message.Message, reason: str) -> None:
    new = old.failed(reason, clock.now())
    if new is not old:
        messages.save(db, new)
        outbox.add(db, events.TOPIC, events.message_failed(new))


# from providers


@mongo.transactional
def note_receipt(db: Database, call_id: str, hand_over_id: str, delivered: bool) -> bool:
    """False for a message that we do not know. Raises DuplicateKeyError for a call that has had its effect."""
    messages.note_provider_call(db, call_id, clock.now() + REMEMBER_CALLS)
    old = messages.find(db, message.id_of(hand_over_id))
    if old is None:
        return False
    new = old.receipt(hand_over_id, delivered, clock.now())
    if new is old:
        return True
    messages.save(db, new)
    if new.state == message.FAILED:
        outbox.add(db, events.TOPIC, events.message_failed(new))
        return True
    if old.state != message.SENT:  # the receipt was faster than our own note
        outbox.add(db, events.TOPIC, events.message_sent(new))
    outbox.add(db, events.TOPIC, events.message_delivered(new))
    return True


@mongo.transactional
def take_reply(db: Database, call_id: str, number: str, wish: str, at: datetime) -> None:
    """STOP or START from a phone: for everybody who uses it. Raises DuplicateKeyError for a repeated call."""
    messages.note_provider_call(db, call_id, clock.now() + REMEMBER_CALLS)
    out = wish == "stop"
    if people.note_opt_out(db, contact.SMS, number, out, at) and out:
        _silence_all(db, contact.SMS, number)


# from people and operators


@mongo.transactional
def choose(db: Database, wanted: preferences.Preferences) -> None:
    """Choosing email begins it again for a mailbox that had asked for silence; a phone begins again by its own START.
    Of an erased person nothing is kept."""
    if people.is_erased(db, wanted.person_id):
        return
    person = people.find(db, wanted.person_id)
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


@mongo.transactional
def resend(db: Database, message_id: str, key: web.IdempotencyKey, actor: auth.Actor) -> tuple[message.Message, bool]:
    """Asks for it to be sent once more; True if this request had been made before."""
    before = messages.resend_with(db, key.scope)
    if before:
        key.check(before)
        return messages.get(db, before["message_id"]), True
    old, now = messages.get(db, message_id), clock.now()
    new = old.sent_again(now)
    if standing.of(db, new).reason_to_stop:
        raise message.NotWanted
    messages.save(db, new)
    messages.note_resend(db, message_id, key.document())
    _due(db, new)
    audit.record(db, actor, "message.resend", message_id, case_id=old.case_id)
    return new, False
