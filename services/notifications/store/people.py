"""This service's own copies of people, what they chose, and the numbers and mailboxes that asked for silence."""

from datetime import datetime, time
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from services.notifications.model import contact, preferences
from shared import mongo, sealed

COLLECTIONS: dict[str, list[IndexModel]] = {
    "people": [
        IndexModel("fingerprints.email", sparse=True),
        IndexModel("fingerprints.sms", sparse=True),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "preferences": [],
    "opt_outs": [],
}


NOT_HEARD_OF = 0  # the sequence of a row that is there only to be written by whoever asks


def save(db: Database, person: contact.Person, sequence: int) -> bool:
    """Keeps the newest: False if what is known is newer."""
    keys = mongo.settings(db).seal_keys
    content = {"language": person.language, "channels": list(person.channels), "contacts": person.contacts}
    prints = {channel: fingerprint(db, channel, text) for channel, text in person.contacts.items()}
    new = {"sequence": sequence, "fingerprints": prints, "sealed": keys.seal(content, bound_to=person.id)}
    return _replace_if_newer(db, person.id, sequence, new)


def erase(db: Database, person_id: str, sequence: int, until: datetime) -> None:
    """Leaves the id and the sequence alone, for as long as an older event may still come."""
    _replace_if_newer(db, person_id, sequence, {"sequence": sequence, "erased": True, "expires_at": until})


def _replace_if_newer(db: Database, person_id: str, sequence: int, new: dict[str, Any]) -> bool:
    known = db.people.find_one({"_id": person_id}, {"sequence": 1})
    if known and known["sequence"] > sequence:
        return False
    db.people.replace_one({"_id": person_id}, new, upsert=True)
    return True


def is_erased(db: Database, person_id: str) -> bool:
    """To be asked inside the transaction that writes about the person. It writes too, also of somebody not heard of
    yet, so that an erasure at the same moment conflicts with it and one of the two is done again."""
    change = {"$inc": {"asked": 1}, "$setOnInsert": {"sequence": NOT_HEARD_OF}}
    found = db.people.find_one_and_update({"_id": person_id}, change, {"erased": 1}, upsert=True)
    return bool(found and found.get("erased"))


def find(db: Database, person_id: str) -> contact.Person | None:
    """None: not heard of yet."""
    found = db.people.find_one({"_id": person_id, "sequence": {"$gt": NOT_HEARD_OF}})
    if found is None:
        return None
    if found.get("erased"):
        return contact.Person(person_id, erased=True)
    content = mongo.settings(db).seal_keys.open(found["sealed"], bound_to=person_id)
    return contact.Person(person_id, False, content["language"], tuple(content["channels"]), dict(content["contacts"]))


def who_have(db: Database, channel: str, text: str) -> list[str]:
    found = db.people.find({f"fingerprints.{channel}": fingerprint(db, channel, text)}, {"_id": 1})
    return [one["_id"] for one in found]


def fingerprint(db: Database, channel: str, text: str) -> str:
    return sealed.fingerprint(mongo.settings(db).fingerprint_key, channel, contact.normalised(channel, text))


# opt-outs: of a number or a mailbox, whoever uses it


def opted_out(db: Database, person: contact.Person, channel: str) -> bool:
    text = person.contacts.get(channel)
    if text is None:
        return False
    found = db.opt_outs.find_one({"_id": fingerprint(db, channel, text)})
    return bool(found and found["out"])


def note_opt_out(db: Database, channel: str, text: str, out: bool, at: datetime) -> bool:
    """The latest reply holds: False if a later one is known, or if it says nothing new."""
    key = fingerprint(db, channel, text)
    known = db.opt_outs.find_one({"_id": key})
    if known and known["at"] > at:
        return False
    db.opt_outs.replace_one({"_id": key}, {"channel": channel, "out": out, "at": at}, upsert=True)
    return out != bool(known and known["out"])


def forget_opt_outs(db: Database, person: contact.Person) -> None:
    """Of an erased person; a number that others use too keeps its own."""
    for channel, text in person.contacts.items():
        if who_have(db, channel, text) in ([], [person.id]):
            db.opt_outs.delete_one({"_id": fingerprint(db, channel, text)})


# what people chose


def chosen(db: Database, person_id: str) -> preferences.Preferences | None:
    found = db.preferences.find_one({"_id": person_id})
    if found is None:
        return None
    quiet = found["quiet_hours"]
    return preferences.Preferences(
        person_id,
        tuple(found["channels"]),
        found["language"],
        preferences.QuietHours(time.fromisoformat(quiet["begin"]), time.fromisoformat(quiet["end"])) if quiet else None,
        found["stop"],
    )


def choose(db: Database, chosen: preferences.Preferences) -> None:
    quiet = chosen.quiet_hours
    db.preferences.replace_one(
        {"_id": chosen.person_id},
        {
            "channels": list(chosen.channels),
            "language": chosen.language,
            "quiet_hours": {"begin": quiet.begin.isoformat(), "end": quiet.end.isoformat()} if quiet else None,
            "stop": chosen.stop,
        },
        upsert=True,
    )


def forget_choices(db: Database, person_id: str) -> None:
    db.preferences.delete_one({"_id": person_id})
