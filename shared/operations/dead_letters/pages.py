"""Dead letters as pages: by cause, one by one, one whole; what a person decides of one."""

from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for

from shared.errors import N_
from shared.inbox import Record
from shared.operations.access import operators
from shared.operations.dead_letters import asked, edit_pages, retry_pages, shown, tasks
from shared.operations.dead_letters.forms import around, do, loaded
from shared.web import language

STATES = {
    "running": N_("running"),
    "finished": N_("finished"),
    "handled": N_("handled"),
    "waits": N_("waits"),
    "late": N_("late"),
    "approved": N_("approved"),
    "objected": N_("objected to"),
    "read": N_("when it was read"),
    "retry": N_("tried again"),
    "edit": N_("in an edited version"),
    "retried": N_("handled as it was"),
    "edited": N_("handled in an edited version"),
    "not-its-turn": N_("an earlier one of its case failed"),
    "earlier-events-awaited": N_("earlier events of its case have not come"),
}


@operators
def dead_letters() -> str:
    given = {name: request.args.get(name) or None for name in ("group", "key", "topic", "state", "after")}
    if not any(given.values()):
        return render_template("operations/dead_letter_causes.html", causes=tasks.causes(), **around())
    given["state"] = "discarded" if given["state"] == "discarded" else "dead_letter"
    rows, next_ = tasks.listed(given)
    return render_template("operations/dead_letters.html", rows=rows, next=next_, given=given, **around())


@operators
def dead_letter(event_id: str) -> Any:
    return _letter(event_id)


def _letter(event_id: str, errors: list[dict[str, str]] | None = None) -> Any:
    row = tasks.letter(event_id)
    record: Record | None = row["record"]
    people = [one["by"] for one in [*row.get("tries", []), *row.get("notes", []), *row["edits"]]]
    people += [row[name]["by"] for name in ("settled", "discarded") if row.get(name)]
    value = shown.value_text(record.value)[: shown.MOST_SHOWN] if record else None
    page = render_template(
        "operations/dead_letter.html",
        letter=row,
        value=value,
        names=tasks.names(people),
        errors=errors,
        given=request.form,
        **around(),
    )
    return make_response(page, 422 if errors else 200)


@operators
def retry(event_id: str) -> Any:
    done = N_("Handled. With those that waited behind it: %(n)s events.")
    return do(lambda: {"n": tasks.retry(event_id)}, done, event_id, url_for("operations.dead_letters"))


@operators
def discard(event_id: str) -> Any:
    given, wrong = loaded(asked.Reason, {"reason": request.form.get("reason", "")})
    if wrong:
        return _letter(event_id, wrong)
    done = N_("Discarded. Events of the same case that went on: %(n)s.")
    return do(lambda: {"n": tasks.discard(event_id, given["reason"].strip())}, done, event_id)


@operators
def restore(event_id: str) -> Any:
    late = N_("It is a dead letter again, and late: later events of its case have been handled.")
    return do(lambda: {"message": late} if tasks.restore(event_id) else {}, N_("It is a dead letter again."), event_id)


@operators
def note(event_id: str) -> Any:
    given, wrong = loaded(asked.RemarkIn, {"text": request.form.get("text", "")})
    if wrong:
        return _letter(event_id, wrong)
    tasks.note(event_id, given["text"].strip())
    flash(language.gettext(N_("Noted.")), "done")
    return redirect(url_for("operations.dead_letter", event_id=event_id), 303)


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("/dead-letters", "GET", dead_letters),
    ("/dead-letters/<path:event_id>", "GET", dead_letter),
    ("/dead-letters/<path:event_id>/retry", "POST", retry),
    ("/dead-letters/<path:event_id>/discard", "POST", discard),
    ("/dead-letters/<path:event_id>/restore", "POST", restore),
    ("/dead-letters/<path:event_id>/notes", "POST", note),
    *edit_pages.ROUTES,
    *retry_pages.ROUTES,
]
