"""The pages of an edit: the form, the difference before anything is done, and the second person's review."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for

from shared import errors
from shared.errors import N_
from shared.inbox import Record, letters
from shared.operations.access import operators
from shared.operations.dead_letters import asked, content, shown, tasks
from shared.operations.dead_letters.forms import around, do, loaded, tell_refusal
from shared.web import language
from shared.web.problems import field_errors

FIELDS = ("value", "headers", "reason")
LONGEST = 40_000  # characters of a value that a form can carry
DONE = N_("Handled in its edited version. With those that waited behind it: %(n)s events. Somebody else reviews it.")


@operators
def dead_letter_edit_form(event_id: str) -> Any:
    row = tasks.letter(event_id)
    if row["state"] != "dead_letter":
        return redirect(url_for("operations.dead_letter", event_id=event_id), 303)
    return _form(row, _as_it_is(row))


def _form(row: dict[str, Any], given: dict[str, str], wrong: list[dict[str, str]] | None = None) -> Any:
    record: Record = row["record"]
    stays = {name: text for name, text in shown.headers(record) if name in letters.STAYS}
    too_long = len(given["value"]) > LONGEST
    page = render_template(
        "operations/dead_letter_edit.html", letter=row, given=given, errors=wrong, stays=stays, too_long=too_long
    )
    return make_response(page, 422 if wrong else 200)


def _as_it_is(row: dict[str, Any]) -> dict[str, str]:
    record: Record = row["record"]
    lines = [f"{name}: {text}" for name, text in shown.headers(record) if name not in letters.STAYS]
    return {"value": shown.value_text(record.value), "headers": "\n".join(lines), "reason": ""}


@operators
def dead_letter_edit_check(event_id: str) -> Any:
    """The difference, once it is known that the edited version can be handled."""
    given = {name: request.form.get(name, "").replace("\r\n", "\n") for name in FIELDS}
    row = tasks.letter(event_id)
    if row["state"] != "dead_letter":
        return redirect(url_for("operations.dead_letter", event_id=event_id), 303)
    if "again" in request.form:
        return _form(row, given)
    change, wrong = _change(row, given)
    edited, more = _checked(event_id, change) if change else (None, [])
    if edited is None or wrong or more:
        return _form(row, given, wrong + more)
    lines = shown.difference(row["record"], edited)
    return render_template("operations/dead_letter_edit_check.html", letter=row, given=given, lines=lines)


def _checked(event_id: str, change: letters.Change) -> tuple[Record | None, list[dict[str, str]]]:
    try:
        return tasks.check_edit(event_id, change), []
    except letters.DoesNotFit as error:
        return None, _told(error)
    except errors.Conflict as refusal:
        return None, [{"field": "", "message": language.gettext(refusal.detail, **refusal.params)}]


def _told(error: letters.DoesNotFit) -> list[dict[str, str]]:
    """By field, and named in the text too: what is inside the value has no input of its own."""
    found = field_errors({name: [text] for name, text in error.errors.items()})
    return [{"field": one["field"], "message": f"{one['field']}: {one['message']}"} for one in found]


@operators
def dead_letter_edit(event_id: str) -> Any:
    given = {name: request.form.get(name, "").replace("\r\n", "\n") for name in FIELDS}
    row = tasks.letter(event_id)
    if row["state"] != "dead_letter":
        return redirect(url_for("operations.dead_letter", event_id=event_id), 303)
    change, wrong = _change(row, given)
    if wrong:
        return _form(row, given, wrong)
    try:
        return do(lambda: {"n": tasks.edit(event_id, change)[1]}, DONE, event_id)
    except letters.DoesNotFit as error:
        return _form(row, given, _told(error))


def _change(row: dict[str, Any], given: dict[str, str]) -> tuple[Any, list[dict[str, str]]]:
    """The form as a change: of the headers only what differs from the original; one whose line is gone goes."""
    record: Record = row["record"]
    known = dict(shown.headers(record))
    try:
        said = content.headers(given["headers"])
    except content.NotAnObject as error:
        return None, field_errors({"headers": [str(error)]})
    changed: dict[str, str | None] = {name: text for name, text in said.items() if known.get(name) != text}
    changed |= {name: None for name in known if name not in said and name not in letters.STAYS}
    value = None if record.value is None and not given["value"].strip() else given["value"]
    told, no_reason = loaded(asked.Reason, {"reason": given["reason"]})
    change, wrong = loaded(asked.EditIn, {"value": value, "headers": changed, "reason": "-"})
    if change and not changed and content.same(change.data, record.value):
        wrong = field_errors({"value": [N_("Nothing has been changed. To handle it as it is, try it again.")]})
        return None, wrong + no_reason
    return change and replace(change, reason=(told or {}).get("reason", "").strip()), wrong + no_reason


@operators
def dead_letter_edits() -> str:
    reviewed = request.args.get("reviewed") == "true"
    rows, next_ = tasks.edits({"reviewed": reviewed, "after": request.args.get("after") or None})
    people = [one["by"] for one in rows] + [one["review"]["by"] for one in rows if one["review"]]
    return render_template(
        "operations/dead_letter_edits.html",
        rows=rows,
        next=next_,
        reviewed=reviewed,
        names=tasks.names(people),
        **around(),
    )


@operators
def dead_letter_edited(edit_id: str) -> Any:
    return _edited(edit_id)


def _edited(edit_id: str, wrong: list[dict[str, str]] | None = None) -> Any:
    row = tasks.edited(edit_id)
    people = [row["by"], *([row["review"]["by"]] if row["review"] else [])]
    page = render_template(
        "operations/dead_letter_edited.html",
        edit=row,
        mine=tasks.is_me(row["by"]),
        names=tasks.names(people),
        errors=wrong,
        given=request.form,
        **around(),
    )
    return make_response(page, 422 if wrong else 200)


@operators
def dead_letter_review(edit_id: str) -> Any:
    given, wrong = loaded(asked.ReviewIn, {name: request.form.get(name, "") for name in ("verdict", "note")})
    if wrong:
        return _edited(edit_id, wrong)
    try:
        tasks.review(edit_id, given["verdict"], given["note"].strip())
    except errors.Conflict as refusal:
        tell_refusal(refusal)
        return redirect(url_for("operations.dead_letter_edited", edit_id=edit_id), 303)
    flash(language.gettext(N_("Reviewed.")), "done")
    return redirect(url_for("operations.dead_letter_edits"), 303)


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("/dead-letters/<path:event_id>/edit", "GET", dead_letter_edit_form),
    ("/dead-letters/<path:event_id>/edit/check", "POST", dead_letter_edit_check),
    ("/dead-letters/<path:event_id>/edit", "POST", dead_letter_edit),
    ("/dead-letter-edits", "GET", dead_letter_edits),
    ("/dead-letter-edits/<edit_id>", "GET", dead_letter_edited),
    ("/dead-letter-edits/<edit_id>/review", "POST", dead_letter_review),
]
