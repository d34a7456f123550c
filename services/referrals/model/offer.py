"""One partner's part of a referral: what it was offered, until when, and how it answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Offer:
    """`note` is sealed; `note_mark` is its fingerprint, by which the same answer is known again."""

    partner_id: str
    status: str
    offered_at: datetime
    answer_by: datetime
    answered_at: datetime | None = None
    reason: str | None = None
    completed_at: datetime | None = None
    outcome: str | None = None
    note: dict[str, Any] | None = None
    note_mark: str | None = None
