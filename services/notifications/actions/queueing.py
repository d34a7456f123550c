"""From an event to messages: saved first, each with the work of sending it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from services.notifications import standing
from services.notifications.model import contact, message
from services.notifications.store import appointments, messages, people
from shared import audit, auth, clock, codes, due, mongo, web
from shared.events import Event

SEND = "send_message"
ONE_WARNING_IN = timedelta(days=1)


@mongo.transactional
def note_appointment(db: Database, appointment: dict[str, Any]) -> None:
    appointments.save(db, appointment)


@dataclass(frozen=True)
class Notice:
    """What is to be told to whom. `channels` None: not known yet, so each is tried if it turns out to be chosen.
    `priority`: as in due work."""

    template: str
    person_id: str
    appointment_id: str | None
    facts: dict[str, Any] = field(repr=False)
    channels: tuple[str, ...] | None
    priority: int = message.USUAL


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
        _due(db, new, notice.priority)


@mongo.transactional
def take_back(db: Database, person_id: str, appointment_id: str, template: str) -> None:
    """What still waits to say this is not sent any more: the opposite has come true meanwhile."""
    for one in messages.queued(db, person_id):
        if (one.appointment_id, one.template) == (appointment_id, template):
            messages.save(db, one.stopped("no_longer_due", clock.now()))


def queue_rarely(db: Database, event: Event, notice: Notice) -> None:
    """At most one such message a day about one appointment: nobody can make us flood a phone."""
    since = clock.now() - ONE_WARNING_IN
    if not messages.wrote_since(db, notice.appointment_id or "", notice.template, since):
        queue(db, event, notice)


def _due(db: Database, one: message.Message, priority: int = message.USUAL) -> None:
    data = {"message_id": one.id, "hand_over": one.hand_over, "person_id": one.person_id}
    due.add(db, SEND, one.channel, data, id=one.hand_over_id, correlation=one.case_id, priority=priority)


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
