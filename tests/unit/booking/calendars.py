"""Calendars of one office, and the slots that they give."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from services.booking import model
from tests import builders

MONDAY = date(2026, 11, 23)
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def a_rule(**changes: Any) -> dict[str, Any]:
    whole = {"pathway": "orientation", "days": ["mon"], "from": "08:00", "to": "10:00", "minutes": 30, "places": 3}
    if "desks" in changes:
        del whole["places"]
    return whole | changes


def a_calendar(*rules: dict[str, Any], **office: Any) -> model.Calendar:
    return builders.an_office(opening=rules, **office).calendar


def slots(rule: dict[str, Any], first: date = MONDAY, days: int = 7, timezone: str = builders.GUATEMALA) -> list[dict]:
    return list(a_calendar(a_rule(**rule), timezone=timezone).slots(first, days))


def on_the_wall(found: list[dict], name: str = "starts_at") -> list[str]:
    return [one[name].astimezone(ZoneInfo(one["timezone"])).strftime("%H:%M") for one in found]
