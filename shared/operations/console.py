"""The console: pages over the same tasks as the routes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared import audit, auth, clock, due, errors, figures, inbox
from shared.errors import N_
from shared.inbox import Reading
from shared.operations import tasks
from shared.web import context, language

_operators = auth.require("operator", "admin")
_auditors = auth.require("operator", "admin", "privacy_officer")

STATES = {
    "idle": N_("idle"),
    "working": N_("working"),
    "slow": N_("slow"),
    "stopped": N_("stopped"),
    "dead": N_("dead"),
    "in_trouble": N_("in trouble"),
    "up": N_("up"),
    "down": N_("down"),
    "unknown": N_("unknown"),
    "waiting": N_("waiting"),
    "numbered": N_("given to the relay"),
    "done": N_("done"),
    "dead_letter": N_("dead letter"),
    "parked": N_("parked"),
    "discarded": N_("discarded"),
    "allowed": N_("allowed"),
    "refused": N_("refused"),
    "failed": N_("failed"),
    "announced": N_("announced"),
    "heard": N_("heard"),
    "consumer": N_("reader of events"),
    "relay": N_("relay to Kafka"),
    "timers": N_("due work"),
}
ADVICE = {
    "slow": N_("Reading is behind by more than half a minute. If the number does not fall, start more workers."),
    "stopped": N_("Ten cases in a row failed. Look at the dead letters, mend the cause, then let reading go on."),
    "dead": N_("The worker gives no sign. Start it again; nothing is lost, it goes on where it was."),
    "in_trouble": N_("The worker is trying again by itself. If this lasts, look at its log and at the broker."),
}


def blueprint(reading: Reading) -> Blueprint:
    pages = Blueprint("operations", __name__, url_prefix="/operations")
    for rule, method, view in ROUTES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    pages.record_once(lambda state: state.app.extensions.update({tasks.READING: reading}))
    pages.app_template_filter("state_word")(state_word)
    pages.app_template_filter("age")(age)
    return pages


def state_word(state: str | None) -> str:
    return language.gettext(STATES[state]) if state in STATES else state or ""


def age(seconds: float | None) -> str:
    """Seconds as a person says them."""
    if seconds is None:
        return "–"
    if seconds < 120:
        return language.gettext(N_("%(n)s s"), n=round(seconds))
    if seconds < 7200:
        return language.gettext(N_("%(n)s min"), n=round(seconds / 60))
    return language.gettext(N_("%(n)s h"), n=round(seconds / 3600))


@_operators
def overview() -> str:
    found = figures.health(context.db())
    states = {row["state"] for row in found["consumers"]} | {part["state"] for part in found["worker"].values()}
    advice = [language.gettext(text) for state, text in ADVICE.items() if state in states]
    stopped = next((row["why"] for row in found["consumers"] if row["state"] == "stopped"), None)
    failed, _ = due.failed(context.db())
    return render_template("operations/overview.html", health=found, advice=advice, stopped=stopped, failed=failed)


@_operators
def dead_letters() -> str:
    group, key, after = (request.args.get(name) or None for name in ("group", "key", "after"))
    rows, next_ = inbox.dead_letters(context.db(), group=group, key=key, after=after)
    return render_template("operations/dead_letters.html", rows=rows, next=next_, group=group, key=key)


@_operators
def dead_letter(event_id: str) -> str:
    row = tasks.letter(event_id)
    return render_template("operations/dead_letter.html", letter=row, payload=tasks.as_text(row["payload"]))


@_operators
def retry(event_id: str) -> Any:
    done = N_("Handled. With those that waited behind it: %(n)s events.")
    return _do(lambda: tasks.retry(event_id), done, event_id)


@_operators
def discard(event_id: str) -> Any:
    return _do(lambda: tasks.discard(event_id), N_("Discarded. Events of the same case that went on: %(n)s."), event_id)


@_operators
def announce_again() -> Any:
    given = request.form.get("since", "").strip()
    try:
        since = datetime.fromisoformat(given).replace(tzinfo=UTC) if given else None
    except ValueError:
        flash(language.gettext(N_("This is not a date and time.")), "problem")
        return redirect(url_for("operations.overview"), 303)
    return _do(lambda: tasks.announce_again(since), N_("%(n)s events will be sent again."))


@_operators
def resume() -> Any:
    return _do(tasks.resume, N_("Reading goes on."))


@_operators
def retry_work(work_id: str) -> Any:
    return _do(lambda: tasks.retry_work(work_id), N_("It runs again."))


@_operators
def trace() -> str:
    correlation = request.args.get("id", "").strip()[:200]
    rows = tasks.trace(correlation) if correlation else []
    return render_template("operations/trace.html", correlation=correlation, rows=rows)


@_auditors
def audited() -> str:
    actor, subject, after = (request.args.get(name) or None for name in ("actor", "subject", "after"))
    rows, next_ = audit.entries(context.db(), actor=actor, subject=subject, after=after)
    return render_template(
        "operations/audit.html", rows=rows, next=next_, actor=actor, subject=subject, now=clock.now()
    )


def _do(task: Callable[[], int | None], message: str, event_id: str | None = None) -> Any:
    """Does it, tells what came of it on the next page, and leads back to where the operator goes on."""
    try:
        n = task()
    except errors.Conflict as refusal:
        flash(language.gettext(refusal.detail, **refusal.params), "problem")
        if event_id:
            return redirect(url_for("operations.dead_letter", event_id=event_id), 303)
    else:
        flash(language.gettext(message, n=n), "done")
    return redirect(url_for("operations.dead_letters" if event_id else "operations.overview"), 303)


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("", "GET", overview),
    ("/dead-letters", "GET", dead_letters),
    ("/dead-letters/<path:event_id>", "GET", dead_letter),
    ("/dead-letters/<path:event_id>/retry", "POST", retry),
    ("/dead-letters/<path:event_id>/discard", "POST", discard),
    ("/replays", "POST", announce_again),
    ("/consumer/resumption", "POST", resume),
    ("/due-work/<path:work_id>/retry", "POST", retry_work),
    ("/traces", "GET", trace),
    ("/audit", "GET", audited),
]
