"""The pages of a retry of many: begun from a cause or a case, followed while it runs, stopped when asked."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from shared import figures
from shared.errors import N_
from shared.inbox import letters
from shared.operations.access import operators
from shared.operations.dead_letters import asked, tasks
from shared.operations.dead_letters.forms import around, loaded, tell_refusal
from shared.web import context, language


@operators
def begin_retries() -> Any:
    given = {name: request.form[name] for name in ("group", "topic", "key") if name in request.form}
    scope, wrong = loaded(asked.RetriesIn, given)
    if wrong:
        flash(wrong[0]["message"], "problem")
        return redirect(url_for("operations.dead_letters"), 303)
    try:
        job, _ = tasks.begin_retries(scope)
    except letters.RetryRunning as refusal:
        flash(language.gettext(N_("These are being tried again already: follow it here.")), "problem")
        return redirect(url_for("operations.dead_letter_retry", job_id=refusal.params["job"]), 303)
    except letters.NoSuchDeadLetter as refusal:
        tell_refusal(refusal)
        return redirect(url_for("operations.dead_letters"), 303)
    return redirect(url_for("operations.dead_letter_retry", job_id=job["_id"]), 303)


@operators
def dead_letter_retries() -> str:
    rows = tasks.retries()
    names = tasks.names([row["by"] for row in rows])
    return render_template("operations/dead_letter_retries.html", rows=rows, names=names, **around())


@operators
def dead_letter_retry(job_id: str) -> str:
    job, db = tasks.followed(job_id), context.db()
    rows, next_ = letters.results(db, job_id, after=request.args.get("after") or None)
    return render_template(
        "operations/dead_letter_retry.html",
        job=job,
        rows=rows,
        next=next_,
        asleep=figures.parts(db)["worker"]["timers"]["state"] == "dead",
        names=tasks.names([job["by"]]),
    )


@operators
def stop_retries(job_id: str) -> Any:
    tasks.stop(job_id)
    return redirect(url_for("operations.dead_letter_retry", job_id=job_id), 303)


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("/dead-letter-retries", "POST", begin_retries),
    ("/dead-letter-retries", "GET", dead_letter_retries),
    ("/dead-letter-retries/<job_id>", "GET", dead_letter_retry),
    ("/dead-letter-retries/<job_id>/stop", "POST", stop_retries),
]
