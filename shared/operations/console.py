"""The console: pages over the same tasks as the routes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from shared import audit, due, errors
from shared.errors import N_
from shared.inbox import Reading
from shared.operations import access, across, gone, tasks, tracing, words
from shared.operations.access import CaseOf
from shared.operations.access import auditors as _auditors
from shared.operations.access import operators as _operators
from shared.operations.dead_letters import pages as letters
from shared.web import context, language, protection

CSP = f"{protection.CSP}; script-src 'self'; connect-src 'self'"
OUTCOMES = ("allowed", "refused", "failed")


def blueprint(reading: Reading, case_of: CaseOf | None = None) -> Blueprint:
    pages = Blueprint("operations", __name__, url_prefix="/operations")
    for rule, method, view in ROUTES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    pages.record_once(lambda state: state.app.extensions.update({access.READING: reading, access.CASE_OF: case_of}))
    pages.after_request(_allow_our_script)
    words.register(pages)
    return pages


def _allow_our_script(response: Response) -> Response:
    """The console alone has a script: it fetches the page anew, and changes nothing."""
    response.headers["Content-Security-Policy"] = CSP
    return response


@_operators
def overview() -> str:
    found = across.everywhere()
    return render_template("operations/overview.html", found=found, service=context.settings().service)


@_operators
def service() -> str:
    db = context.db()
    access.viewed("see queues", context.settings().service)
    failed, _ = due.failed(db)
    retrying, more = due.retrying(db)
    return render_template(
        "operations/service.html", health=across.health(), failed=failed, retrying=retrying, more=more
    )


@_operators
def announce_again() -> Any:
    since, known = _moment("since")
    if not known:
        flash(language.gettext(N_("This is not a date and time.")), "problem")
        return redirect(url_for("operations.service"), 303)

    def announce() -> dict[str, Any]:
        done = tasks.announce_again(since)
        reaches = done["archive_from"]
        if reaches and (since is None or since < reaches):
            flash(language.gettext(N_("The archive reaches back to %(time)s UTC."), time=f"{reaches:%Y-%m-%d %H:%M}"))
        return {"n": done["events"]}

    return _do(announce, N_("%(n)s events will be sent again."))


@_operators
def resume() -> Any:
    return _do(tasks.resume, N_("Reading goes on."))


@_operators
def retry_work(work_id: str) -> Any:
    return _do(lambda: tasks.retry_work(work_id), N_("It runs again."))


@_operators
def retry_all_work() -> Any:
    lane = request.form.get("lane") or None
    return _do(lambda: {"n": tasks.retry_all_work(lane)}, N_("Tried again now: %(n)s."))


@_operators
def dismiss() -> Any:
    return _do(lambda: tasks.dismiss(request.form.get("id", "")[:300]), N_("It is no longer missed."))


@_operators
def trace() -> Any:
    given = request.args.get("id", "").strip()[:200]
    found, wrong = None, None
    if given:
        try:
            found = tracing.everywhere(given)
        except tracing.NotAnId as refusal:
            wrong = [{"field": "id", "message": language.gettext(refusal.detail)}]
    service = context.settings().service
    page = render_template("operations/trace.html", given=given, found=found, errors=wrong, service=service)
    return page, 400 if wrong else 200


@_auditors
def audited() -> Any:
    access.viewed("see audit", context.settings().service)
    named = {name: request.args.get(name, "").strip()[:200] or None for name in ("actor", "action", "subject")}
    outcome = request.args.get("outcome")
    since, since_known = _moment("since")
    until, until_known = _moment("until")
    wrong = [
        {"field": name, "message": language.gettext(N_("This is not a date and time."))}
        for name, known in (("since", since_known), ("until", until_known))
        if not known
    ]
    chosen: dict[str, Any] = named | {"outcome": outcome if outcome in OUTCOMES else None}
    rows, next_ = audit.entries(context.db(), **chosen, since=since, until=until, after=request.args.get("after"))
    kept = {name: value for name, value in request.args.items() if value and name not in ("after", "lang")}
    page = render_template(
        "operations/audit.html",
        rows=rows,
        next=next_,
        kept=kept,
        actions=[(one, one) for one in audit.actions(context.db())],
        outcomes=[(one, words.state_word(one)) for one in OUTCOMES],
        errors=wrong,
    )
    return page, 400 if wrong else 200


def _moment(name: str) -> tuple[datetime | None, bool]:
    """A time in UTC that was filled in or is in the address, None for none; and whether it can be read."""
    given = request.values.get(name, "").strip()
    try:
        found = datetime.fromisoformat(given) if given else None
        if found is None:
            return None, True
        return (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)), True
    except (ValueError, OverflowError):
        return None, False


def _do(task: Callable[[], dict[str, Any] | None], message: str) -> Any:
    """Does it, tells what came of it on the next page."""
    try:
        said = task()
    except errors.Conflict as refusal:
        flash(language.gettext(refusal.detail, **refusal.params), "problem")
    else:
        flash(language.gettext(message, **(said or {})), "done")
    return redirect(url_for("operations.service"), 303)


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("", "GET", overview),
    ("/service", "GET", service),
    ("/replays", "POST", announce_again),
    ("/consumer/resumption", "POST", resume),
    ("/due-work/retries", "POST", retry_all_work),
    ("/due-work/<path:work_id>/retry", "POST", retry_work),
    ("/worker/dismissals", "POST", dismiss),
    ("/traces", "GET", trace),
    ("/audit", "GET", audited),
    *gone.ROUTES,
    *letters.ROUTES,
]
