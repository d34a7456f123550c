"""What notifications announces, by case: what became of its messages, and who wants no more of them."""

from services.notifications.model.message import Message
from shared.events import Event, Topic

TOPIC = "notifications"
TOPICS = {TOPIC: Topic(partitions=12, retention_days=60)}


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
