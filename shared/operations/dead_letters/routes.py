"""Dead letters by JSON."""

from typing import Any

from flask import url_for

from shared.inbox import letters
from shared.operations.access import api, operators, readers
from shared.operations.dead_letters import asked, schemas, tasks
from shared.web import context
from shared.web.docs import problems
from shared.web.idempotency import creates, replayed
from shared.web.paging import ListQuery, page


@api.route("/dead-letters")
@operators
@api.arguments(asked.DeadLetterQuery, location="query")
@api.response(200, schemas.DeadLetterPage)
def dead_letters(query: dict[str, Any]) -> dict[str, Any]:
    """Events that failed and wait for a person

    With `key`, in the order of the case. With `state=discarded`, those that were discarded."""
    return page(*tasks.listed(query))


@api.route("/dead-letter-groups")
@readers
@api.response(200, schemas.CausePage)
def causes() -> dict[str, Any]:
    """Dead letters by cause, the most frequent first"""
    return page(tasks.causes(), None)


@api.route("/dead-letters/<path:event_id>")
@operators
@problems(404)
@api.response(200, schemas.DeadLetterWhole)
def dead_letter(event_id: str) -> dict[str, Any]:
    """One of them, whole

    Also when it was discarded, or handled since: then its content is kept no longer."""
    return tasks.letter(event_id)


@api.route("/dead-letters/<path:event_id>/retry", methods=["POST"])
@operators
@problems(404, 409)
@api.response(200, schemas.Handled)
def retry(event_id: str) -> dict[str, int]:
    """Handle it again now, and then what waits behind it

    409 `still-failing` when it failed again: it stays. 409 `not-its-turn`: an earlier one of its case comes first.
    409 `earlier-events-awaited`: earlier events of its case have not come yet."""
    return {"handled": tasks.retry(event_id)}


@api.route("/dead-letters/<path:event_id>/edit", methods=["POST"])
@operators
@problems(404, 409)
@api.arguments(asked.EditIn)
@api.response(200, schemas.Edited)
def edit(change: letters.Change, event_id: str) -> dict[str, Any]:
    """Handle it in another version, once, all or nothing

    Id, key, source and number of the event stay. 422 names the fields that do not fit, as `value.…` and `headers.…`;
    409 as for a retry. A text such as `sealed with the key k1`, left where it was, stands for what is sealed there.
    The original is kept, and the edit is listed for another person's review."""
    edit_id, handled = tasks.edit(event_id, change)
    return {"edit": edit_id, "handled": handled}


@api.route("/dead-letters/<path:event_id>/discard", methods=["POST"])
@operators
@problems(404)
@api.arguments(asked.Reason)
@api.response(200, schemas.Released)
def discard(body: dict[str, str], event_id: str) -> dict[str, int]:
    """Set it aside for good, and go on with its case"""
    return {"released": tasks.discard(event_id, body["reason"].strip())}


@api.route("/dead-letters/<path:event_id>/restore", methods=["POST"])
@operators
@problems(404, 409)
@api.response(200, schemas.Restored)
def restore(event_id: str) -> dict[str, bool]:
    """Make a dead letter again of a discarded one

    `late`: later events of its case have been handled meanwhile, so its effect can only come after theirs. 409
    `case-went-on` in a topic of which only the newest state counts."""
    return {"late": tasks.restore(event_id)}


@api.route("/dead-letters/<path:event_id>/notes", methods=["POST"])
@operators
@problems(404)
@creates
@api.arguments(asked.RemarkIn)
@api.response(201, schemas.Remark)
def note(body: dict[str, str], event_id: str) -> dict[str, Any]:
    """A remark for whoever looks at it next"""
    return tasks.note(event_id, body["text"].strip())


@api.route("/dead-letters/retries", methods=["POST"])
@operators
@problems(404, 409)
@creates
@api.arguments(asked.RetriesIn)
@api.response(202, schemas.Retry)
def begin(scope: dict[str, str]) -> Any:
    """Try all of one cause again, or all of one case in its order: a job to follow

    409 `retry-running` while one for the same runs."""
    job, was_there = tasks.begin_retries(scope)
    where = {"Location": url_for("operations-api.followed", job_id=job["_id"])}
    return job, 202, where | replayed(was_there)


@api.route("/dead-letters/retries", methods=["GET"])
@operators
@api.response(200, schemas.RetryPage)
def retries() -> dict[str, Any]:
    """The last fifty, newest first"""
    return page(tasks.retries(), None)


@api.route("/dead-letters/retries/<job_id>")
@operators
@problems(404)
@api.response(200, schemas.Retry)
def followed(job_id: str) -> dict[str, Any]:
    """How far it is"""
    return tasks.followed(job_id)


@api.route("/dead-letters/retries/<job_id>/results")
@operators
@problems(404)
@api.arguments(ListQuery, location="query")
@api.response(200, schemas.ResultPage)
def results(query: dict[str, Any], job_id: str) -> dict[str, Any]:
    """What came of each letter"""
    tasks.followed(job_id)
    return page(*letters.results(context.db(), job_id, **query))


@api.route("/dead-letters/retries/<job_id>/stop", methods=["POST"])
@operators
@problems(404)
@api.response(200, schemas.Retry)
def stop(job_id: str) -> dict[str, Any]:
    """No further letter is tried; what was handled stays so"""
    return tasks.stop(job_id)


@api.route("/dead-letter-edits")
@operators
@api.arguments(asked.EditQuery, location="query")
@api.response(200, schemas.EditPage)
def edits(query: dict[str, Any]) -> dict[str, Any]:
    """Edits that wait for a second person, or with `reviewed=true` those that were looked at"""
    return page(*tasks.edits(query))


@api.route("/dead-letter-edits/<edit_id>")
@operators
@problems(404)
@api.response(200, schemas.EditWhole)
def edited(edit_id: str) -> dict[str, Any]:
    """One edit with both versions"""
    return tasks.edited(edit_id)


@api.route("/dead-letter-edits/<edit_id>/review", methods=["POST"])
@operators
@problems(404, 409)
@api.arguments(asked.ReviewIn)
@api.response(204)
def review(body: dict[str, str], edit_id: str) -> None:
    """A second person's verdict: not by who made the edit"""
    tasks.review(edit_id, body["verdict"], body["note"].strip())
