"""Between what a page's form sends and the bodies that schemas read."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from shared import web
from shared.errors import N_

DATE_PARTS = ("year", "month", "day")
NO_MOMENT = N_("Please give day and time, for example 2026-12-01 08:00.")


def asked_date(text: str | None) -> date | None:
    """A day in an address; None for what is no day or out of all bounds, as if none had been asked for."""
    if not text or not is_date(text):
        return None
    asked = date.fromisoformat(text)
    return asked if 2000 <= asked.year <= 2200 else None


def asked_moment(text: str, timezone: str) -> datetime | None:
    """Day and time as the clocks of a zone show them; None for what is none, or out of all bounds."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is not None or not 2000 <= found.year <= 2200:
        return None
    return found.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def shown_moment(at: datetime | None, timezone: str) -> str:
    """As such a field takes it."""
    return at.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M") if at else ""


def date_fields(name: str) -> tuple[str, ...]:
    return tuple(f"{name}.{part}" for part in DATE_PARTS)


def iso_date(values: Mapping[str, Any], name: str) -> str:
    """The three fields of a date as one text; what is no date stays wrong, for the schema to say so."""
    parts = [str(values.get(field, "")) for field in date_fields(name)]
    if not any(parts):
        return ""
    return "-".join(part.zfill(width) for part, width in zip(parts, (4, 2, 2), strict=True))


def is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left empty, so that a schema sees it as missing."""
    return {name: value for name, value in fields.items() if value}


def errors(failed: ValidationError) -> list[dict[str, str]]:
    """`[{"field", "message"}]`; of several about one field, the first."""
    first = {one["field"]: one for one in reversed(web.field_errors(failed))}
    return [*reversed(first.values())]
