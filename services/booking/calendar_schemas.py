"""What an office's calendar says in a file or a form (model/calendar has an example), checked field by field; and
whether all of it can be true together."""

import re
import zoneinfo
from datetime import date
from typing import Any

from marshmallow import EXCLUDE, ValidationError, fields, validate, validates_schema

from services.booking.kinds import Line
from services.booking.model import calendar
from services.booking.model.calendar import holidays, opening, wall
from services.booking.schemas.choices import Strict
from shared.errors import N_

Row = dict[str, Any]
MOST_ROWS = 500
MOST_PLACES = 500
LONGEST_NOTICE = 90 * 24 * 60
LONGEST_WALK_IN = 7 * 24 * 60
LONGEST_HORIZON = 366

_time = validate.Regexp(
    re.compile(r"(([01]\d|2[0-3]):[0-5]\d|24:00)\Z", re.ASCII),
    error=N_("Please give a time as 08:30; the last is 24:00."),
)


def _zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(N_("This is no time zone of the IANA list. Example: America/Guatemala."))


def _day(text: str) -> None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise ValidationError(N_("Please give a day as year-month-day."))


def _day_or_each_year(text: str) -> None:
    _day(text if len(text) > 5 else f"2000-{text}")


def _distinct(values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValidationError(N_("Please name each once."))


def _names(longest: int = 60, **kwargs: Any) -> fields.List:
    most = validate.Length(min=1, max=MOST_PLACES, error=N_("Please name at least one."))
    return fields.List(Line(longest=longest), validate=[most, _distinct], **kwargs)


def _number(least: int, most: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=least, max=most), **kwargs)


def _languages(**kwargs: Any) -> fields.List:
    code = validate.Regexp(r"[a-z]{2,3}\Z", error=N_("This is not the code of a language."))
    return fields.List(fields.String(validate=code), **kwargs)


def _rows(of: type[Strict], **kwargs: Any) -> fields.List:
    return fields.List(
        fields.Nested(of), validate=validate.Length(max=MOST_ROWS, error=N_("This is too long.")), **kwargs
    )


class TextIn(Strict):
    es = Line(longest=200, required=True)
    en = Line(longest=200, required=True)


class HoursIn(Strict):
    pathway = fields.String(required=True)
    from_ = fields.String(data_key="from", attribute="from", required=True, validate=_time)
    to = fields.String(required=True, validate=_time)
    minutes = _number(5, wall.ALL_DAY, required=True)
    buffer = _number(0, wall.ALL_DAY)
    places = _number(1, MOST_PLACES)
    desks = _names(metadata={"description": "or rooms: as many people at a time as these"})
    languages = _languages(metadata={"description": "spoken in these hours; the office's, when left out"})
    walk_ins = _number(0, MOST_PLACES, metadata={"description": "places of each time held back for who walks in"})
    walk_ins_free_minutes = _number(
        0, LONGEST_WALK_IN, metadata={"description": "so many minutes before, those left are everybody's; else never"}
    )

    @validates_schema
    def _has_slots(self, data: Row, **_: Any) -> None:
        length = wall.minutes(data["to"]) - wall.minutes(data["from"])
        if length <= 0:
            raise ValidationError({"to": [N_("This lies before the time at which it begins.")]})
        if data["minutes"] > length:
            raise ValidationError({"minutes": [N_("These hours are shorter than one appointment.")]})
        if ("places" in data) == ("desks" in data):
            raise ValidationError({"places": [N_("Please give either a number of places or the names of the desks.")]})
        if data.get("walk_ins", 0) > (len(data.get("desks", ())) or data["places"]):
            raise ValidationError({"walk_ins": [N_("There are not as many places at a time.")]})


class OpeningIn(HoursIn):
    days = fields.List(
        fields.String(validate=validate.OneOf(opening.DAYS, error=N_("Days are mon, tue, wed, thu, fri, sat, sun."))),
        required=True,
        validate=[validate.Length(min=1, error=N_("Please name at least one.")), _distinct],
    )
    valid_from = fields.String(allow_none=True, validate=_day)
    valid_until = fields.String(allow_none=True, validate=_day)
    on_holidays = fields.Boolean(metadata={"description": "also on holidays; without it closed then"})

    @validates_schema
    def _is_valid_some_day(self, data: Row, **_: Any) -> None:
        _must_be_in_order(data, "valid_from", "valid_until")


