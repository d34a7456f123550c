"""More requests than there is room for: who waited too long for a turn is told so at once, and comes again.

A worker has a few threads, and everything else waits in line before them. A request that waited longer than
LONGEST_WAIT_SECONDS is answered without any work: a light page that loads itself again, or 503 with `Retry-After` for
programs. So the line grows no longer than what is done in that time, and those who are served are served well. Forms
that people have filled in wait for their turn, however long: nothing that was typed is lost. What tells how the service
is, and the console, are always answered.
"""

import secrets
import threading
from typing import Any

from flask import Flask, make_response, render_template, request

from shared import errors
from shared.errors import N_
from shared.web import context, language

ALWAYS = ("/healthz", "/readyz", "/metrics", "/operations", "/api/v1/operations", "/static/", "/shared/")
SOONEST, SPREAD = 5, 10  # seconds until it comes again: not all at once

_mine = threading.local()


class Busy(errors.Unavailable):
    code = "busy"
    title = N_("Many people are here right now")
    detail = N_("More is asked for than we can answer at the moment. Please try again in a few seconds.")


def waited(seconds: float) -> None:
    """Said by the worker (shared/web_worker.py), in the thread that is about to answer."""
    _mine.seconds = seconds


def init_app(app: Flask) -> None:
    """Before anything else that costs."""
    app.before_request(_answer_at_once)


def _answer_at_once() -> Any:
    seconds, _mine.seconds = getattr(_mine, "seconds", 0.0), 0.0
    if seconds <= context.settings().longest_wait or request.path.startswith(ALWAYS):
        return None
    again = SOONEST + secrets.randbelow(SPREAD)
    if language.is_api():
        raise Busy(retry_after=again)
    if request.method not in ("GET", "HEAD"):
        return None
    return make_response(render_template("busy.html", seconds=again), Busy.status, {"Retry-After": str(again)})
