"""Many appointments of an office cancelled at once: proposed, approved by somebody else, worked off, or stopped."""

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.booking import refusals
from services.booking.model.calendar import wall

REASONS = ("office_closed", "programme_ended", "staff_absent")  # what people may be told: none says why they come
PROPOSED, OBJECTED, RUNNING, FINISHED, STOPPED = "proposed", "objected", "running", "finished", "stopped"
AT_WORK = (RUNNING, FINISHED)  # the latter in its last look
LONGEST = timedelta(days=366)
SOON = timedelta(hours=24)

Moment = date | datetime  # a whole day of the office, or an instant


@dataclass(frozen=True)
class Proposal:
    """`note` is for the record, and kept sealed; people are told the reason only, in words that say no more."""

    first: Moment
    last: Moment
    reason: str
    rebook: bool = False
    pathway_id: str | None = None
    note: str | None = None

    def range(self, timezone: str, now: datetime) -> tuple[datetime, datetime]:
        """From and before which instant. Raises UnfitRange."""
        begins_at = _instant(self.first, timezone, end=False)
        ends_at = _instant(self.last, timezone, end=True)
        if ends_at <= begins_at or ends_at - begins_at > LONGEST or ends_at <= now:
            raise refusals.UnfitRange(errors={"to": refusals.UnfitRange.detail})
        return begins_at, ends_at


def _instant(moment: Moment, timezone: str, end: bool) -> datetime:
    return moment if isinstance(moment, datetime) else wall.day_bounds(timezone, moment)[end]


@dataclass(frozen=True)
class MassCancellation:
    id: str
    office_id: str
    begins_at: datetime
    ends_at: datetime
    reason: str
    rebook: bool
    proposed_by: str
    proposed_at: datetime
    request: dict[str, str]  # idempotency: scope, body
    pathway_id: str | None = None
    note: dict[str, str] | None = None  # sealed
    state: str = PROPOSED
    version: int = 1
    decided_by: str | None = None
    decided_at: datetime | None = None
    withdrawn_at: datetime | None = None  # since when no place in its range can be had any more
    reached: datetime | None = None  # who begins before has been looked at
    total: int = 0
    done: int = 0
    moved: int = 0  # to another time, instead
    taken_back: int = 0  # places that were offered to requests
    failed: tuple[str, ...] = ()  # references of those that a person has to look at
    ended_at: datetime | None = None

    @property
    def left(self) -> int:
        """About, while it runs: who cancels meanwhile is counted until its end."""
        if self.state not in (RUNNING, STOPPED):
            return 0
        return max(self.total - self.done - self.moved - self.taken_back - len(self.failed), 0)

    @property
    def since(self) -> datetime:
        return self.ended_at or self.decided_at or self.proposed_at

    def approve(self, by: str, now: datetime) -> "MassCancellation":
        self._must_be_decided_by(by)
        if self.ends_at <= now:
            raise refusals.RangePast()
        return self._changed(state=RUNNING, decided_by=by, decided_at=now)

    def object(self, by: str, now: datetime) -> "MassCancellation":
        """Also by whoever proposed it, who then takes it back."""
        if self.state != PROPOSED:
            raise refusals.DecidedAlready()
        return self._changed(state=OBJECTED, decided_by=by, decided_at=now, ended_at=now)

    def stop(self, now: datetime) -> "MassCancellation":
        if self.state != RUNNING:
            raise refusals.NotRunning()
        return self._changed(state=STOPPED, ended_at=now)

    def _must_be_decided_by(self, by: str) -> None:
        if self.state != PROPOSED:
            raise refusals.DecidedAlready()
        if by == self.proposed_by:
            raise refusals.OwnProposal()

    def _changed(self, **values: Any) -> "MassCancellation":
        return dataclasses.replace(self, version=self.version + 1, **values)

    def closures(self, timezone: str) -> list[dict[str, Any]]:
        """As the calendar's exceptions say it (model/calendar): whole days, and hours of the first and the last."""
        zone = ZoneInfo(timezone)
        first, opens = _on_the_wall(self.begins_at.astimezone(zone))
        last, closes = _on_the_wall(self.ends_at.astimezone(zone))
        if closes == 0:
            last, closes = last - timedelta(days=1), wall.ALL_DAY
        rest = {"pathways": [self.pathway_id]} if self.pathway_id else {}
        return [row | rest for row in _rows(first, opens, last, closes)]


def _on_the_wall(local: datetime) -> tuple[date, int]:
    return local.date(), local.hour * 60 + local.minute


def _rows(first: date, opens: int, last: date, closes: int) -> list[dict[str, Any]]:
    if first == last:  # where the clocks go back the end may stand before the beginning
        opens, closes = min(opens, closes), max(opens + 1, closes)
        return [_row(first, last, opens, closes)]
    one_day, found = timedelta(days=1), []
    if opens:
        found, first = [_row(first, first, opens, wall.ALL_DAY)], first + one_day
    tail = []
    if closes < wall.ALL_DAY:
        tail, last = [_row(last, last, 0, closes)], last - one_day
    return [*found, *([_row(first, last, 0, wall.ALL_DAY)] if first <= last else []), *tail]


def _row(first: date, last: date, opens: int, closes: int) -> dict[str, Any]:
    row: dict[str, Any] = {"first": first.isoformat(), "last": last.isoformat()}
    return row if (opens, closes) == (0, wall.ALL_DAY) else row | {"from": _text(opens), "to": _text(closes)}


def _text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
