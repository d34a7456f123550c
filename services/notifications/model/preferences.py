"""What a person chose: which channels, quiet hours, none at all; and what it means for one message."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.model.contact import EMAIL, SMS, Person
from services.notifications.model.message import Message
from shared import errors
from shared.errors import N_

WHEN_AND_WHERE = ("starts_at", "office")
NOT_THERE = {EMAIL: N_("We have no email address of yours."), SMS: N_("We have no phone number of yours.")}


class NoContact(errors.Invalid):
    code = "no-contact"
    title = N_("We have no such contact of yours")
    detail = N_("Choose only what we have a phone number or an email address for.")


@dataclass(frozen=True)
class QuietHours:
    """From an hour to another, over midnight too, on the clock of the office."""

    begin: time
    end: time

    def until(self, now: datetime, timezone: str) -> datetime | None:
        """When they end, if it is quiet now."""
        here = now.astimezone(ZoneInfo(timezone))
        clock = here.time()
        over_midnight = self.begin > self.end
        quiet = (clock >= self.begin or clock < self.end) if over_midnight else self.begin <= clock < self.end
        if not quiet:
            return None
        day = here.date() + timedelta(days=1 if over_midnight and clock >= self.begin else 0)
        return datetime.combine(day, self.end, here.tzinfo).astimezone(now.tzinfo)


@dataclass(frozen=True)
class Preferences:
    """Chosen by the person on our page; without one, what was chosen at the booking holds."""

    person_id: str
    channels: tuple[str, ...]
    language: str
    quiet_hours: QuietHours | None = None
    stop: bool = False

    def without(self, channel: str) -> "Preferences":
        return replace(self, channels=tuple(one for one in self.channels if one != channel))

    @property
    def active(self) -> tuple[str, ...]:
        return () if self.stop else self.channels

    def must_be_reached(self, person: Person) -> None:
        missing = [channel for channel in self.channels if channel not in person.contacts]
        if missing:
            raise NoContact(errors={"channels": NOT_THERE[missing[0]]})


def of(person: Person) -> Preferences:
    """What holds before the person has chosen anything here."""
    return Preferences(person.id, person.channels, person.language)


def reason_to_stop(
    message: Message,
    person: Person,
    chosen: Preferences | None,
    opted_out: bool,
    appointment: dict[str, Any] | None,
    now: datetime,
) -> str | None:
    """Why the message shall not be sent any more; None if it is still due."""
    if person.erased:
        return "erased"
    if opted_out or (chosen and message.channel not in chosen.active):
        return "opted_out"
    if chosen is None and message.only_if_chosen and message.channel not in person.channels:
        return "not_chosen"
    if message.kind.status and appointment and appointment["status"] != message.kind.status:
        return "no_longer_due"
    if message.kind.status and appointment and _is_elsewhere(message, appointment):
        return "no_longer_due"
    starts_at, valid_until = message.facts.get("starts_at"), message.facts.get("valid_until")
    if message.kind.before_start and starts_at and now >= starts_at:
        return "no_longer_due"
    return "no_longer_due" if valid_until and now >= valid_until else None


def _is_elsewhere(message: Message, appointment: dict[str, Any]) -> bool:
    """It was changed to another time, or another office, after what the message tells."""
    return any(
        name in appointment and message.facts.get(name) not in (None, appointment[name]) for name in WHEN_AND_WHERE
    )


def put_off(message: Message, chosen: Preferences | None, now: datetime) -> datetime | None:
    """An SMS waits until the person's quiet hours end, unless it would then be too late to be of use."""
    if chosen is None or chosen.quiet_hours is None or message.channel != SMS:
        return None
    until = chosen.quiet_hours.until(now, message.timezone)
    starts_at = message.facts.get("starts_at")
    if until and message.kind.before_start and starts_at and until >= starts_at:
        return None
    return until
