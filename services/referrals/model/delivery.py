"""Delivering one event to a partner's webhook: its attempts, when to try again, when to stop."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

WAITING, DELIVERED, FAILED, CANCELLED = "waiting", "delivered", "failed", "cancelled"
ENABLED, DISABLED = "enabled", "disabled"
GONE = 410
LONGEST_WAIT = timedelta(hours=24)
WAITS = (
    *(timedelta(seconds=seconds) for seconds in (5, 30)),
    *(timedelta(minutes=minutes) for minutes in (2, 10, 30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)


@dataclass(frozen=True)
class Answer:
    """What came of one attempt: a status, or the code of the error that kept it from one. Never a body."""

    status: int | None
    error: str | None
    duration_ms: int
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == GONE

    @property
    def summary(self) -> str:
        return self.error or f"status {self.status}"


@dataclass(frozen=True)
class Attempt:
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


@dataclass(frozen=True)
class Delivery:
    """`n` is the event's number in the partner's feed; a replay delivers an old event anew under the event's id."""

    id: str
    partner_id: str
    event_id: str
    type: str
    n: int
    referral_id: str | None
    created_at: datetime
    state: str = WAITING
    is_replay: bool = False
    attempts: tuple[Attempt, ...] = ()
    finished_at: datetime | None = None
    request: dict[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        """A failed one is open to an operator's retry."""
        return self.state in (WAITING, FAILED)

    def attempted(self, answer: Answer, now: datetime) -> "Delivery":
        """An attempt is kept even when the delivery was cancelled while it was under way: it did go out."""
        attempt = Attempt(now, answer.status, answer.error, answer.duration_ms)
        noted = replace(self, attempts=(*self.attempts, attempt))
        if not self.is_open:
            return noted
        if answer.is_success:
            return replace(noted, state=DELIVERED, finished_at=now)
        if answer.is_gone or len(noted.attempts) > len(WAITS):
            return replace(noted, state=FAILED, finished_at=now)
        return noted

    def cancel(self, now: datetime) -> "Delivery":
        return replace(self, state=CANCELLED, finished_at=now)

    def fail(self, now: datetime) -> "Delivery":
        return replace(self, state=FAILED, finished_at=now)


@dataclass(frozen=True)
class Endpoint:
    """Where a partner wants its events."""

    partner_id: str
    url: str
    changed_at: datetime
    state: str = ENABLED
    disabled_at: datetime | None = None
    disabled_reason: str | None = None

    @property
    def is_enabled(self) -> bool:
        return self.state == ENABLED

    @property
    def etag(self) -> str:
        """Another one after each change."""
        return f'"{round(self.changed_at.timestamp() * 1000)}-{self.state}"'

    def disable(self, reason: str, now: datetime) -> "Endpoint":
        return replace(self, state=DISABLED, disabled_at=now, disabled_reason=reason)


def retry_delay(attempts: int, retry_after: timedelta | None, jitter: float) -> timedelta:
    """How long to wait after so many attempts; `jitter` in 0..1 spreads it by a tenth. A stated Retry-After wins."""
    if retry_after is not None:
        return min(max(retry_after, timedelta(seconds=1)), LONGEST_WAIT)
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    return wait * (1 + jitter / 10)
