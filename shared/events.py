"""An event: one CloudEvent 1.0, in Kafka's binary mode (`ce_*` headers, JSON value), and what it was caused by."""

import json
import re
import secrets
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
    traceparent: str | None = None


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
_trace: ContextVar[str | None] = ContextVar("trace", default=None)
TRACEPARENT = re.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@contextmanager
def handling(event: Event) -> Iterator[None]:
    """What is announced inside was caused by this event."""
    token = _handling.set(event)
    try:
        yield
    finally:
        _handling.reset(token)


def correlate(request_id: str | None, traceparent: str | None = None) -> None:
    """Names the request that causes what this context announces, and the caller's trace (W3C Trace Context) if it has
    one."""
    _request.set(request_id)
    _trace.set(traceparent)


def cause() -> str | None:
    event = _handling.get()
    return event.id if event else _request.get()


def trace() -> str:
    """A `traceparent` in the trace of the event or request at hand, or in a new one."""
    event = _handling.get()
    known = TRACEPARENT.fullmatch((event.traceparent if event else _trace.get()) or "")
    return f"00-{known[1] if known else secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


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
        "traceparent": event.traceparent,
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
        sequence = int(attributes.get("sequence", 0))
        if not 0 <= sequence < 2**63:
            raise Unreadable("the sequence is out of range")
        return Event(
            type=attributes["type"],
            key=attributes.get("partitionkey", ""),
            data=None if value is None else data or {},
            topic=topic,
            id=attributes["id"],
            time=attributes["time"],
            sequence=sequence,
            source=attributes["source"],
            correlation=attributes.get("correlationid"),
            causation=attributes.get("causationid"),
            traceparent=attributes.get("traceparent"),
        )
    except (BaseCloudEventException, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: not a CloudEvent") from None
