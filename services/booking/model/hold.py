"""Places of a time kept for somebody: for who has not booked yet, anonymous, for a few minutes; for one whose own time
the office took away, until they answer."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Hold:
    """Whoever knows its id may book with it. `expires_at` is the database's; what is kept counts, not what stands
    here."""

    id: str
    slot_id: str
    party_size: int
    place_ids: tuple[str, ...]
    expires_at: datetime
    request: dict[str, str]  # idempotency: scope, body

    @property
    def holder(self) -> str:
        """Whom the places are held for."""
        return f"hold.{self.id}"


@dataclass(frozen=True)
class Kept:
    """At the same office as the appointment that it stands in for."""

    slot_id: str
    place_ids: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    answer_by: datetime
