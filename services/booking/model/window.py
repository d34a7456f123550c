"""A request window: from its plan to the end of its waitlist. What is drawn in it and how: model/draw."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.booking import refusals
from services.booking.model import draw
from shared.errors import N_

PLANNED, OPEN, CLOSING, REVIEW = "planned", "open", "closing", "review"
COMMITTED, DRAWN, APPLIED, ENDED = "committed", "drawn", "applied", "ended"
STATES = (PLANNED, OPEN, CLOSING, REVIEW, COMMITTED, DRAWN, APPLIED, ENDED)
MARGIN = timedelta(minutes=5)  # a close that comes a little late still finds its round of drand far enough ahead
SOONEST_START = timedelta(days=2)  # from the close to the first slot: to draw, to answer, to prepare and to travel


@dataclass(frozen=True)
class Window:
    """Its id is the draw's as well. `told`: what people entered of the seed, with who did."""

    id: str
    pathway_id: str
    offices: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    waitlist_until: datetime
    rule: draw.Rule
    source: draw.Drand | draw.Officers
    confirm_hours: int = 23
    state: str = PLANNED
    closed_at: datetime | None = None
    committed_at: datetime | None = None  # when list and hash were published
    released_by: str | None = None  # who of privacy looked at the rows that are alone
    told: tuple[dict[str, Any], ...] = ()  # {by, value, at}
    applied_to: str = ""  # the last entry whom the outcome was noted of
    version: int = 1

    def becomes(self, state: str, **values: Any) -> "Window":
        """One step further; never back, never the same step twice."""
        if STATES.index(state) <= STATES.index(self.state):
            raise refusals.Changed()
        return self.changed(state=state, **values)

    def changed(self, **values: Any) -> "Window":
        return dataclasses.replace(self, version=self.version + 1, **values)

    def is_planned_as(self, other: "Window") -> bool:
        """Whatever became of it since."""
        names = ("pathway_id", "offices", "opens_at", "closes_at", "waitlist_until", "rule", "confirm_hours")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.confirm_hours)

    def seed_after(self, now: datetime) -> draw.Drand | draw.Officers:
        """The source as it was named; when list and hash are out later than was planned, the first round of drand that
        nobody can know yet. The commitment names it, so it is fixed before it comes all the same."""
        late = isinstance(self.source, draw.Drand) and self.source.comes_at < now + draw.PAUSE
        return draw.Drand.not_before(now + draw.PAUSE) if late else self.source

    def seed_comes_at(self) -> datetime:
        """Not before, the seed may be known."""
        if self.committed_at is None:
            raise refusals.WrongState()
        return self.source.comes_at if isinstance(self.source, draw.Drand) else self.committed_at + draw.PAUSE

    def seed(self) -> draw.Seed | None:
        """As people have told it; None while one of them has not. Raises UnfitSeed."""
        if len(self.told) < 2:
            return None
        first, second = (one["value"] for one in self.told[:2])
        if isinstance(self.source, draw.Drand):
            return self.source.entered(first, second)
        if draw.published.sha256(first) != self.source.commitments[0]:
            first, second = second, first
        return self.source.revealed(first, second)

    def tell(self, now: datetime, by: str, value: str) -> "Window":
        """Somebody enters a round of drand as they read it, or an officer reveals. Each person once, and not before the
        pause is over."""
        if self.state != COMMITTED:
            raise refusals.WrongState()
        if now < self.seed_comes_at():
            raise refusals.NotYet()
        if any(one["by"] == by for one in self.told):
            raise refusals.UnfitSeed(errors={"value": N_("The two values must come from two different people.")})
        if not draw.seed.SHA256.fullmatch(value):
            raise refusals.UnfitSeed(errors={"value": N_("64 digits from 0 to 9 and a to f, in small letters.")})
        if isinstance(self.source, draw.Officers) and draw.published.sha256(value) not in self._left():
            raise refusals.UnfitSeed(errors={"value": N_("This is not what was committed to.")})
        told = self.changed(told=(*self.told, {"by": by, "value": value, "at": now}))
        told.seed()
        return told

    def _left(self) -> set[str]:
        """The commitments that nobody has revealed yet."""
        told = {draw.published.sha256(one["value"]) for one in self.told}
        return set(self.source.commitments) - told if isinstance(self.source, draw.Officers) else set()


def plan(window: Window, starts: list[datetime], now: datetime) -> Window:
    """Refuses what could not be held. `starts`: when its slots begin."""
    wrong = {}
    if not draw.is_code(window.id):
        wrong["id"] = N_("Letters, digits, dots, dashes and underlines only.")
    if window.opens_at >= window.closes_at:
        wrong["closes_at"] = N_("It must close after it opens.")
    elif window.closes_at <= now:
        wrong["closes_at"] = N_("It must close later than now.")
    if window.waitlist_until <= window.closes_at:
        wrong["waitlist_until"] = N_("The waitlist must last beyond the close.")
    if not starts:
        wrong["offices"] = N_("There is no free place there in that time.")
    elif min(starts) < window.closes_at + SOONEST_START:
        wrong["from"] = N_("The first time must be two days after the close or later.")
    if not 1 <= window.confirm_hours <= 168:
        wrong["confirm_hours"] = N_("From one hour to a week.")
    if wrong:
        raise refusals.UnfitWindow(errors=wrong)
    return window
