"""Places of a time, kept for who has not booked yet: anonymous, for a few minutes."""

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
