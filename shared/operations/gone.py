"""Events that this service missed and nobody can send it any more: shown until a person has noted them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from marshmallow import Schema, fields
from pymongo.database import Database

from shared import audit, errors, inbox, mongo
from shared.errors import N_
from shared.instants import Instant
from shared.operations import access
from shared.web import context, language
from shared.web.docs import problems

WHY = {
    "gap": N_("One or more events of this case never came. The case went on without them."),
    "log": N_(
        "Kafka deleted them before this service had read them. Announce again on the service that owns the topic."
    ),
    "archive": N_("The log was lost while this service was away for longer than archives reach back."),
    "restored": N_(
        "This service said so and its database was then restored from before: others know of it, the database does not."
    ),
}


class NoSuchLoss(errors.NotFound):
    code = "no-such-loss"
    title = N_("There is no such entry")
    detail = N_("It may have run out meanwhile.")


class Gone(Schema):
    id = fields.String(attribute="_id")
    topic = fields.String()
    where = fields.String(metadata={"description": "the case's key, or `partition 3`"})
    first = fields.Integer(allow_none=True, metadata={"description": "the first sequence of the case, or offset"})
    last = fields.Integer(allow_none=True)
    since = Instant(allow_none=True, metadata={"description": "they were announced after this"})
    until = Instant(allow_none=True, metadata={"description": "and before this"})
    why = fields.String(metadata={"description": "gap, log, archive or restored"})
    at = Instant()


class GoneList(Schema):
    items = fields.List(fields.Nested(Gone))


@mongo.transactional
def _note(db: Database, id: str) -> None:
    """Raises NoSuchLoss."""
    audit.record(db, access.actor(), "note events gone", id)
    if not inbox.note_gone(db, id):
        raise NoSuchLoss


@access.api.route("/gone")
@access.operators
@access.api.response(200, GoneList)
def listed() -> dict[str, Any]:
    """Events that this service missed and nobody can send it any more

    From when to when, and why; those that nobody has noted yet, newest first, at most 50."""
    access.viewed("see events gone", context.settings().service)
    return {"items": inbox.gone(context.db())}


@access.api.route("/gone/<path:gone_id>/noted", methods=["POST"])
@access.operators
@problems(404)
@access.api.response(204)
def noted(gone_id: str) -> None:
    """Somebody has seen it"""
    _note(context.db(), gone_id)


@access.operators
def gone() -> str:
    access.viewed("see events gone", context.settings().service)
    return render_template("operations/gone.html", rows=[_in_words(row) for row in inbox.gone(context.db())])


@access.operators
def note_gone(gone_id: str) -> Any:
    _note(context.db(), gone_id)
    flash(language.gettext(N_("Noted.")), "done")
    return redirect(url_for("operations.gone"), 303)


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    reason = WHY[row["why"]]
    return row | {"told": _told(row), "reason": language.gettext(reason)}


def _told(row: dict[str, Any]) -> str:
    since, until = _time(row["since"]), _time(row["until"])
    if since and until:
        return language.gettext(N_("Events from %(since)s to %(until)s (UTC) are gone."), since=since, until=until)
    if since:
        return language.gettext(N_("Events from %(since)s (UTC) on are gone."), since=since)
    if until:
        return language.gettext(N_("Events before %(until)s (UTC) are gone."), until=until)
    return language.gettext(N_("Events are gone."))


def _time(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else None


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("/gone", "GET", gone),
    ("/gone/<path:gone_id>/noted", "POST", note_gone),
]
