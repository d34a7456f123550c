"""What came in by webhook, and where each referral stands."""

import collections
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deploy.examples.partner import sendero

STATES = {
    "referral.offered.v1": "offered",
    "referral.withdrawn.v1": "withdrawn",
    "referral.expired.v1": "expired",
}


@dataclass
class Received:
    id: str
    partner: str
    type: str | None
    data: dict[str, Any] | None
    signature_valid: bool
    attempts: int = 1
    received_at: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")


@dataclass
class Case:
    partner: str
    id: str
    offer: dict[str, Any]
    state: str = "offered"
    details: dict[str, Any] | None = None
    last: sendero.Answer | None = None


class Desk:
    """What came in and where each referral stands; the oldest fall out of memory."""

    def __init__(self, most: int = 10_000) -> None:
        self.received: collections.OrderedDict[tuple[str, str, bool], Received] = collections.OrderedDict()
        self.cases: collections.OrderedDict[tuple[str, str], Case] = collections.OrderedDict()
        self.most = most
        self.lock = threading.Lock()

    def take(self, event: Received) -> Case | None:
        """The referral that this event changed: None when it was here before or is about none."""
        with self.lock:
            key = (event.partner, event.id, event.signature_valid)
            if known := self.received.get(key):
                known.attempts += 1
                return None
            self.received[key] = event
            if len(self.received) > self.most:
                self.received.popitem(last=False)
            return self._follow(event) if event.signature_valid else None

    def _follow(self, event: Received) -> Case | None:
        data, state = event.data or {}, STATES.get(event.type or "")
        if state is None or not isinstance(data.get("referral"), str):
            return None
        key = (event.partner, data["referral"])
        case = self.cases.setdefault(key, Case(event.partner, data["referral"], data))
        if len(self.cases) > self.most:
            self.cases.popitem(last=False)
        if state != "offered":
            case.state, case.details = state, None
        return case
