"""What the forms on the pages of dead letters have in common: read, done, told on the next page."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from marshmallow import Schema, ValidationError

from shared import errors
from shared.inbox import letters
from shared.web import context, language
from shared.web.problems import field_errors


def loaded(schema: type[Schema], given: dict[str, Any]) -> tuple[Any, list[dict[str, str]]]:
    """What a form says, or what is wrong with it."""
    try:
        return schema().load(given), []
    except ValidationError as error:
        return None, field_errors(error)


def do(task: Callable[[], dict[str, Any]], message: str, event_id: str, then: str | None = None) -> Any:
    """Does it and tells what came of it; leads to `then`, or back to the letter if it could not be done. The task's
    result fills the message; a `message` in it replaces the message."""
    letter = url_for("operations.dead_letter", event_id=event_id)
    try:
        found = task()
    except (errors.Conflict, letters.NoSuchDeadLetter) as refusal:
        tell_refusal(refusal)
        return redirect(letter if _is_known(event_id) else url_for("operations.dead_letters"), 303)
    flash(language.gettext(found.pop("message", message), **found), "done")
    return redirect(then or letter, 303)


def tell_refusal(refusal: errors.Refusal) -> None:
    params = {
        name: language.gettext(value) if isinstance(value, str) else value for name, value in refusal.params.items()
    }
    flash(language.gettext(refusal.detail, **params), "problem")


def _is_known(event_id: str) -> bool:
    try:
        letters.look_up(context.db(), event_id)
    except letters.NoSuchDeadLetter:
        return False
    return True


def around() -> dict[str, Any]:
    """What every page of dead letters shows beside its own: what runs, and what waits for a second person."""
    db = context.db()
    return {"running": letters.running(db), "to_review": letters.to_review(db)}
