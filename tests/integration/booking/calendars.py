"""The office of the tests with a calendar, and its slots."""

from datetime import date
from typing import Any

from pymongo.database import Database

from services.booking import refusals, renewal, upkeep
from tests import builders

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
REASON = {"es": "Inventario", "en": "Stocktaking"}
HORIZON = 3


def a_rule(**changes: Any) -> dict[str, Any]:
    """Six slots a day."""
    whole = {"pathway": "orientation", "days": EVERY_DAY, "from": "00:00", "to": "24:00", "minutes": 240, "places": 3}
    return whole | changes


def bring(db: Database, *rules: dict[str, Any], closed: list[date] | None = None, **said: Any) -> renewal.Renewal:
    exceptions = {"closed": [{"first": day.isoformat(), "reason": REASON} for day in closed or []]}
    limits = {"orientation": {"horizon_days": HORIZON}}
    return upkeep.set_calendar(
        db, "guatemala", {"opening": list(rules or [a_rule()]), "exceptions": exceptions, "limits": limits, **said}
    )


def insist(db: Database, *rules: dict[str, Any], **said: Any) -> renewal.Renewal:
    while True:
        try:
            return bring(db, *rules, **said)
        except refusals.Changed:  # somebody was faster: look again
            continue


def day_of(slot: dict[str, Any]) -> date:
    return builders.an_office().today(slot["starts_at"])


def slots_on(db: Database, day: date) -> list[str]:
    return [row["_id"] for row in db.slots.find().sort("starts_at", 1) if day_of(row) == day]
