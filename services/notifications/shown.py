"""What operators and people get to see of messages and choices: contacts masked, always."""

from typing import Any

from pymongo.database import Database

from services.notifications.model import contact, preferences
from services.notifications.model.message import Message
from services.notifications.store import messages, people


def recipient(db: Database, one: Message) -> str | None:
    """To whom it went, or would go now; None once the person was erased."""
    to = messages.recipient(db, one)
    if to is None:
        person = people.find(db, one.person_id)
        to = person.contacts.get(one.channel) if person else None
    return contact.masked(one.channel, to) if to else None


def message(db: Database, one: Message) -> dict[str, Any]:
    return {
        "id": one.id,
        "case_id": one.case_id,
        "person_id": one.person_id,
        "template": one.template,
        "channel": one.channel,
        "status": one.state,
        "reason": one.reason,
        "recipient": recipient(db, one),
        "provider_id": one.provider_id,
        "times_asked": one.hand_over,
        "created_at": one.created_at,
        "sent_at": one.sent_at,
        "history": one.history,
    }


def choices(db: Database, appointment: dict[str, Any]) -> dict[str, Any]:
    """What the person of this appointment chose, or what holds as long as they have chosen nothing here."""
    id = appointment["person_id"]
    person = people.find(db, id) or contact.Person(id, channels=tuple(appointment.get("channels") or ()))
    chosen = people.chosen(db, id) or preferences.of(person)
    blocked = [channel for channel in contact.CHANNELS if people.opted_out(db, person, channel)]
    return {
        # a mailbox that asked for silence counts as not chosen: choosing it begins it again
        "channels": [one for one in chosen.channels if not (one == contact.EMAIL and one in blocked)],
        "language": chosen.language,
        "quiet_hours": chosen.quiet_hours,
        "stop": chosen.stop,
        "contacts": {channel: contact.masked(channel, text) for channel, text in person.contacts.items()},
        "blocked": blocked,
    }
