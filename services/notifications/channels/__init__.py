"""The ways a message leaves. Each is `send(settings, outgoing) -> provider's id | None` and fails in two ways only:

    Failure
     ├─ Rejected      this message will never be taken: do not try again
     └─ Unavailable   the provider did not take it now: try again (not before `retry_after`, where it said so)

`reason` is one of a few codes, never a provider's free text, which may quote the recipient.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Outgoing:
    """One message, ready to be handed over. `id` is the same at every attempt of the same hand-over."""

    id: str
    to: str
    language: str
    text: str
    subject: str = ""
    html: str = ""
    unsubscribe_url: str = ""
    calendar: bytes | None = None
    calendar_method: str = "PUBLISH"


class Failure(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rejected(Failure):
    pass


class Unavailable(Failure):
    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
