"""What an operator can do, each audited before it happens; used by the routes and by the console alike."""

import json
from datetime import datetime
from typing import Any

from flask import current_app

from shared import audit, auth, consumer, due, errors, events, inbox, outbox
from shared.auth import Actor
from shared.errors import N_
from shared.inbox import Record
from shared.inbox.dead_letters import StillFailing
from shared.web import context

READING = "sendero-reading"
MOST_SHOWN = 20_000


def _actor() -> Actor:
    who = auth.actor()
    if who is None:
        raise RuntimeError("a task without an actor")
    return who


def retry(event_id: str) -> int:
    """Returns how many events were handled. Raises NoSuchDeadLetter, StillFailing."""
    db, who = context.db(), _actor()
    inbox.get(db, event_id)
    audit.record(db, who, "retry dead letter", event_id)
    try:
        return inbox.retry(db, event_id, current_app.extensions[READING])
    except StillFailing:
        audit.record(db, who, "retry dead letter", event_id, outcome="failed")
        raise


def discard(event_id: str) -> int:
    """Returns how many events of its case went on. Raises NoSuchDeadLetter."""
    db = context.db()
    inbox.get(db, event_id)
    audit.record(db, _actor(), "discard dead letter", event_id)
    return inbox.discard(db, event_id, current_app.extensions[READING])


class NoSuchWork(errors.NotFound):
    code = "no-such-work"
    title = N_("There is no such failed work")
    detail = N_("It may have been tried again meanwhile.")


def retry_work(work_id: str) -> None:
    """Raises NoSuchWork."""
    db = context.db()
    audit.record(db, _actor(), "retry due work", work_id)
    if not due.retry(db, work_id):
        raise NoSuchWork


def announce_again(since: datetime | None) -> int:
    db = context.db()
    audit.record(db, _actor(), "announce again", since.isoformat() if since else "everything")
    return outbox.announce_again(db, since)


def resume() -> None:
    db = context.db()
    audit.record(db, _actor(), "resume consumer", "consumer")
    consumer.resume(db)


def letter(event_id: str) -> dict[str, Any]:
    """One dead letter as it may be shown: what is sealed stays so. Raises NoSuchDeadLetter."""
    db = context.db()
    row = inbox.get(db, event_id)
    audit.record(db, _actor(), "see dead letter", event_id)
    record = Record.of(row)
    return {**{name: row[name] for name in row if name != "record"}, "id": row["_id"], "payload": _payload(record)}


def trace(correlation: str) -> list[dict[str, Any]]:
    """One case through this service, oldest first: what it announced and what it heard."""
    db = context.db()
    said = [{**row, "direction": "announced", "state": _sent(row)} for row in outbox.trace(db, correlation)]
    heard = [{**row, "direction": "heard"} for row in inbox.trace(db, correlation)]
    return sorted([{**row, "id": row["_id"]} for row in [*said, *heard]], key=lambda row: row["at"])


def _sent(row: dict[str, Any]) -> str:
    return "numbered" if "position" in row else "waiting"


def _payload(record: Record) -> Any:
    try:
        data = events.read(record.topic, record.key, record.headers, record.value).data
    except events.Unreadable:
        text = (record.value or b"").decode(errors="replace")
        return {"unreadable": text[:MOST_SHOWN]}
    return _without_sealed(data)


def _without_sealed(value: Any) -> Any:
    if isinstance(value, dict):
        if {"kid", "nonce", "box"} <= set(value):
            return f"sealed with the key {value['kid']}"
        return {name: _without_sealed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_sealed(one) for one in value]
    return value


def as_text(payload: Any) -> str:
    return json.dumps(payload, ensure_ascii=False, indent=2, default=str)[:MOST_SHOWN]
