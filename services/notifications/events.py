"""What notifications announces, by case: what became of its messages, and who wants no more of them."""

from marshmallow import validate

from services.notifications.model import contact, message
from services.notifications.model.message import Message
from shared import definitions
from shared.definitions import Defined, Definition
from shared.events import Event, Topic

TOPIC = "notifications"
TOPICS = {TOPIC: Topic(partitions=12)}
FAILURES = ("no_contact", message.PERSON_UNKNOWN, "unavailable", "undelivered")  # our own
REFUSALS = ("invalid_address", "invalid_number", "blocked", "too_long", "rejected")  # a provider's
REASON = "|".join((*FAILURES, *REFUSALS, "smtp_5[0-9]{2}"))


# --- what is promised of each


class MessageTold(Defined):
    """What every event of a message tells; neither its text nor whom it went to."""

    message_id = definitions.identifier()
    person_id = definitions.identifier("the key of the topic `people`")
    template = definitions.code(message.TEMPLATES, "what it is about")
    channel = definitions.code(contact.CHANNELS)


class MessageFailed(MessageTold):
    reason = definitions.text(validate=validate.Regexp(f"^({REASON})$"))


class ContactOptedOut(Defined):
    person_id = definitions.identifier("the key of the topic `people`")
    channel = definitions.code(contact.CHANNELS, "by which they want no more messages")


DEFINITIONS = {
    "message.sent.v1": Definition(TOPIC, "Handed over to the provider", MessageTold),
    "message.delivered.v1": Definition(TOPIC, "The provider says that it arrived", MessageTold),
    "message.failed.v1": Definition(TOPIC, "It will not arrive", MessageFailed),
    "contact.opted_out.v1": Definition(TOPIC, "The person stopped messages of a channel", ContactOptedOut),
}


# --- how each is made


def message_sent(message: Message) -> Event:
    return _about("message.sent.v1", message)


def message_delivered(message: Message) -> Event:
    return _about("message.delivered.v1", message)


def message_failed(message: Message) -> Event:
    return _about("message.failed.v1", message, reason=message.reason)


def contact_opted_out(case_id: str, person_id: str, channel: str) -> Event:
    return Event("contact.opted_out.v1", case_id, {"person_id": person_id, "channel": channel})


def _about(type: str, message: Message, **more: str | None) -> Event:
    data = {
        "message_id": message.id,
        "person_id": message.person_id,
        "template": message.template,
        "channel": message.channel,
        **more,
    }
    return Event(type, message.case_id, data, causation=message.event_id)