class ExtraDayIn(HoursIn):
    date = fields.String(required=True, validate=_day)


class SpanIn(Strict):
    first = fields.String(required=True, validate=_day)
    last = fields.String(allow_none=True, validate=_day)
    from_ = fields.String(data_key="from", attribute="from", validate=_time)
    to = fields.String(validate=_time)
    pathways = _names(longest=120)

    @validates_schema
    def _in_order(self, data: Row, **_: Any) -> None:
        _must_be_in_order(data, "first", "last")
        if wall.minutes(data.get("to", "24:00")) <= wall.minutes(data.get("from", "00:00")):
            raise ValidationError({"to": [N_("This lies before the time at which it begins.")]})


class ClosedIn(SpanIn):
    reason = fields.Nested(TextIn, required=True)


class FewerDesksIn(SpanIn):
    without = _names()
    places = _number(0, MOST_PLACES)

    @validates_schema
    def _says_how_many(self, data: Row, **_: Any) -> None:
        if "without" not in data and "places" not in data:
            raise ValidationError({"without": [N_("Please say which desks are missing, or how many places are left.")]})


class ExceptionsIn(Strict):
    closed = _rows(ClosedIn)
    extra_days = _rows(ExtraDayIn)
    fewer_desks = _rows(FewerDesksIn)


class HolidayIn(Strict):
    date = fields.String(required=True, validate=_day_or_each_year)
    name = fields.Nested(TextIn, required=True)


class HolidaysIn(Strict):
    country = fields.String(allow_none=True)
    subdivision = fields.String(allow_none=True)
    categories = _names()
    add = _rows(HolidayIn)
    remove = fields.List(fields.String(validate=_day_or_each_year))

    @validates_schema
    def _is_known(self, data: Row, **_: Any) -> None:
        known, country = holidays.countries(), data.get("country")
        if country is None:
            return
        if country not in known:
            raise ValidationError({"country": [N_("No holidays are known of this country. Example: GT.")]})
        if data.get("subdivision") and data["subdivision"] not in known[country]:
            raise ValidationError({"subdivision": [N_("This country has no such part.")]})
        if not set(data.get("categories", ())) <= holidays.categories(country):
            raise ValidationError({"categories": [N_("This country has no such kind of holidays.")]})


class LimitsIn(Strict):
    min_notice_minutes = _number(0, LONGEST_NOTICE)
    horizon_days = _number(0, LONGEST_HORIZON)


class CalendarIn(Strict):
    """All of it, with what it rests on of the office. Loads into the same, as it is kept."""

    id = fields.String(required=True)
    timezone = fields.String(required=True, validate=_zone)
    languages = _languages(validate=[validate.Length(min=1, error=N_("Please name at least one.")), _distinct])
    pathways = fields.List(fields.String(), required=True)
    opening = _rows(OpeningIn)
    holidays = fields.Nested(HolidaysIn)
    exceptions = fields.Nested(ExceptionsIn)
    limits = fields.Dict(keys=fields.String(), values=fields.Nested(LimitsIn))

    @validates_schema
    def _can_be_true(self, data: Row, **_: Any) -> None:
        faults: Row = {}
        unknown = [("limits", pathway) for pathway in data.get("limits", ()) if pathway not in data["pathways"]]
        found = [(path, calendar.NOT_OFFERED) for path in unknown]
        for (*path, field), message in [*found, *calendar.conflicts(calendar.read(data), data["pathways"])]:
            at = faults
            for step in path:
                at = at.setdefault(step, {})
            at.setdefault(field, [message])
        if faults:
            raise ValidationError(faults)


CALENDAR = CalendarIn()
LIMITS = LimitsIn(unknown=EXCLUDE)  # as a pathway's row has them


def of_office(row: Row) -> Row:
    """What the row of an office says of its calendar. Raises marshmallow.ValidationError."""
    found: Row = CALENDAR.load({name: row[name] for name in CALENDAR.fields if name in row})
    return found


def _must_be_in_order(data: Row, first: str, last: str) -> None:
    if (data.get(first) or "") > (data.get(last) or "9999"):
        raise ValidationError({last: [N_("This day lies before the first one.")]})
