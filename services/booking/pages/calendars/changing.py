"""A piece of an office's calendar, changed by a form: first whom it concerns, then done."""

from collections import Counter
from datetime import datetime
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, model, store
from services.booking.pages import forms, wording
from services.booking.pages.calendars import pieces, seen
from shared import auth, errors, web
from shared.errors import N_

blueprint = flask.Blueprint(
    "calendar_changing_pages", __name__, url_prefix="/staff/offices", template_folder="../../templates"
)
wording.register(blueprint)

MEANWHILE = N_("Somebody else changed the calendar meanwhile. Look at it again, then change it.")
MOST_SHOWN = 50


@blueprint.get("/<office_id>/calendar/row")
@access.require("calendar.change")
def row(office_id: str) -> ResponseReturnValue:
    piece = _which(office_id)
    return _form(piece, piece.as_typed(), [])


@blueprint.post("/<office_id>/calendar/row")
@access.require("calendar.change")
def change(office_id: str) -> ResponseReturnValue:
    piece, form = _which(office_id), flask.request.form
    remove, typed = "remove" in form and not piece.kind.once, _typed(piece)
    said = piece.said(None if remove else piece.row(typed))
    try:
        if "confirm" in form:
            who = auth.require_office(office_id)
            actions.calendar.change(web.db(), office_id, said, form.get("version", ""), who)
            flask.flash(web.gettext("The calendar is changed."), "done")
            return _back(piece)
        concerned, version = actions.calendar.preview(web.db(), office_id, said)
    except ValidationError as failed:
        wrong = piece.at_their_fields(forms.errors(failed))
        if remove:
            flask.flash(" ".join(one["message"] for one in wrong), "problem")
            return _back(piece)
        return _form(piece, typed, wrong), 422
    except errors.Conflict:
        flask.flash(web.gettext(MEANWHILE), "problem")
        return _back(piece)
    return _check(piece, typed, concerned, version)


def _which(office_id: str) -> pieces.Piece:
    office, pathway = seen.asked(office_id)
    name = flask.request.values.get("kind", pieces.OPENING)
    piece = pieces.Piece(office, pathway, name if name in pieces.KINDS else pieces.OPENING)
    given = flask.request.values.get("row", "")[:5]
    number = int(given) if given.isdecimal() and not piece.kind.once else None
    is_known = number is not None and number in {each for each, _ in piece.numbered()}
    return pieces.Piece(office, pathway, piece.name, number) if is_known else piece


def _typed(piece: pieces.Piece) -> pieces.Row:
    form = flask.request.form
    return {
        name: form.getlist(name)[:50] if name in pieces.TICKED else form.get(name, "").strip()[:400]
        for name in piece.kind.fields
    }


def _form(piece: pieces.Piece, values: pieces.Row, wrong: list[dict[str, str]]) -> str:
    codes = dict.fromkeys([*wording.SPOKEN, *piece.office.languages, *(values.get(pieces.LANGUAGES) or [])])
    return flask.render_template(
        "staff/calendar_row.html",
        **_of_page(piece),
        kind_name=web.gettext(piece.kind.title),
        of_office=piece.kind.of_office,
        values=values,
        fields=piece.kind.fields,
        language_options=[(code, wording.spoken([code])) for code in codes],
        usual=store.pathway(web.db(), piece.pathway),
        errors=wrong,
    )


def _check(piece: pieces.Piece, typed: pieces.Row, concerned: list[model.Appointment], version: str) -> str:
    times: Counter[datetime] = Counter(one.starts_at for one in concerned)
    sent = [(name, text) for name, texts in typed.items() for text in (texts if isinstance(texts, list) else [texts])]
    return flask.render_template(
        "staff/calendar_check.html",
        **_of_page(piece),
        of_office=piece.kind.of_office,
        remove="remove" in flask.request.form,
        sent=sent,
        version=version,
        number=len(concerned),
        times=sorted(times.items())[:MOST_SHOWN],
        more=len(times) > MOST_SHOWN,
    )


def _of_page(piece: pieces.Piece) -> dict[str, Any]:
    number = "" if piece.number is None else piece.number
    return seen.of_page(piece.office, piece.pathway) | {"kind": piece.name, "row": number}


def _back(piece: pieces.Piece) -> ResponseReturnValue:
    where = flask.url_for("calendar_pages.calendar", office_id=piece.office.id, pathway=piece.pathway)
    return flask.redirect(where, 303)
