"""How soon and how far ahead a time may be booked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.booking import refusals
from services.booking.model.calendar import wall


@dataclass(frozen=True)
class Limits:
    """Of a pathway at an office. The last day that may be booked is counted from the office's today, and opens whole at
    its midnight."""

    min_notice_minutes: int = 0
    horizon_days: int = 14

    def window(self, now: datetime, timezone: str) -> tuple[datetime, datetime]:
        """Times may be booked that begin from the first of these instants on, and before the second."""
        last = now.astimezone(ZoneInfo(timezone)).date() + timedelta(days=self.horizon_days)
        return now + timedelta(minutes=self.min_notice_minutes), wall.day_bounds(timezone, last)[1]

    def must_allow(self, starts_at: datetime, timezone: str, now: datetime) -> None:
        earliest, end = self.window(now, timezone)
        if starts_at < earliest:
            raise refusals.TooSoon()
        if starts_at >= end:
            raise refusals.TooFarAhead()
