"""What is offered: pathways, offices with their intake, partners, slots."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Text = dict[str, str]  # {"es": …, "en": …}


@dataclass(frozen=True)
class Pathway:
    id: str
    name: Text
    description: Text
    bring: Text
    mode: str = "first_come"
    max_party: int = 10
    cancel_notice_minutes: int = 0


@dataclass(frozen=True)
class Intake:
    open: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    message: Text | None = None

    def is_open(self, now: datetime) -> bool:
        begun = self.opens_at is None or self.opens_at <= now
        return self.open and begun and (self.closes_at is None or now < self.closes_at)


@dataclass(frozen=True)
class Office:
    id: str
    name: str
    city: str
    region: str
    address: str
    phone: str
    timezone: str
    languages: tuple[str, ...]
    pathways: tuple[str, ...]
    intake: Intake = Intake()
    opening: tuple[dict[str, Any], ...] = ()  # see schedule.py
    sample: bool = False

    def today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.timezone)).date()


@dataclass(frozen=True)
class Partner:
    """Somebody a person may be referred to: as far as it must be known to ask for consent."""

    id: str
    name: str
    services: tuple[str, ...]


@dataclass(frozen=True)
class Slot:
    id: str
    office_id: str
    pathway_id: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    capacity: int
    free: int  # advice: the claim of a place is the truth
