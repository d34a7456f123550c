"""A dead letter handled in another version, and a second person's look at that afterwards.

What may change is what the event says: its value, and the headers that describe it. What it is stays: its id, its
key, its source, and its number in the case, as far as the original has them in a readable form. So order holds, and
readers that know its id still know it.

An edit is all or nothing: the version is read as an event, its type must be one that this service reads, and then the
service's own handler judges the data, in the transaction that stores the edit, marks the event and audits who did it.
If the data do not fit (DoesNotFit names the fields), nothing happened. `check` does the very same and takes it back,
for the page that shows the difference first. The original is kept beside the edited version for as long as the
event's own row lives, and longer until somebody has reviewed it.

What is sealed stays sealed: a box is shown as `sealed with the key …`, and that text, left where it was, stands for
the box of the original.
"""

import json
import uuid
from dataclasses import dataclass, replace
from typing import Any

import marshmallow
from pymongo.database import Database

from shared import audit, clock, definitions, events, mongo
from shared.errors import N_
from shared.inbox.dead_letters import boxes, settling
from shared.inbox.dead_letters.refusals import DoesNotFit, StillFailing
from shared.inbox.records import NUMBER, Reading, Record, UnknownVersion

STAYS = ("ce_id", "ce_partitionkey", "ce_source", "ce_sequence")


@dataclass(frozen=True)
class Change:
    """`data`: the whole new value, None for an event without one. `headers`: only those that change; None takes one
    away."""

    data: dict[str, Any] | None
    headers: dict[str, str | None]
    reason: str = ""


class _TakenBack(Exception):
    """Ends the transaction of a check."""


def edit(db: Database, event_id: str, change: Change, reading: Reading, by: audit.Who) -> tuple[str, int]:
    """Handles the event in its edited version. Returns the edit's id and how many events were handled with it.

    Raises NoSuchDeadLetter, NotItsTurn, Awaited, DoesNotFit; StillFailing when the handler failed for another cause.
    """
    try:
        edit_id, record = _edit(db, event_id, change, reading, by)
    except settling.REFUSED:
        raise
    except DoesNotFit:
        audit.record(db, by, "edit dead letter", event_id, outcome="failed")
        raise
    except Exception as error:
        if mongo.is_transient(error):
            raise
        settling.note_failure(db, event_id, error, by, "edit")
        raise StillFailing(error=type(error).__name__) from error
    return edit_id, 1 + settling.go_on(db, reading, record.case(), event_id)


def check(db: Database, event_id: str, change: Change, reading: Reading, by: audit.Who) -> Record:
    """The edited version, after it was handled and the handling taken back. Raises what `edit` raises."""
    found: list[Record] = []

    @mongo.transactional
    def try_it(db: Database) -> None:
        found[:] = [_edit(db, event_id, change, reading, by)[1]]
        raise _TakenBack

    try:
        try_it(db)
    except _TakenBack:
        return found[0]
    except (*settling.REFUSED, DoesNotFit):
        raise
    except Exception as error:
        if mongo.is_transient(error):
            raise
        raise StillFailing(error=type(error).__name__) from error
    raise RuntimeError("a check that was not taken back")


@mongo.transactional
def _edit(db: Database, event_id: str, change: Change, reading: Reading, by: audit.Who) -> tuple[str, Record]:
    row = settling.take_up(db, event_id)
    edited = _apply(row, change)
    event = _readable(edited)
    _must_be_read_here(reading, event.type)
    known = {"type": event.type, "sequence": event.sequence, "correlation": event.correlation}
    try:
        settling.handle(db, reading, row | known, edited, by, "edited")
    except marshmallow.ValidationError as error:
        raise DoesNotFit(errors=_named("value", error.messages)) from None
    edit_id = str(uuid.uuid4())
    names = ("topic", "key", "type", "sequence", "correlation")
    db.dead_letter_edits.insert_one(
        {
            "_id": edit_id,
            "event_id": event_id,
            **{name: (row | known)[name] for name in names},
            "group": row["group"],
            "at": clock.now(),
            "by": settling.who(by),
            "reason": change.reason,
            "original": row["record"],
            "edited": edited.kept()["record"],
            "review": None,
        }
    )
    audit.record(db, by, "edit dead letter", event_id, edit=edit_id)
    return edit_id, edited


def _apply(row: dict[str, Any], change: Change) -> Record:
    """The record in its new version. Raises DoesNotFit for a change of what the event is."""
    original = Record.of(row)
    if (change.data is None) != (original.value is None):
        raise DoesNotFit(errors={"value": N_("An event without a value stays without; one with a value keeps one.")})
    said = dict(original.headers)
    stays = _identity(row, original, said)
    for name, text in change.headers.items():
        if name in stays and text is not None and text.encode() != stays[name]:
            raise DoesNotFit(errors={f"headers.{name}": N_("This tells which event it is, and stays as it is.")})
    wanted = {name: text.encode() if text is not None else None for name, text in change.headers.items()} | stays
    headers = [(name, content) for name, content in original.headers if name not in wanted]
    headers += [(name, content) for name, content in wanted.items() if content is not None]
    value = None if change.data is None else _bytes(boxes.back(change.data, original.value))
    return replace(original, headers=headers, value=value)


def _identity(row: dict[str, Any], original: Record, said: dict[str, bytes]) -> dict[str, bytes]:
    """What tells which event it is, by header. A record that came without an id is known by its row's."""
    stays = {name: said[name] for name in STAYS if said.get(name)}
    if not NUMBER.fullmatch(said.get("ce_sequence", b"").decode("ascii", "replace")):
        stays.pop("ce_sequence", None)
    return stays | {"ce_id": row["_id"].encode(), "ce_partitionkey": original.key or said.get("ce_partitionkey", b"")}


def _readable(record: Record) -> events.Event:
    """Raises DoesNotFit with the headers at fault."""
    try:
        return events.read(record.topic, record.key, record.headers, record.value)
    except events.Unreadable:
        said = {name: content.decode(errors="replace") for name, content in record.headers}
        wrong = definitions.Envelope(unknown=marshmallow.EXCLUDE).validate(said)
        whole = {"headers": N_("These headers do not make an event: see CloudEvents 1.0.")}
        raise DoesNotFit(errors=_named("headers", wrong) or whole) from None


def _must_be_read_here(reading: Reading, event_type: str) -> None:
    try:
        handler = reading.handler(event_type)
    except UnknownVersion:
        text = N_("This service does not read this version of the type.")
        raise DoesNotFit(errors={"headers.ce_type": text}) from None
    if handler is None:
        raise DoesNotFit(errors={"headers.ce_type": N_("This service does not read this type.")})


def _named(prefix: str, messages: Any) -> dict[str, str]:
    """`{"office": {"name": ["…"]}}` -> `{"value.office.name": "…"}`: marshmallow's texts name rules, never data."""
    if isinstance(messages, dict):
        found: dict[str, str] = {}
        for name, inner in messages.items():
            found |= _named(prefix if name == "_schema" else f"{prefix}.{name}", inner)
        return found
    return {prefix: str(next(iter(messages), "") if isinstance(messages, list | tuple) else messages)}


def _bytes(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
