"""A person's consent: which partners may know of the case, and whether it still stands."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.referrals.model.refusals import AlreadyWithdrawn


@dataclass(frozen=True)
class Consent:
    id: str
    partners: tuple[str, ...]
    text_version: str
    given_by: str
    recorded_by: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None

    def covers(self, partner_id: str) -> bool:
        return self.stands and partner_id in self.partners

    def withdraw(self, by: str, now: datetime) -> "Consent":
        if not self.stands:
            raise AlreadyWithdrawn()
        return replace(self, withdrawn_at=now, withdrawn_by=by)
