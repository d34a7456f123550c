"""What became of a hand-over, by our own word and by the provider's."""

from dataclasses import dataclass, field

from pymongo.database import Database

from services.notifications import events
from services.notifications.model import message
from services.notifications.store import messages
from shared import clock, due, leases, mongo, outbox
from shared.together import Together

MOST_TOGETHER = 8  # hand-overs noted in one transaction


@dataclass(frozen=True)
class Sent:
    """One hand-over that was taken: by which work, the provider's id of it, and to whom."""

    work: due.Work
    provider_id: str | None
    to: str = field(repr=False)

    @property
    def message_id(self) -> str:
        return self.work.data["message_id"]


def note_sent(db: Database, work: due.Work, provider_id: str | None, to: str) -> None:
    """The message, its event and the end of the work in one transaction, with those of whatever else was handed over
    at this moment. Raises leases.Lost, and then nothing of this one is written."""
    _noting.add(db, Sent(work, provider_id, to))


@mongo.transactional
def _note_sent(db: Database, sent: list[Sent]) -> list[None]:
    known, new = messages.get_all(db, (one.message_id for one in sent)), []
    for one in sent:
        old = known[one.message_id]
        if old.hand_over == one.work.data["hand_over"]:
            box = mongo.settings(db).seal_keys.seal({"to": one.to}, bound_to=old.id)
            new.append(old.sent(one.provider_id, box, clock.now()))
    messages.save(db, *new)
    outbox.add_all(db, [(events.TOPIC, events.message_sent(one)) for one in new if one.state == message.SENT])
    due.finish(db, *(one.work for one in sent))
    return [None] * len(sent)


_noting = Together(_note_sent, MOST_TOGETHER, (leases.Lost, messages.Changed, messages.NoSuchMessage))


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
    _fail(db, messages.get(db, message_id), message.PERSON_UNKNOWN)


def _fail(db: Database, old: message.Message, reason: str) -> None:
    new = old.failed(reason, clock.now())
    if new is not old:
        messages.save(db, new)
        outbox.add(db, events.TOPIC, events.message_failed(new))


@mongo.transactional
def note_receipt(db: Database, call_id: str, hand_over_id: str, delivered: bool) -> bool:
    """False for a message that we do not know. Raises DuplicateKeyError for a call that has had its effect."""
    messages.note_provider_call(db, call_id)
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
