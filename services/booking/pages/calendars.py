"""An office's calendar of one service by page: seen, changed row by row, with whom it concerns before it is done."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flask
from babel import dates
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, model, store
from services.booking.model.calendar.opening import DAYS
from services.booking.pages import forms, wording
from shared import auth, errors, web
from shared.errors import N_

blueprint = flask.Blueprint("calendar_pages", __name__, url_prefix="/staff/offices", template_folder="../templates")
wording.register(blueprint)

OPENING = "opening"
HOURS = ("from", "to", "minutes", "buffer", "places", "desks", "walk_ins", "walk_ins_free_minutes")
NUMBERS = ("minutes", "buffer", "places", "walk_ins", "walk_ins_free_minutes")
FIELDS = {  # of each kind of row
    OPENING: ("days", *HOURS, "valid_from", "valid_until", "on_holidays"),
    "closed": ("first", "last", "from", "to", "reason.es", "reason.en"),
    "extra_days": ("date", *HOURS),
    "fewer_desks": ("first", "last", "places"),
}
KINDS = {
    OPENING: N_("Opening hours"),
    "closed": N_("Closed days"),
    "extra_days": N_("Extra days"),
    "fewer_desks": N_("Fewer places"),
}
KEPT = {  # what the form does not ask stays as it was
    OPENING: ("languages",),
    "closed": ("pathways",),
    "extra_days": ("languages",),
    "fewer_desks": ("pathways", "without", "from", "to"),
}
MEANWHILE = N_("Somebody else changed the calendar meanwhile. Look at it again, then change it.")
MOST_SHOWN = 50

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Which row of which calendar; `number` None: a new one."""

    office: model.Office
    pathway: str
    kind: str
    number: int | None

    @property
    def known(self) -> list[Row]:
        return list(self.office.opening if self.kind == OPENING else self.office.exceptions.get(self.kind) or ())

    @property
    def before(self) -> Row:
        return {} if self.number is None else self.known[self.number]

    @property
    def at(self) -> int:
        return len(self.known) if self.number is None else self.number

    def said(self, one: Row | None) -> Row:
        """The calendar with this row so, or without it."""
        rows = self.known
        rows[self.at : self.at + 1] = [one] if one else []
        return {OPENING: rows} if self.kind == OPENING else {"exceptions": {**self.office.exceptions, self.kind: rows}}

    def of_page(self) -> dict[str, Any]:
        row = "" if self.number is None else self.number
        return _of_page(self.office, self.pathway) | {"kind": self.kind, "row": row}


@blueprint.get("/<office_id>/calendar")
@access.require("calendar.see")
def calendar(office_id: str) -> ResponseReturnValue:
    office, pathway = _asked(office_id)
    return flask.render_template(
        "staff/calendar.html",
        **_of_page(office, pathway),
        tables=[(kind, web.gettext(said), _rows(office, pathway, kind)) for kind, said in KINDS.items()],
        pathways=[(one.id, wording.own(one.name)) for one in store.pathways(web.db()) if one.id in office.pathways],
        may_change=access.may(auth.actor(), "calendar.change"),
    )


@blueprint.get("/<office_id>/calendar/row")
@access.require("calendar.change")
def row(office_id: str) -> ResponseReturnValue:
    asked = _which(office_id)
    return _form(asked, _as_typed(asked), [])


@blueprint.post("/<office_id>/calendar/row")
@access.require("calendar.change")
def change(office_id: str) -> ResponseReturnValue:
    asked, form = _which(office_id), flask.request.form
    remove, typed = "remove" in form, _typed(asked.kind)
    said = asked.said(None if remove else _row(asked, typed))
    try:
        if "confirm" in form:
            who = auth.require_office(office_id)
            actions.calendar.change(web.db(), office_id, said, form.get("version", ""), who)
            flask.flash(web.gettext("The calendar is changed."), "done")
            return _back(asked)
        concerned, version = actions.calendar.preview(web.db(), office_id, said)
    except ValidationError as failed:
        wrong = _at_their_fields(asked, forms.errors(failed))
        if remove:
            flask.flash(" ".join(one["message"] for one in wrong), "problem")
            return _back(asked)
        return _form(asked, typed, wrong), 422
    except errors.Conflict:
        flask.flash(web.gettext(MEANWHILE), "problem")
        return _back(asked)
    return _check(asked, typed, concerned, version)


def _asked(office_id: str) -> tuple[model.Office, str]:
    office = store.office(web.db(), office_id)
    auth.require_office(office.id)
    wanted = flask.request.values.get("pathway")
    return office, wanted if wanted in office.pathways else office.pathways[0]


