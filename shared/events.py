"""An event: one CloudEvent 1.0, in Kafka's binary mode (`ce_*` headers, JSON value), and what it was caused by."""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import uuid_utils

from shared import clock


@dataclass(frozen=True)
class Event:
    """A fact in the past tense. `key` is the case (or whom it is about); `data` None is a tombstone.

    `sequence` counts from 1 without a gap within topic and key; it is given by `outbox.add` in the transaction of the
    change, so it is the order in which the changes were committed. An `id` begins with its time (UUID 7): what is asked
    for together lies together in an index of a million of them.
    """

    type: str
    key: str
    data: dict[str, Any] | None
    topic: str = ""
    id: str = field(default_factory=lambda: str(uuid_utils.uuid7()))
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
    compacted: bool = False


class Unreadable(Exception):
    """A record that is no event: headers missing, or a value that is not a JSON object."""


SPECVERSION = "1.0"
JSON = "application/json"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
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


def correlation() -> str | None:
    """The case of the event that is being handled."""
    event = _handling.get()
    return event.correlation if event else None


def trace() -> str:
    """A `traceparent` in the trace of the event or request at hand, or in a new one."""
    event = _handling.get()
    known = TRACEPARENT.fullmatch((event.traceparent if event else _trace.get()) or "")
    return f"00-{known[1] if known else secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def caused(event: Event) -> Event:
    """With the cause and the trace of this context: for an event that is announced by somebody else's work."""
    return replace(event, causation=event.causation or cause(), traceparent=event.traceparent or trace())


def write(event: Event) -> tuple[list[tuple[str, bytes]], bytes | None]:
    """Headers and value as a record carries them. Written by hand, here and in `read`, since it is a third of the time
    of the CloudEvents library, which reads and writes them in tests/unit/spine."""
    attributes = {
        "ce_specversion": SPECVERSION,
        "ce_id": event.id,
        "ce_source": event.source,
        "ce_type": event.type,
        "ce_time": clock.rfc3339(event.time),
        "content-type": JSON,
        "ce_partitionkey": event.key,
        "ce_sequence": str(event.sequence),
        "ce_correlationid": event.correlation,
        "ce_causationid": event.causation,
        "ce_traceparent": event.traceparent,
    }
    headers = [(name, value.encode()) for name, value in attributes.items() if value is not None]
    return headers, None if event.data is None else _encode(event.data).encode()


def read(topic: str, key: bytes | None, headers: list[tuple[str, bytes]], value: bytes | None) -> Event:
    """The event in a record. Raises Unreadable with what was wrong, never with the content."""
    try:
        told = {name.lower(): content.decode() for name, content in headers}
        data = None if value is None else json.loads(value)
        if not isinstance(data, dict | None):
            raise Unreadable("the value is not a JSON object")
        if told.get("ce_specversion") != SPECVERSION or not (told["ce_id"] and told["ce_source"] and told["ce_type"]):
            raise Unreadable("not a CloudEvent 1.0")
        sequence, time = int(told.get("ce_sequence", 0)), datetime.fromisoformat(told["ce_time"])
        if not 0 <= sequence < 2**63 or time.tzinfo is None:
            raise Unreadable("the sequence or the time is out of range")
        return Event(
            type=told["ce_type"],
            key=told.get("ce_partitionkey", "") if key is None else key.decode(),
            data=None if value is None else data or {},
            topic=topic,
            id=told["ce_id"],
            time=time,
            sequence=sequence,
            source=told["ce_source"],
            correlation=told.get("ce_correlationid"),
            causation=told.get("ce_causationid"),
            traceparent=told.get("ce_traceparent"),
        )
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: not a CloudEvent") from None
