"""What was sent, in memory and bounded: the newest messages are kept, the oldest fall out."""

import base64
import collections
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

MOST_MESSAGES = 10_000
MOST_BYTES = 128 * 1024 * 1024


def now() -> datetime:
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def address(value: str) -> str:
    """Phones and email addresses in the form they are compared in."""
    value = value.strip()
    return value.lower() if "@" in value else "".join(filter(str.isdigit, value))


@dataclass(frozen=True)
class Attachment:
    filename: str
    content_type: str
    data: bytes

    def shown(self) -> dict[str, str]:
        if self.content_type.startswith("text/"):
            content, encoding = self.data.decode("utf-8", "replace"), "text"
        else:
            content, encoding = base64.b64encode(self.data).decode(), "base64"
        return {
            "filename": self.filename,
            "content_type": self.content_type,
            "content": content,
            "encoding": encoding,
        }


@dataclass
class Message:
    id: str
    channel: str
    to: str
    sender: str
    text: str
    subject: str | None = None
    html: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    message_id: str | None = None  # email: the header
    reference: str | None = None  # SMS: the sender's own id
    status: str = "accepted"
    received_at: datetime = field(default_factory=now)

    def size(self) -> int:
        return len(self.text) + len(self.html or "") + sum(len(each.data) for each in self.attachments) + 512

    def shown(self) -> dict[str, Any]:
        shown = asdict(self)
        shown["from"] = shown.pop("sender")
        shown["attachments"] = [each.shown() for each in self.attachments]
        shown["received_at"] = instant(self.received_at)
        return shown


@dataclass
class Reply:
    """What somebody typed on a phone of the demo."""

    phone: str
    text: str
    status: str = "sending"
    received_at: datetime = field(default_factory=now)


class Box:
    def __init__(self, most: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._messages: collections.deque[Message] = collections.deque()
        self._most = most
        self._replies: collections.deque[Reply] = collections.deque(maxlen=1000)
        self._lock = threading.Lock()

    def add(self, message: Message) -> None:
        with self._lock:
            self._messages.append(message)
            self._bytes += message.size()
            while len(self._messages) > self._most or self._bytes > self._most_bytes:
                self._bytes -= self._messages.popleft().size()

    def find(self, wanted: Callable[[Message], bool] = lambda message: True) -> list[Message]:
        """Newest last."""
        with self._lock:
            return [message for message in self._messages if wanted(message)]

    def get(self, message_id: str) -> Message | None:
        return next(iter(self.find(lambda message: message.id == message_id)), None)

    def reply(self, reply: Reply) -> None:
        with self._lock:
            self._replies.append(reply)

    def replies(self) -> list[Reply]:
        with self._lock:
            return list(self._replies)

    def clear(self) -> None:
        with self._lock:
            self._messages.clear()
            self._replies.clear()
            self._bytes = 0