def _which(office_id: str) -> Asked:
    office, pathway = _asked(office_id)
    kind = flask.request.values.get("kind", OPENING)
    kind = kind if kind in KINDS else OPENING
    given = flask.request.values.get("row", "")[:5]
    number = int(given) if given.isdecimal() else None
    known = {each for each, _ in _rows(office, pathway, kind)}
    return Asked(office, pathway, kind, number if number in known else None)


def _rows(office: model.Office, pathway: str, kind: str) -> list[tuple[int, Row]]:
    """Those that concern this service, with their number in the calendar."""

    def is_of(one: Row) -> bool:
        return one["pathway"] == pathway if "pathway" in one else pathway in (one.get("pathways") or [pathway])

    known = Asked(office, pathway, kind, None).known
    return [(number, one) for number, one in enumerate(known) if is_of(one)]


def _as_typed(asked: Asked) -> Row:
    one = asked.before
    flat = one | {f"reason.{language}": text for language, text in (one.get("reason") or {}).items()}
    values = {name: flat[name] for name in FIELDS[asked.kind] if flat.get(name) is not None}
    return values | ({"desks": ", ".join(one["desks"])} if one.get("desks") else {})


def _typed(kind: str) -> Row:
    form = flask.request.form
    values: Row = {name: form.get(name, "").strip()[:400] for name in FIELDS[kind]}
    return values | ({"days": form.getlist("days")} if "days" in values else {})


def _row(asked: Asked, typed: Row) -> Row:
    before = asked.before
    kept = {name: before[name] for name in KEPT[asked.kind] if name in before}
    values = forms.filled({name: text for name, text in typed.items() if not name.startswith("reason.")})
    for name in NUMBERS:
        if str(values.get(name, "")).isdecimal():
            values[name] = int(values[name])
    if "desks" in values:
        values["desks"] = [one.strip() for one in values["desks"].split(",") if one.strip()]
    if "on_holidays" in values:
        values["on_holidays"] = True
    if asked.kind == "closed":
        values["reason"] = forms.filled({language: typed[f"reason.{language}"] for language in ("es", "en")})
    if asked.kind in (OPENING, "extra_days"):
        return kept | values | {"pathway": asked.pathway}
    return kept | values | ({} if before else {"pathways": [asked.pathway]})


def _at_their_fields(asked: Asked, wrong: list[dict[str, str]]) -> list[dict[str, str]]:
    """Of this row by the name of the form's field; what is at odds with another row stands above."""
    prefix = f"{asked.kind}.{asked.at}."
    prefix = prefix if asked.kind == OPENING else f"exceptions.{prefix}"
    found = []
    for one in wrong:
        name = one["field"].removeprefix(prefix) if one["field"].startswith(prefix) else ""
        field = next((each for each in FIELDS[asked.kind] if each == name or name.startswith(f"{each}.")), "")
        found.append({"field": field, "message": one["message"]})
    return found


def _form(asked: Asked, values: Row, wrong: list[dict[str, str]]) -> str:
    fields = FIELDS[asked.kind]
    return flask.render_template(
        "staff/calendar_row.html",
        **asked.of_page(),
        kind_name=web.gettext(KINDS[asked.kind]),
        values=values,
        fields=fields,
        errors=sorted(wrong, key=lambda one: fields.index(one["field"]) if one["field"] else -1),
    )


def _check(asked: Asked, typed: Row, concerned: list[model.Appointment], version: str) -> str:
    times: Counter[datetime] = Counter(one.starts_at for one in concerned)
    sent = [(name, text) for name, texts in typed.items() for text in (texts if isinstance(texts, list) else [texts])]
    return flask.render_template(
        "staff/calendar_check.html",
        **asked.of_page(),
        remove="remove" in flask.request.form,
        sent=sent,
        version=version,
        number=len(concerned),
        times=sorted(times.items())[:MOST_SHOWN],
        more=len(times) > MOST_SHOWN,
    )


def _of_page(office: model.Office, pathway: str) -> dict[str, Any]:
    names = dates.get_day_names("abbreviated", locale=web.locale())
    return {
        "office": office,
        "pathway": pathway,
        "pathway_name": wording.own(store.pathway(web.db(), pathway).name),
        "days": [(code, names[number]) for number, code in enumerate(DAYS)],
    }


def _back(asked: Asked) -> ResponseReturnValue:
    where = flask.url_for(".calendar", office_id=asked.office.id, pathway=asked.pathway)
    return flask.redirect(where, 303)
