"""The form that plans a request window: what window_file.py reads from a file, field by field."""

import hashlib
from datetime import date
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, model, store, window_file
from services.booking.model.calendar import wall
from services.booking.pages import forms, wording
from services.booking.pages.staff import somebody
from shared import clock, errors, web
from shared.errors import N_

blueprint = flask.Blueprint(
    "window_planning_pages", __name__, url_prefix="/staff/windows", template_folder="../../templates"
)
wording.register(blueprint)

MOMENTS = ("opens_at", "closes_at", "waitlist_until")
DAYS = ("from", "until")
SINGLE = ("pathway", *MOMENTS, *DAYS, "waiting", "confirm_hours", "seed", "first", "second")
MINIMUM = "minimums."
BEGUN = {"waiting": "50", "confirm_hours": "23", "seed": "drand", "offices": []}
IN_PLACE = ("pathway", "offices", "opens_at", "closes_at", "from", "until", "waiting", "minimums")
NO_DAY = N_("Please give a day as year-month-day.")
NO_CHOICE = N_("Please choose one of these.")
NO_OFFICE = N_("Please choose an office.")
NO_NUMBER = N_("Please give a whole number.")
NOBODY_GIVES_IT = N_("No office gives this service yet.")


@blueprint.get("/new")
@access.require("window.plan")
def new() -> ResponseReturnValue:
    return _form(BEGUN, [])


@blueprint.post("")
@access.require("window.plan")
def plan() -> ResponseReturnValue:
    """Twice the same is once: the window's name comes of the key that came with the form."""
    who, typed = somebody(), _typed()
    key = web.idempotency_key(who.id)
    wrong = _wrong_at_once(typed)
    if wrong:
        return _form(typed, _told(wrong)), 422
    try:
        window, starts, ends = window_file.WindowIn().load(_body(typed, key))
        planned = actions.plan(web.db(), window, starts, ends, who)
    except ValidationError as failed:
        return _form(typed, _in_place(forms.errors(failed))), 422
    except errors.Invalid as refusal:
        return _form(typed, _told(refusal.errors)), 422
    flask.flash(web.gettext("The window is planned. Its rule and its places are published."), "done")
    return flask.redirect(flask.url_for("window_pages.one", draw_id=planned.id), 303)


def _typed() -> dict[str, Any]:
    form = flask.request.form
    values: dict[str, Any] = {name: form.get(name, "").strip()[:200] for name in SINGLE}
    minimums = {f"{MINIMUM}{need}": form.get(f"{MINIMUM}{need}", "").strip()[:10] for need in wording.NEEDS_OF_DRAWS}
    return values | minimums | {"offices": form.getlist("offices")}


def _wrong_at_once(typed: dict[str, Any]) -> dict[str, str]:
    """What the schema could only call unreadable."""
    wrong = _no_service(typed["pathway"])
    wrong |= {} if typed["offices"] else {"offices": NO_OFFICE}
    for name in MOMENTS:
        needed = typed[name] or name != "waitlist_until"
        if needed and forms.asked_moment(typed[name], "UTC") is None:
            wrong[name] = forms.NO_MOMENT
    wrong |= {name: NO_DAY for name in DAYS if forms.asked_date(typed[name]) is None}
    numbers = ("waiting", "confirm_hours", *(name for name in typed if name.startswith(MINIMUM) and typed[name]))
    wrong |= {name: NO_NUMBER for name in numbers if not typed[name].isdecimal()}
    return wrong | ({} if typed["seed"] in ("drand", "officers") else {"seed": NO_CHOICE})


def _no_service(pathway: str) -> dict[str, str]:
    if not pathway:
        return {"pathway": NO_CHOICE}
    return {} if store.offices(web.db(), pathway) else {"pathway": NOBODY_GIVES_IT}


def _body(typed: dict[str, Any], key: web.IdempotencyKey) -> dict[str, Any]:
    """As the file has it. Times are those of the first office."""
    zone = _zone(typed["offices"])
    moments = {name: forms.asked_moment(typed[name], zone) for name in MOMENTS if typed[name]}
    begin, end = (wall.day_bounds(zone, date.fromisoformat(typed[name]))[n] for n, name in enumerate(DAYS))
    waiting = int(typed["waiting"])
    minimums = {
        name.removeprefix(MINIMUM): int(typed[name]) for name in typed if name.startswith(MINIMUM) and typed[name]
    }
    drand = typed["seed"] == "drand"
    return {
        "id": f"{typed['pathway']}-{typed['opens_at'][:10]}-{hashlib.sha256(key.scope.encode()).hexdigest()[:6]}",
        "pathway": typed["pathway"],
        "offices": typed["offices"],
        **{name: clock.rfc3339(at) for name, at in moments.items() if at},
        "from": clock.rfc3339(begin),
        "until": clock.rfc3339(end),
        "rule": {"waiting": waiting, "chance": 100 - waiting, "minimums": {n: v for n, v in minimums.items() if v}},
        "confirm_hours": int(typed["confirm_hours"]),
        "seed": "drand" if drand else {"commitments": [typed["first"], typed["second"]]},
    }


def _zone(offices: list[str]) -> str:
    """Of the first that was chosen; of the first there is, when that is none."""
    known = {office.id: office for office in store.offices(web.db())}
    return next((known[id] for id in offices if id in known), next(iter(known.values()))).timezone


def _told(wrong: dict[str, str]) -> list[dict[str, str]]:
    return _in_place([{"field": name, "message": web.gettext(text)} for name, text in wrong.items()])


def _in_place(wrong: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each at the field that it is about, in the form's order."""
    order = [*IN_PLACE, "confirm_hours", "waitlist_until", "seed", "first", "second"]
    named = {"chance": "waiting", "id": "", "round": "closes_at"}
    found: dict[str, dict[str, str]] = {}
    for one in wrong:
        field = one["field"].removeprefix("rule.")
        field = named.get(field, field)
        found.setdefault(field, {"field": field, "message": one["message"]})
    return sorted(found.values(), key=lambda one: order.index(one["field"]) if one["field"] in order else len(order))


def _form(typed: dict[str, Any], wrong: list[dict[str, str]]) -> str:
    drawn = [one for one in store.pathways(web.db()) if one.mode == model.REQUEST_WINDOW]
    offices = [office for office in store.offices(web.db()) if {one.id for one in drawn} & set(office.pathways)]
    given = {id for office in offices for id in office.pathways}
    return flask.render_template(
        "staff/window_new.html",
        values=typed,
        errors=wrong if offices else [],  # else no form is shown that could be corrected
        key=flask.request.form.get("idempotency_key"),
        drawn=[(id, name, "" if id in given else web.gettext(NOBODY_GIVES_IT)) for id, name in wording.named(drawn)],
        offices=[(office.id, f"{office.name}, {office.city}", wording.zone(office.timezone)) for office in offices],
        needs=[(f"{MINIMUM}{code}", web.gettext(text)) for code, text in wording.NEEDS_OF_DRAWS.items()],
    )
