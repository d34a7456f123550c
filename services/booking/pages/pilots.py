"""The pages of pilots: made, and the report on each with its chart."""

from datetime import date
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, answers, schemas, store
from services.booking.model import pilot as rules
from services.booking.pages import chart, forms, staff, wording
from shared import errors, web
from shared.errors import N_

blueprint = flask.Blueprint("pilot_pages", __name__, url_prefix="/staff/pilots", template_folder="../templates")
wording.register(blueprint)

SINGLE = ("name", "first", "last", "opens_on", "opens_at")
PLAN = "plan."
COUNTS = {
    "booked": N_("Booked"),
    "attended": N_("Attended"),
    "missed": N_("Missed"),
    "cancelled_by_person": N_("Cancelled by the person"),
    "cancelled_by_office": N_("Cancelled by the office"),
    "to_come": N_("Still to come"),
    "referred": N_("Referred"),
    "referral_accepted": N_("Referral accepted"),
    "referral_completed": N_("Referral completed"),
    "referral_not_placed": N_("Referral not placed"),
    "referral_withdrawn": N_("Consent withdrawn"),
    "referral_open": N_("Referral open"),
    "asked": N_("Asked for in a window"),
    "request_drawn": N_("Drawn, not confirmed yet"),
    "request_confirmed": N_("Drawn and confirmed"),
    "request_waiting": N_("Waiting for the draw, or on the waitlist"),
    "request_without": N_("Ended without a place"),
}
TABLES = {
    "office": N_("By office"),
    "pathway": N_("By service"),
    "language": N_("By language"),
    "week": N_("By week"),
}
FIRST_COLUMN = {
    "office": N_("Office"),
    "pathway": N_("Service"),
    "language": N_("Language"),
    "week": N_("Week from"),
}


@blueprint.get("")
@access.require("pilots")
def listed() -> ResponseReturnValue:
    return flask.render_template("staff/pilots.html", pilots=store.pilots.all_of_them(web.db()))


@blueprint.get("/new")
@access.require("pilots")
def new() -> ResponseReturnValue:
    return _form({"opens_at": "08:00", "offices": [], "pathways": []}, [])


@blueprint.post("")
@access.require("pilots")
def make() -> ResponseReturnValue:
    who, values = staff.somebody(), _typed()
    try:
        planning = schemas.PilotIn().load(_body(values))
        made, _ = actions.pilot.make(web.db(), planning, web.idempotency_key(who.id), who)
    except ValidationError as failed:
        return _form(values, [_of_plan(one) for one in forms.errors(failed)]), 422
    except errors.Invalid as refusal:
        wrong = [{"field": name, "message": web.gettext(text)} for name, text in refusal.errors.items()]
        return _form(values, wrong), 422
    flask.flash(web.gettext("The pilot is made."), "done")
    return flask.redirect(flask.url_for("pilot_pages.one", pilot=made.id), 303)


@blueprint.get("/<pilot>")
@access.require("pilots")
def one(pilot: str) -> ResponseReturnValue:
    found = store.pilots.get(web.db(), pilot)
    report = actions.pilot.report(web.db(), found, staff.somebody())
    return flask.render_template(
        "staff/pilot.html",
        pilot=found,
        report=report,
        tables=[(name, web.gettext(said), report.tables[name]) for name, said in TABLES.items()],
        first_column=lambda name: web.gettext(FIRST_COLUMN[name]),
        columns=[(name, web.gettext(said)) for name, said in COUNTS.items()],
        group_name=_group_name(),
        offices={office.id: office for office in store.offices(web.db())},
        pathways={each.id: each for each in store.pathways(web.db())},
        bars=chart.bars(report.tables["week"]),
        chart=chart,
        shown_day=date.fromisoformat,
    )


@blueprint.get("/<pilot>/report.csv")
@access.require("pilots")
def report_csv(pilot: str) -> ResponseReturnValue:
    found = store.pilots.get(web.db(), pilot)
    report = actions.pilot.report(web.db(), found, staff.somebody())
    answer = flask.Response(answers.report_csv(report), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="pilot-{found.first.isoformat()}.csv"'
    return answer


def _typed() -> dict[str, Any]:
    form = flask.request.form
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in SINGLE}
    values |= {name: form.getlist(name) for name in ("offices", "pathways")}
    return values | {name: text.strip() for name, text in form.items() if name.startswith(PLAN)}


def _body(values: dict[str, Any]) -> dict[str, Any]:
    plan = []
    for name, text in values.items():
        if name.startswith(PLAN) and text:
            office, _, pathway = name.removeprefix(PLAN).partition("|")
            plan.append({"office": office, "pathway": pathway, "places": int(text) if text.isdecimal() else text})
    return {**forms.filled({name: values[name] for name in (*SINGLE, "offices", "pathways")}), "plan": plan}


def _of_plan(one: dict[str, str]) -> dict[str, str]:
    return one | {"field": "plan"} if one["field"].startswith("plan") else one


def _form(values: dict[str, Any], wrong: list[dict[str, str]]) -> str:
    offices, pathways = store.offices(web.db()), store.pathways(web.db())
    return flask.render_template(
        "staff/pilot_new.html",
        values=values,
        errors=wrong,
        key=flask.request.form.get("idempotency_key"),
        offices=offices,
        office_options=[(office.id, office.name) for office in offices],
        pathways={each.id: each for each in pathways},
        pathway_options=[(each.id, wording.own(each.name)) for each in pathways],
    )


def _group_name() -> Any:
    offices = {office.id: office.name for office in store.offices(web.db())}
    pathways = {each.id: wording.own(each.name) for each in store.pathways(web.db())}

    def name(dimension: str, group: str) -> str | None:
        if group == rules.OTHER:
            return web.gettext("Others, each too small to tell")
        if dimension == "language":
            return wording.spoken([group])
        if dimension == "week":
            return wording.day_of_year(date.fromisoformat(group))
        return (offices if dimension == "office" else pathways).get(group, group)

    return name
