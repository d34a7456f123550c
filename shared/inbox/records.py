"""What comes in, and how a service reads it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pymongo.database import Database

from shared.events import Event

Handler = Callable[[Database, Event], None]
Handlers = Mapping[str, Handler]
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
WORD = re.compile(r"[\w.:/-]{1,200}", re.ASCII)


class UnknownVersion(Exception):
    """A type that is read here, in a version that is not."""


@dataclass(frozen=True)
class Record:
    """A Kafka record as it came: bytes."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: list[tuple[str, bytes]]
    value: bytes | None

    def id(self) -> str:
        """The event's id, or a hash of the whole record where there is none."""
        given = dict(self.headers).get("ce_id", b"")
        if given and given.isascii() and len(given) <= 100:
            return given.decode()
        parts = [self.topic.encode(), self.key or b"", repr(self.headers).encode(), self.value or b"\0"]
        return sha256(b"|".join(parts)).hexdigest()

    def case(self) -> str:
        return f"{self.topic}:{(self.key or b'').decode(errors='replace')}"

    def told(self) -> dict[str, Any]:
        """What its headers say where it cannot be read as an event: its type, its number, what it belongs to. Each
        only if it is of its kind; a number tells the place in the order of the case."""
        said = {name: content.decode("ascii", "replace") for name, content in self.headers}
        number = said.get("ce_sequence", "")
        names = {name: said.get(f"ce_{name}", "") for name in ("type", "correlationid")}
        known = {name: text if WORD.fullmatch(text) else None for name, text in names.items()}
        sequence = int(number) if NUMBER.fullmatch(number) else 0
        return {"type": known["type"], "sequence": sequence, "correlation": known["correlationid"]}

    def stood(self) -> dict[str, Any]:
        """Where it stood in its log."""
        return {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "key": (self.key or b"").decode(errors="replace"),
        }

    def kept(self) -> dict[str, Any]:
        """Whole."""
        record = {"key": self.key, "headers": [[n, c] for n, c in self.headers], "value": self.value}
        return self.stood() | {"record": record}

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Record":
        kept = row["record"]
        headers = [(name, bytes(content)) for name, content in kept["headers"]]
        return cls(row["topic"], row["partition"], row["offset"], kept["key"], headers, kept["value"])


@dataclass(frozen=True)
class Reading:
    """How a service reads: its handlers by type, and the topics of which only the last state counts."""

    handlers: Handlers
    compacted: frozenset[str] = frozenset()

    def handler(self, event_type: str) -> Handler | None:
        """None for what this service does not read. Raises UnknownVersion."""
        if event_type in self.handlers:
            return self.handlers[event_type]
        stem = event_type.rpartition(".v")[0]
        if any(known.rpartition(".v")[0] == stem for known in self.handlers):
            raise UnknownVersion(event_type)
        return None
