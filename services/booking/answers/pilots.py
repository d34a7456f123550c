"""A pilot and the report on it: as JSON, and as a table for spreadsheets."""

import csv
import io
from typing import Any

from marshmallow import Schema, fields

from services.booking import model
from services.booking.model import pilot as rules
from shared import web

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet would work out instead of show
COLUMNS = ("planned", "offered", "refused", *rules.COUNTS, "waiting_median_days", "waiting_p90_days")
HIDDEN = "<5"


class PlannedOut(Schema):
    office = fields.String(required=True, attribute="office_id")
    pathway = fields.String(required=True, attribute="pathway_id")
    places = fields.Integer(required=True)


class PilotOut(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    offices = fields.List(fields.String(), required=True)
    pathways = fields.List(fields.String(), required=True)
    first = fields.String(required=True)
    last = fields.String(required=True)
    opens_on = fields.String(required=True)
    opens_at = fields.String(required=True)
    plan = fields.List(fields.Nested(PlannedOut), required=True)
    weeks = fields.Integer(required=True)
    made_at = web.Instant(required=True)


class WaitingOut(Schema):
    median = fields.Integer(allow_none=True, required=True)
    p90 = fields.Integer(allow_none=True, required=True)


class LineOut(Schema):
    group = fields.String(required=True, metadata={"description": f"an id; `{rules.OTHER}`: those too small to tell"})
    planned = fields.Integer(allow_none=True, required=True, metadata={"description": "places"})
    offered = fields.Integer(allow_none=True, required=True, metadata={"description": "places"})
    refused = fields.Integer(
        allow_none=True,
        required=True,
        metadata={"description": "how often somebody was told that no place was left; again, if they tried again"},
    )
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(allow_none=True),
        required=True,
        metadata={"description": "null: hidden, since it is under five or would give such a number away"},
    )
    waiting_days = fields.Nested(WaitingOut, required=True)


class ReportOut(Schema):
    pilot = fields.Nested(PilotOut, required=True)
    as_of = web.Instant(required=True)
    total = fields.Nested(LineOut, required=True)
    by_office = fields.List(fields.Nested(LineOut), required=True)
    by_pathway = fields.List(fields.Nested(LineOut), required=True)
    by_language = fields.List(fields.Nested(LineOut), required=True)
    by_week = fields.List(fields.Nested(LineOut), required=True)


def pilot(one: model.Pilot) -> dict[str, Any]:
    dates = {name: getattr(one, name).isoformat() for name in ("first", "last", "opens_on")}
    return vars(one) | dates | {"weeks": one.weeks}


def report(one: model.Pilot, found: rules.Report, now: Any) -> dict[str, Any]:
    tables = {f"by_{name}": [_line(line) for line in lines] for name, lines in found.tables.items()}
    return {"pilot": pilot(one), "as_of": now, "total": _line(found.total), **tables}


def _line(line: rules.Line) -> dict[str, Any]:
    return vars(line) | {"waiting_days": {"median": line.median, "p90": line.p90}}


def report_csv(found: rules.Report) -> str:
    """One row for each group; names of columns as in the JSON."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["by", "group", *COLUMNS])
    for by, lines in (("total", (found.total,)), *found.tables.items()):
        for line in lines:
            writer.writerow([by, _safe(line.group), *_cells(line)])
    return file.getvalue()


def _cells(line: rules.Line) -> list[Any]:
    counts = [HIDDEN if value is None else value for value in line.counts.values()]
    given = [line.planned, line.offered, line.refused, *counts, line.median, line.p90]
    return ["" if value is None else value for value in given]


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
