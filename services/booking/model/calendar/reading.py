"""An office's calendar out of its document, or out of a file that was checked (calendar_schemas.py)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.booking.model.calendar import wall
from services.booking.model.calendar.calendar import Calendar
from services.booking.model.calendar.exceptions import Closed, FewerDesks, Span
from services.booking.model.calendar.holidays import PUBLIC, Holiday, Holidays
from services.booking.model.calendar.opening import ExtraDay, Hours, Opening

Row = Mapping[str, Any]


def read(office: Row) -> Calendar:
    exceptions = office.get("exceptions") or {}
    return Calendar(
        office_id=office["id"],
        timezone=office["timezone"],
        languages=tuple(office.get("languages") or ()),
        opening=tuple(opening(row) for row in office.get("opening") or ()),
        extra_days=tuple(extra_day(row) for row in exceptions.get("extra_days") or ()),
        closed=tuple(Closed(_span(row), row["reason"]) for row in exceptions.get("closed") or ()),
        fewer_desks=tuple(_fewer(row) for row in exceptions.get("fewer_desks") or ()),
        holidays=_holidays(office.get("holidays") or {}),
    )


def opening(row: Row) -> Opening:
    return Opening(
        hours=_hours(row),
        days=tuple(row["days"]),
        valid_from=_day(row.get("valid_from")) or date.min,
        valid_until=_day(row.get("valid_until")) or date.max,
        on_holidays=row.get("on_holidays", False),
    )


def extra_day(row: Row) -> ExtraDay:
    return ExtraDay(_hours(row), date.fromisoformat(row["date"]))


def _hours(row: Row) -> Hours:
    desks = tuple(row.get("desks") or ())
    return Hours(
        pathway=row["pathway"],
        opens=wall.minutes(row["from"]),
        closes=wall.minutes(row["to"]),
        minutes=row["minutes"],
        buffer=row.get("buffer") or 0,
        places=len(desks) or row["places"],
        desks=desks,
        languages=tuple(row.get("languages") or ()),
        walk_ins=row.get("walk_ins") or 0,
        walk_ins_free=row.get("walk_ins_free_minutes"),
    )


def _span(row: Row) -> Span:
    first = date.fromisoformat(row["first"])
    return Span(
        first=first,
        last=_day(row.get("last")) or first,
        opens=wall.minutes(row.get("from") or "00:00"),
        closes=wall.minutes(row.get("to") or "24:00"),
        pathways=tuple(row.get("pathways") or ()),
    )


def _fewer(row: Row) -> FewerDesks:
    return FewerDesks(_span(row), tuple(row.get("without") or ()), row.get("places"))


def _holidays(row: Row) -> Holidays:
    return Holidays(
        country=row.get("country"),
        subdivision=row.get("subdivision"),
        categories=tuple(row.get("categories") or (PUBLIC,)),
        added=tuple(Holiday(one["date"], one["name"]) for one in row.get("add") or ()),
        removed=tuple(row.get("remove") or ()),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def closed_too(exceptions: Row, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """These exceptions with more closed times, without the extra days that would lie in them."""
    spans = [_span(row) for row in rows]

    def stays(row: Row) -> bool:
        one = extra_day(row)
        hours = one.hours
        return not any(span.is_of(one.day, hours.pathway) and span.meets(hours.opens, hours.closes) for span in spans)

    kept = [row for row in exceptions.get("extra_days") or () if stays(row)]
    extra = {"extra_days": kept} if "extra_days" in exceptions else {}
    return {**exceptions, **extra, "closed": [*(exceptions.get("closed") or ()), *rows]}
