"""An event: one CloudEvent 1.0, in Kafka's binary mode (`ce_*` headers, JSON value), and what it was caused by."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from shared import clock


@dataclass(frozen=True)
class Event:
    """A fact in the past tense. `key` is the case (or whom it is about); `data` None is a tombstone.

    `sequence` counts from 1 without a gap within topic and key; it is given by `outbox.add` in the transaction of the
    change, so it is the order in which the changes were committed.
    """

    type: str
    key: str
    data: dict[str, Any] | None
    topic: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    time: datetime = field(default_factory=clock.now)
    sequence: int = 0
    source: str = ""
    correlation: str | None = None
    causation: str | None = None


@dataclass(frozen=True)
class Topic:
    """How a topic is made; its name is the key in the publisher's TOPICS. A compacted one keeps the last event per
    key."""

    partitions: int = 12
    retention_days: int = 60
    compacted: bool = False


class Unreadable(Exception):
    """A record that is no event: headers missing, or a value that is not a JSON object."""


_handling: ContextVar[Event | None] = ContextVar("handling", default=None)
_request: ContextVar[str | None] = ContextVar("request", default=None)


@contextmanager
def handling(event: Event) -> Iterator[None]:
    """What is announced inside was caused by this event."""
    token = _handling.set(event)
    try:
        yield
    finally:
        _handling.reset(token)


def correlate(request_id: str | None) -> None:
    """Names the request that causes what this context announces."""
    _request.set(request_id)


def cause() -> str | None:
    event = _handling.get()
    return event.id if event else _request.get()


def write(event: Event) -> tuple[list[tuple[str, bytes]], bytes | None]:
    """Headers and value as a record carries them."""
    attributes = {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time,
        "datacontenttype": "application/json",
        "partitionkey": event.key,
        "sequence": str(event.sequence),
        "correlationid": event.correlation,
        "causationid": event.causation,
    }
    known = {name: value for name, value in attributes.items() if value is not None}
    message = to_binary(CloudEvent(known, event.data or {}), JSONFormat())
    return list(message.headers.items()), None if event.data is None else message.value


def read(topic: str, key: bytes | None, headers: list[tuple[str, bytes]], value: bytes | None) -> Event:
    """The event in a record. Raises Unreadable with what was wrong, never with the content."""
    try:
        message = KafkaMessage(dict(headers), key, b"null" if value is None else value)
        found = from_binary(message, JSONFormat(), CloudEvent)
        attributes, data = found.get_attributes(), found.get_data()
        if isinstance(data, str | bytes):
            data = json.loads(data)
        if not isinstance(data, dict | None):
            raise Unreadable("the value is not a JSON object")
        return Event(
            type=attributes["type"],
            key=attributes.get("partitionkey", ""),
            data=None if value is None else data or {},
            topic=topic,
            id=attributes["id"],
            time=attributes["time"],
            sequence=int(attributes.get("sequence", 0)),
            source=attributes["source"],
            correlation=attributes.get("correlationid"),
            causation=attributes.get("causationid"),
        )
    except (BaseCloudEventException, ValueError, KeyError, AttributeError, TypeError) as error:
        raise Unreadable(f"{type(error).__name__}: not a CloudEvent") from None
