"""Persons: kept sealed, bound to their id; looked up only by keyed fingerprints; announced sealed for the readers."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from services.booking import model, refusals
from shared import clock, mongo, sealed

COLLECTIONS: dict[str, list[IndexModel]] = {"people": []}


def fingerprints(key: str, person: model.Person) -> tuple[str, ...]:
    """Of everything known that tells one person from another. Two people of one name born on one day count as one:
    the office can still book the second."""
    return contact_fingerprints(key, person) + identity_fingerprints(key, person)


def identity_fingerprints(key: str, person: model.Person | model.Companion) -> tuple[str, ...]:
    """Without what is lent, phone and mailbox."""
    document = getattr(person, "document", None)
    return _prints(key, document=_letters(document) if document else None, name_birth=_name_birth(person))


def contact_fingerprints(key: str, person: model.Person) -> tuple[str, ...]:
    return contact_prints(key, person.phone, person.email)


def contact_prints(key: str, phone: str | None = None, email: str | None = None) -> tuple[str, ...]:
    return _prints(key, phone=phone, email=email.casefold() if email else None)


def _prints(key: str, **known: str | None) -> tuple[str, ...]:
    return tuple(sealed.fingerprint(key, kind, value) for kind, value in known.items() if value)


def _name_birth(person: model.Person | model.Companion) -> str:
    return f"{plain(person.name)}|{person.birth_date.isoformat()}"


def content(request: model.BookingRequest | model.Asked) -> dict[str, Any]:
    """What is known of a person, as it is sealed and as readers of `people` find it."""
    companions = [_written(one) for one in request.companions]
    return {
        **_written(request.person),
        "language": request.language,
        "channels": list(request.channels),
        "companions": companions,
        "needs": list(request.needs),
        "interpreter": request.interpreter,
        "notes": {},
    }


def _written(one: model.Person | model.Companion) -> dict[str, Any]:
    return vars(one) | {"birth_date": one.birth_date.isoformat()}


def sealed_row(db: Database, id: str, known: dict[str, Any]) -> dict[str, Any]:
    box = mongo.settings(db).seal_keys.seal(known, id)
    return {"_id": id, "sealed": box, "version": 1, "changed_at": clock.now()}


def add(db: Database, *rows: dict[str, Any]) -> None:
    """New persons, as `sealed_row` has them."""
    db.people.insert_many(rows)


def put(db: Database, row: dict[str, Any]) -> None:
    """As `sealed_row` has it, whatever was known before: of a restored database, in which nobody else writes yet."""
    db.people.replace_one({"_id": row["_id"]}, row, upsert=True)


def is_known(db: Database, id: str) -> bool:
    """And not erased."""
    return db.people.find_one({"_id": id, "sealed": {"$exists": True}}, {"_id": 1}) is not None


def get(db: Database, id: str) -> dict[str, Any] | None:
    """None when erased. Raises LookupError for somebody never known."""
    row = db.people.find_one({"_id": id})
    if row is None:
        raise LookupError(f"no person {id}")
    return _open(db, row)


def opened(db: Database, ids: list[str]) -> dict[str, dict[str, Any]]:
    found = {row["_id"]: _open(db, row) for row in db.people.find({"_id": {"$in": ids}})}
    return {id: known for id, known in found.items() if known is not None}


def note(db: Database, id: str, case_id: str, text: str) -> dict[str, Any] | None:
    """Adds a note of the case; the person as known then, None when erased."""
    row = db.people.find_one({"_id": id}) or {}
    known = _open(db, row)
    if known is None:
        return None
    known["notes"] = {**known.get("notes", {}), case_id: text}
    box = mongo.settings(db).seal_keys.seal(known, id)
    _save(db, row, {"$set": {"sealed": box}})
    return known


def must_be_known(db: Database, id: str) -> None:
    """Inside the transaction that writes of the person elsewhere: writes them too, so that an erasure at the same
    moment comes before, and is seen, or after, and takes it along. Raises Forgotten."""
    known = db.people.update_one({"_id": id, "sealed": {"$exists": True}}, {"$set": {"written_of_at": clock.now()}})
    if not known.matched_count:
        raise refusals.Forgotten()


def come_as(
    db: Database, id: str, companions: Iterable[model.Companion], prepared: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Others come with them than before; and what the office prepares, as far as it is named. The person as known
    then, None when erased."""
    row = db.people.find_one({"_id": id}) or {}
    known = _open(db, row)
    if known is None:
        return None
    known |= {**prepared, "companions": [_written(one) for one in companions]}
    _save(db, row, {"$set": {"sealed": mongo.settings(db).seal_keys.seal(known, id)}})
    return known


def erase(db: Database, id: str) -> None:
    """Nothing of the person stays but the mark that they were erased, which is announced again with the others."""
    row = db.people.find_one({"_id": id}) or {"_id": id, "version": 0}
    _save(db, row, {"$unset": {"sealed": ""}, "$set": {"erased_at": clock.now()}})


def after(db: Database, id: str | None, limit: int) -> list[str]:
    wanted = {"_id": {"$gt": id}} if id is not None else {}
    return [row["_id"] for row in db.people.find(wanted, {"_id": 1}).sort("_id", 1).limit(limit)]


def _save(db: Database, row: dict[str, Any], change: dict[str, Any]) -> None:
    change.setdefault("$set", {})["changed_at"] = clock.now()
    saved = db.people.update_one({"_id": row["_id"], "version": row["version"]}, change | {"$inc": {"version": 1}})
    if not saved.matched_count:
        raise LookupError(f"person {row['_id']} was changed by another")


def _open(db: Database, row: dict[str, Any]) -> dict[str, Any] | None:
    if "sealed" not in row:
        return None
    return mongo.settings(db).seal_keys.open(row["sealed"], row["_id"])


def _letters(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


def plain(name: str) -> str:
    """Without accents, capitals and doubled spaces, which people write now so, now so."""
    letters = unicodedata.normalize("NFKD", name)
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).casefold().split())
