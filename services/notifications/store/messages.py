"""The messages, each with what became of it; and which calls of providers have had their effect."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.database import Database

from services.notifications.model import message
from shared import clock, errors, mongo
from shared.errors import N_

COLLECTIONS: dict[str, list[IndexModel]] = {
    "messages": [
        IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("state", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("person_id", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("appointment_id", ASCENDING), ("template", ASCENDING), ("created_at", DESCENDING)]),
        IndexModel("check_code"),
        IndexModel("resends.scope", unique=True, sparse=True),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "provider_calls": [IndexModel("expires_at", expireAfterSeconds=0)],
}
REMEMBER_CALLS = timedelta(days=1)  # a provider's signature is accepted for 5 minutes
NEWEST_FIRST = [("created_at", DESCENDING), ("_id", DESCENDING)]


class NoSuchMessage(errors.NotFound):
    code = "no-such-message"
    title = N_("No such message")
    detail = N_("There is no message with this id.")


class Changed(errors.Conflict):
    code = "changed"
    title = N_("Changed meanwhile")
    detail = N_("Somebody else changed this message a moment ago. Look at it again.")


def add(db: Database, new: message.Message) -> None:
    """Once: the same message again changes nothing."""
    expires_at = new.created_at + timedelta(days=mongo.settings(db).retention.archive_days)
    document = _document(new) | {"expires_at": expires_at}
    db.messages.update_one({"_id": new.id}, {"$setOnInsert": document}, upsert=True)


def save(db: Database, *changed: message.Message) -> None:
    """Guarded by the version that was read; inside a transaction a second writer is started over by the database."""
    if changed and db.messages.bulk_write([_saved(one) for one in changed]).matched_count < len(changed):
        raise Changed


def _saved(changed: message.Message) -> UpdateOne:
    fields = _document(changed) | {"version": changed.version + 1}
    return UpdateOne({"_id": changed.id, "version": changed.version}, {"$set": fields})


def find(db: Database, message_id: str) -> message.Message | None:
    return _message(db.messages.find_one({"_id": message_id}))


def get(db: Database, message_id: str) -> message.Message:
    found = find(db, message_id)
    if found is None:
        raise NoSuchMessage
    return found


def get_all(db: Database, ids: Iterable[str]) -> dict[str, message.Message]:
    """Each by its id. Raises NoSuchMessage."""
    wanted = list(ids)
    found = {one.id: one for one in _messages(db.messages.find({"_id": {"$in": wanted}}))}
    if not found.keys() >= set(wanted):
        raise NoSuchMessage
    return found


def recipient(db: Database, one: message.Message) -> str | None:
    """To whom it was handed over; None before that, and once the person was erased."""
    if one.recipient is None:
        return None
    return mongo.settings(db).seal_keys.open(one.recipient, bound_to=one.id)["to"]


def with_check_code(db: Database, code: str) -> list[message.Message]:
    return _messages(db.messages.find({"check_code": code}).sort("created_at", DESCENDING).limit(3))


def queued(db: Database, person_id: str, channel: str | None = None) -> list[message.Message]:
    wanted = {"person_id": person_id, "state": message.QUEUED} | ({"channel": channel} if channel else {})
    return _messages(db.messages.find(wanted))


def list_newest(
    db: Database, status: str | None, since: datetime | None, after: tuple[datetime, str] | None, limit: int
) -> list[message.Message]:
    """Newest first; `after` is created_at and id of the last one seen."""
    wanted: dict[str, Any] = {"state": status} if status else {}
    if since:
        wanted["created_at"] = {"$gte": since}
    if after:
        wanted["$or"] = [{"created_at": {"$lt": after[0]}}, {"created_at": after[0], "_id": {"$lt": after[1]}}]
    return _messages(db.messages.find(wanted).sort(NEWEST_FIRST).limit(limit))


def wrote_since(db: Database, appointment_id: str, template: str, since: datetime) -> bool:
    wanted = {"appointment_id": appointment_id, "template": template, "created_at": {"$gte": since}}
    return db.messages.find_one(wanted, {"_id": 1}) is not None


def resend_with(db: Database, scope: str) -> dict[str, Any] | None:
    """The request that once asked for a resend with this idempotency key, and its message's id."""
    found = db.messages.find_one({"resends.scope": scope}, {"resends": 1})
    if found is None:
        return None
    request = next(one for one in found["resends"] if one["scope"] == scope)
    return {"message_id": found["_id"], "body": request["body"]}


def note_resend(db: Database, message_id: str, request: dict[str, Any]) -> None:
    db.messages.update_one({"_id": message_id}, {"$push": {"resends": request}})


def strip(db: Database, person_id: str) -> None:
    """Of an erased person: to whom, about what, and under which reference; that there was a message stays."""
    db.messages.update_many({"person_id": person_id}, {"$set": {"facts": {}, "recipient": None}})


def note_provider_call(db: Database, call_id: str) -> None:
    """Raises DuplicateKeyError for a call that has had its effect."""
    db.provider_calls.insert_one({"_id": call_id, "expires_at": clock.now() + REMEMBER_CALLS})


def _document(one: message.Message) -> dict[str, Any]:
    document = asdict(one)
    del document["id"]
    return document


def _message(found: dict[str, Any] | None) -> message.Message | None:
    if found is None:
        return None
    names = set(message.Message.__dataclass_fields__) - {"id", "history"}
    steps = tuple(message.Step(**step) for step in found["history"])
    return message.Message(id=found["_id"], history=steps, **{name: found[name] for name in names if name in found})


def _messages(found: Iterable[dict[str, Any]]) -> list[message.Message]:
    return [one for one in map(_message, found) if one is not None]
