"""Whether an office takes new appointments: open, so many a day, closed, from and until; of all or of one pathway."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.booking.model.calendar import Text

State = Literal["open", "not_yet", "over", "closed"]


@dataclass(frozen=True)
class Intake:
    open: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    message: Text | None = None
    most_per_day: int | None = None  # new bookings by the public on one of the office's days

    def is_open(self, now: datetime) -> bool:
        return self.state(now) == "open"

    def state(self, now: datetime) -> State:
        if not self.open:
            return "closed"
        if self.opens_at is not None and now < self.opens_at:
            return "not_yet"
        return "over" if self.closes_at is not None and self.closes_at <= now else "open"

    def within(self, whole: "Intake", now: datetime) -> "Intake":
        """A pathway's own, as far as that of the whole office lets it: both must be open. Each cap is counted by
        itself. What is said is said by the one that is closed, and by the pathway's where both are alike."""
        first, then = (self, whole) if whole.is_open(now) else (whole, self)
        caps = [one.most_per_day for one in (self, whole) if one.most_per_day is not None]
        return Intake(
            open=self.open and whole.open,
            opens_at=max((one.opens_at for one in (self, whole) if one.opens_at), default=None),
            closes_at=min((one.closes_at for one in (self, whole) if one.closes_at), default=None),
            message=first.message or then.message,
            most_per_day=min(caps, default=None),
        )
