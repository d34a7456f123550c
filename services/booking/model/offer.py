"""What is offered: pathways, offices with their intake, partners, slots."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.booking.model import calendar
from services.booking.model.calendar import Calendar, Text
from services.booking.model.intake import Intake
from services.booking.model.limits import Limits

ALL = "*"  # of pathways
FIRST_COME, REQUEST_WINDOW = "first_come", "request_window"


@dataclass(frozen=True)
class Pathway:
    id: str
    name: Text
    description: Text
    bring: Text
    mode: str = FIRST_COME
    max_party: int = 10
    place_per: str = "party"  # or "person": then a party of three takes three places of one time
    cancel_notice_minutes: int = 0
    change_notice_minutes: int = 0
    max_changes: int = 3  # of the time, by the person; the office's own do not count
    rest_minutes_least: int = 2  # a place given back is free again after a while between these two
    rest_minutes_most: int = 30
    hold_minutes: int = 5  # 0: no time of it is held for who has not booked yet
    hold_share: int = 50  # percent of a time's places that may be held so at once, rounded up
    rebook_hours: int = 48  # a place is kept for who lost their time to the office; 0: nobody comes before others
    rebook_days: int = 30  # for so long they come before others
    min_notice_minutes: int = Limits.min_notice_minutes
    horizon_days: int = Limits.horizon_days
    verify_contact: bool | None = None  # not said: where places are scarce, so that they are given by a request window

    @property
    def verifies_contact(self) -> bool:
        return self.mode == "request_window" if self.verify_contact is None else self.verify_contact

    @property
    def rest_minutes(self) -> tuple[int, int]:
        return self.rest_minutes_least, self.rest_minutes_most

    def places_for(self, party_size: int) -> int:
        return party_size if self.place_per == "person" else 1

    def left_by_holds(self, capacity: int) -> int:
        """How many of a time's places, the first by number, are never held for who has not booked yet."""
        return capacity - -(-capacity * self.hold_share // 100)


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
    intakes: dict[str, Intake] = field(default_factory=dict)  # by pathway, where one has its own
    intake_version: int = 0  # raised by each change of one of them
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

    def intake_of(self, pathway_id: str, now: datetime) -> Intake:
        own = self.intakes.get(pathway_id)
        return own.within(self.intake, now) if own else self.intake

    def caps_of(self, pathway_id: str) -> dict[str, int]:
        """How many new bookings a day it takes at most: of this pathway, and of all (ALL), where there is a limit."""
        both = {ALL: self.intake, pathway_id: self.intakes.get(pathway_id)}
        return {name: one.most_per_day for name, one in both.items() if one and one.most_per_day is not None}

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
    walk_ins: int = 0  # held back for who walks in; as the desk is told it, so many that nobody has yet
