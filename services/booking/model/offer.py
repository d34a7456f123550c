"""What is offered: pathways, offices with their intake, partners, slots."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.booking.model import calendar
from services.booking.model.calendar import Calendar, Text
from services.booking.model.limits import Limits

FIRST_COME, REQUEST_WINDOW = "first_come", "request_window"


@dataclass(frozen=True)
class Pathway:
    id: str
    name: Text
    description: Text
    bring: Text
    mode: str = FIRST_COME
    max_party: int = 10
    cancel_notice_minutes: int = 0
    min_notice_minutes: int = Limits.min_notice_minutes
    horizon_days: int = Limits.horizon_days


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
    opening: tuple[dict[str, Any], ...] = ()  # this and the next two: see model/calendar
    holidays: dict[str, Any] = field(default_factory=dict)
    exceptions: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, dict[str, int]] = field(default_factory=dict)  # by pathway, where this office has its own
    sample: bool = False

    @property
    def calendar(self) -> Calendar:
        return calendar.read(vars(self))

    def limits_of(self, pathway: Pathway) -> Limits:
        own = self.limits.get(pathway.id, {})
        return Limits(**{"min_notice_minutes": pathway.min_notice_minutes, "horizon_days": pathway.horizon_days} | own)

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
    over_by: int = 0  # so many more have a place than the calendar gives by now
    desks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
