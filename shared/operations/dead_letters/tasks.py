"""What an operator can do with dead letters; the routes and the pages call the same. What changes something is audited
in its own transaction (shared/inbox/dead_letters), what is only looked at here."""

from typing import Any

from shared import audit
from shared.inbox import Record, letters
from shared.operations.access import actor, reading, viewed
from shared.operations.dead_letters import shown
from shared.web import context
from shared.web.idempotency import idempotency_key


def causes() -> list[dict[str, Any]]:
    viewed("see dead letters", "by cause")
    return letters.causes(context.db())


def listed(query: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    viewed("see dead letters", query.get("key") or query.get("group") or query.get("state") or "all")
    return letters.dead_letters(context.db(), **query)


def letter(event_id: str) -> dict[str, Any]:
    """One that is a dead letter or was one, as it may be shown. Raises NoSuchDeadLetter."""
    db = context.db()
    row = letters.look_up(db, event_id)
    audit.record(db, actor(), "see dead letter", event_id)
    record = Record.of(row) if "record" in row else None
    told = {name: row[name] for name in row if name != "record"} | {"id": row["_id"], "record": record}
    return told | {
        "headers": [{"name": name, "value": text} for name, text in shown.headers(record)] if record else [],
        "payload": shown.payload(record.value) if record else None,
        "behind": letters.behind(db, row),
        "edits": letters.edits_of(db, event_id),
    }


def retry(event_id: str) -> int:
    """Returns how many events were handled. Raises NoSuchDeadLetter, NotItsTurn, Awaited, StillFailing."""
    return letters.retry(context.db(), event_id, reading(), actor())


def edit(event_id: str, change: letters.Change) -> tuple[str, int]:
    return letters.edit(context.db(), event_id, change, reading(), actor())


def check_edit(event_id: str, change: letters.Change) -> Record:
    """The edited version, of which is known that it can be handled. Raises what `edit` raises."""
    db = context.db()
    audit.record(db, actor(), "check edit of dead letter", event_id)
    return letters.check(db, event_id, change, reading(), actor())


def discard(event_id: str, reason: str) -> int:
    """Returns how many events of its case went on. Raises NoSuchDeadLetter."""
    return letters.discard(context.db(), event_id, reason, reading(), actor())


def restore(event_id: str) -> bool:
    """Whether it comes late now. Raises NoSuchDeadLetter, CaseWentOn."""
    return letters.restore(context.db(), event_id, reading(), actor())


def note(event_id: str, text: str) -> dict[str, Any]:
    key = idempotency_key(actor().id)
    found = letters.add_note(context.db(), event_id, text, actor(), key.document())
    key.check(found["request"])
    return found


def begin_retries(scope: dict[str, str]) -> tuple[dict[str, Any], bool]:
    """The job, and whether this request had made it before. Raises NoSuchDeadLetter, RetryRunning."""
    key = idempotency_key(actor().id)
    job, was_there = letters.begin(context.db(), scope, actor(), key.document())
    key.check(job["request"])
    return letters.get_retry(context.db(), job["_id"]), was_there


def retries() -> list[dict[str, Any]]:
    viewed("see retries", "all")
    return letters.retries(context.db())


def followed(job_id: str) -> dict[str, Any]:
    """Raises NoSuchRetry."""
    found = letters.get_retry(context.db(), job_id)
    viewed("see retry", job_id)
    return found


def stop(job_id: str) -> dict[str, Any]:
    return letters.stop(context.db(), job_id, actor())


def edits(query: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    viewed("see edits", "reviewed" if query.get("reviewed") else "to review")
    return letters.edits(context.db(), **query)


def edited(edit_id: str) -> dict[str, Any]:
    """One edit with both versions and their difference. Raises NoSuchEdit."""
    db = context.db()
    row = letters.get_edit(db, edit_id)
    audit.record(db, actor(), "see edit", row["event_id"], edit=edit_id)
    before, after = shown.versions(row)
    told = {name: row[name] for name in row if name not in ("original", "edited")}
    return told | {
        "original": {"payload": shown.payload(before.value), "headers": dict(shown.headers(before))},
        "edited": {"payload": shown.payload(after.value), "headers": dict(shown.headers(after))},
        "difference": shown.difference(before, after),
    }


def review(edit_id: str, verdict: str, text: str) -> None:
    """Raises NoSuchEdit, OwnEdit (audited as refused), ReviewedAlready."""
    db = context.db()
    try:
        letters.review(db, edit_id, verdict, text, actor())
    except letters.OwnEdit:
        audit.record(db, actor(), "review edit", edit_id, outcome="refused")
        raise


def is_me(one: dict[str, str]) -> bool:
    return one["id"] == actor().id


def names(people: list[dict[str, str] | None]) -> dict[str, str]:
    """Of colleagues, by the ids of their accounts, for the pages; never of those whom events are about."""
    ids = [one["id"] for one in people if one]
    return {row["_id"]: row["name"] for row in context.db().accounts.find({"_id": {"$in": ids}}, {"name": 1})}
