"""Holidays of an office: its country's, by the library `holidays`, with what is celebrated only there, and without what
is worked through."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import holidays

from services.booking.model.calendar.exceptions import Text

PUBLIC = "public"
NOT_CLOSED = {"half_day", "workday"}  # kinds the library has that are no reason to be closed all day
LANGUAGES = {"es": ("es",), "en": ("en_US", "en_GB", "en")}  # ours, and what the library may call them


@dataclass(frozen=True)
class Holiday:
    """`when` is a day, `2027-05-03`, or the same day of each year, `05-03`."""

    when: str
    name: Text


@dataclass(frozen=True)
class Holidays:
    country: str | None = None
    subdivision: str | None = None
    categories: tuple[str, ...] = (PUBLIC,)
    added: tuple[Holiday, ...] = ()
    removed: tuple[str, ...] = ()

    def on(self, day: date) -> Text | None:
        """The name of the holiday that this day is."""
        names = (day.isoformat(), day.isoformat()[5:])
        for one in self.added:
            if one.when in names:
                return one.name
        if self.country is None or any(name in self.removed for name in names):
            return None
        return _of_year(self.country, self.subdivision, self.categories, day.year).get(day)


def countries() -> dict[str, list[str]]:
    """Codes of the countries whose holidays are known, and of their subdivisions."""
    return holidays.list_supported_countries(include_aliases=False)


def categories(country: str) -> set[str]:
    return set(holidays.country_holidays(country).supported_categories) - NOT_CLOSED


@functools.lru_cache(maxsize=256)
def _of_year(country: str, subdivision: str | None, categories: tuple[str, ...], year: int) -> Mapping[date, Text]:
    """In languages that the library has not, as they are called there. Always one that it is told: else it asks the
    environment."""
    about = holidays.country_holidays(country)
    found: dict[date, Text] = {}
    for language, theirs in LANGUAGES.items():
        named = next((one for one in theirs if one in about.supported_languages), about.default_language)
        kept = holidays.country_holidays(country, subdivision, year, language=named, categories=categories)
        for day, name in kept.items():
            found.setdefault(day, {})[language] = name
    return found
