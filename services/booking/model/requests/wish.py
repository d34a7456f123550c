"""What a person asks for: where and when it suits, for whom, with which needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.booking import refusals
from services.booking.model.offer import Pathway
from services.booking.model.request import AtTheDesk, Companion, Person
from services.booking.model.window import Window
from shared.errors import N_

MORNING, AFTERNOON, EVENING = PARTS = ("morning", "afternoon", "evening")
PART_ENDS = ((12, MORNING), (18, AFTERNOON), (24, EVENING))
ADULT_YEARS = 18


def part_of_day(starts_at: datetime, timezone: str) -> str:
    """In office time."""
    hour = starts_at.astimezone(ZoneInfo(timezone)).hour
    return next(part for until, part in PART_ENDS if hour < until)


def adults(person: Person, companions: Iterable[Companion], on: date) -> list[Person | Companion]:
    """Whoever asks, and the grown-ups who come along: a party has waited as long as the newest of them."""
    return [person, *adults_beside(companions, on)]


def adults_beside(companions: Iterable[Companion], on: date) -> list[Companion]:
    return [one for one in companions if _years(one.birth_date, on) >= ADULT_YEARS]


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@dataclass(frozen=True)
class Wish:
    """Where and when it suits: offices, the best first; parts of the day, none for any; needs the rule knows.
    `listed`: who changes it had room for so many offices, and says nothing of those named after them."""

    offices: tuple[str, ...]
    availability: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()
    listed: int | None = None

    @property
    def party_size(self) -> int:
        return 1 + len(self.companions)

    def offices_after(self, before: tuple[str, ...]) -> tuple[str, ...]:
        """All that it names from now on, of a request that named those before."""
        kept = () if self.listed is None else before[self.listed :]
        return tuple(dict.fromkeys((*self.offices, *kept)))

    def must_fit(self, window: Window, pathway: Pathway) -> None:
        wrong = {}
        if not set(self.offices) <= set(window.offices):
            wrong["offices"] = N_("One of these offices gives no places in this window.")
        if not set(self.needs) <= set(window.rule.minimums):
            wrong["needs"] = N_("No places are kept for one of these needs in this window.")
        if wrong:
            raise refusals.UnfitWish(errors=wrong)
        if self.party_size > pathway.max_party:
            detail = refusals.PartyTooLarge.detail
            raise refusals.PartyTooLarge(errors={"companions": detail}, most=pathway.max_party)


@dataclass(frozen=True)
class Asked:
    """What a person sends to ask for a place."""

    pathway_id: str
    wish: Wish
    language: str
    channels: tuple[str, ...]
    person: Person
    needs: tuple[str, ...] = ()  # what the office prepares; those that places are kept for are of the wish
    interpreter: str | None = None
    verification: str | None = None  # the id of one of the person's contacts' verification
    desk: AtTheDesk | None = None

    @property
    def companions(self) -> tuple[Companion, ...]:
        return self.wish.companions
