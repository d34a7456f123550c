"""Verifications: added, found, saved, used once, forgotten."""

from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from services.booking import model, refusals
from services.booking.store.rows import of

COLLECTIONS: dict[str, list[IndexModel]] = {
    "verifications": [IndexModel("request.scope", unique=True), IndexModel("contact")],
}


def add_verification(db: Database, new: model.Verification) -> None:
    """Raises DuplicateKeyError when the same request has made one."""
    db.verifications.insert_one(_row(new))


def find_verification(db: Database, id: str) -> model.Verification | None:
    return _verification(db.verifications.find_one({"_id": id}))


def verification(db: Database, id: str) -> model.Verification:
    found = find_verification(db, id)
    if found is None:
        raise refusals.UnknownVerification()
    return found


def verification_of_request(db: Database, scope: str) -> model.Verification | None:
    return _verification(db.verifications.find_one({"request.scope": scope}))


def verifications_of(db: Database, contacts: tuple[str, ...]) -> list[model.Verification]:
    found = map(_verification, db.verifications.find({"contact": {"$in": list(contacts)}}))
    return [one for one in found if one]


def save_verification(db: Database, changed: model.Verification) -> None:
    """Only over the version that the change was decided on. Raises Changed."""
    row = _row(changed)
    saved = db.verifications.update_one({"_id": row.pop("_id"), "version": changed.version - 1}, {"$set": row})
    if not saved.matched_count:
        raise refusals.Changed()


def use_verification(db: Database, id: str, scope: str) -> bool:
    """In the transaction of the booking that it is used for: False when another one has used it, or it is gone."""
    good = {"_id": id, "verified_at": {"$ne": None}, "used_by": None}
    return db.verifications.update_one(good, {"$set": {"used_by": scope}, "$inc": {"version": 1}}).matched_count > 0


def forget_verification(db: Database, id: str) -> None:
    db.verifications.delete_one({"_id": id})


def _row(one: model.Verification) -> dict[str, Any]:
    row = dict(vars(one))
    return {"_id": row.pop("id"), **row}


def _verification(row: dict[str, Any] | None) -> model.Verification | None:
    return model.Verification(**of(model.Verification, row)) if row else None
