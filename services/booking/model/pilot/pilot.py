"""A pilot: where, what for, from when to when, with how many places a week."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.booking import refusals
from services.booking.model.calendar import wall
from shared.errors import N_

WEEK = timedelta(days=7)
LONGEST = timedelta(days=2 * 366)
UNKNOWN_OFFICE = N_("There is no such office.")
NOT_OFFERED = N_("None of these offices offers this service.")
UNFIT_END = N_("The last day lies before the first one, or more than two years after it.")
OPENS_LATE = N_("Intake would open after the last day.")
UNFIT_PLAN = N_("The plan names an office or a service that takes no part, or one twice.")


@dataclass(frozen=True)
class Planned:
    """Places a week."""

    office_id: str
    pathway_id: str
    places: int


@dataclass(frozen=True)
class Planning:
    """What a programme lead says of it."""

    name: str
    offices: tuple[str, ...]
    pathways: tuple[str, ...]
    first: date
    last: date
    opens_on: date  # the day on which intake opens, by the clock on each office's wall
    opens_at: str  # and the hour, 08:00
    plan: tuple[Planned, ...] = ()

    def must_fit(self, offered: Mapping[str, Collection[str]]) -> None:
        """`offered`: the services of each office there is. Raises UnfitPilot with the fields at fault."""
        wrong: dict[str, str] = {}
        known = {pathway for office in self.offices for pathway in offered.get(office, ())}
        if not set(self.offices) <= set(offered):
            wrong["offices"] = UNKNOWN_OFFICE
        elif not set(self.pathways) <= known:
            wrong["pathways"] = NOT_OFFERED
        if self.last < self.first or self.last - self.first > LONGEST:
            wrong["last"] = UNFIT_END
        if self.opens_on > self.last:
            wrong["opens_on"] = OPENS_LATE
        planned = [(row.office_id, row.pathway_id) for row in self.plan]
        named = {(office, pathway) for office in self.offices for pathway in self.pathways}
        if not wrong and (not set(planned) <= named or len(set(planned)) < len(planned)):
            wrong["plan"] = UNFIT_PLAN
        if wrong:
            raise refusals.UnfitPilot(errors=wrong)


@dataclass(frozen=True, kw_only=True)
class Pilot(Planning):
    id: str
    made_by: str
    made_at: datetime
    request: dict[str, str]  # idempotency: scope, body

    @property
    def weeks(self) -> int:
        return -(-((self.last - self.first).days + 1) // WEEK.days)

    @property
    def places_a_week(self) -> int:
        return sum(row.places for row in self.plan)

    def bounds(self, timezone: str) -> tuple[datetime, datetime]:
        """From and before which instant an office of this zone takes part."""
        return wall.day_bounds(timezone, self.first)[0], wall.day_bounds(timezone, self.last)[1]

    def intake_opens(self, timezone: str) -> datetime | None:
        """None where the clocks skip that time."""
        return wall.instant(self.opens_on, wall.minutes(self.opens_at), ZoneInfo(timezone))
