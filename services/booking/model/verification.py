"""A phone or mailbox that somebody says is theirs, and the one-time code that shows it."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.booking import refusals

CODE_LASTS = timedelta(minutes=10)
USABLE_FOR = timedelta(days=1)  # then nothing is left of it
MOST_TRIES = 5


@dataclass(frozen=True)
class VerificationRequest:
    channel: str
    contact: str  # E.164, or an address
    language: str


@dataclass(frozen=True)
class Verification:
    """`person_id` is provisional: under it the contact reaches who sends the code, and is forgotten within a day. The
    real person is made with the booking. `contact` is a keyed fingerprint."""

    id: str
    person_id: str
    channel: str
    contact: str
    language: str
    asked_at: datetime
    request: dict[str, str]  # idempotency: scope, body
    tries: int = 0
    verified_at: datetime | None = None
    used_by: str | None = None  # the scope of the booking's request
    version: int = 1

    @property
    def code_of(self) -> str:
        """What its one-time code is derived from, with the access key: it is kept nowhere."""
        return f"verification|{self.id}"

    @property
    def code_until(self) -> datetime:
        return self.asked_at + CODE_LASTS

    @property
    def forgotten_at(self) -> datetime:
        return self.asked_at + USABLE_FOR

    def tried(self, right: bool, now: datetime) -> "Verification":
        """A code was given. The right one again is the same answer."""
        if self.verified_at and right:
            return self
        if self.verified_at or now >= self.code_until or self.tries >= MOST_TRIES:
            raise refusals.OneTimeCodeVoid()
        return dataclasses.replace(
            self, tries=self.tries + 1, verified_at=now if right else None, version=self.version + 1
        )

    def must_be_good(self, contacts: Collection[str], scope: str, now: datetime) -> None:
        """For a booking with these contacts by the request of this scope."""
        used = self.used_by not in (None, scope)
        if self.verified_at is None or used or self.contact not in contacts or now >= self.forgotten_at:
            raise refusals.ContactNotVerified()
