"""Referrals as documents; a save is guarded by the version that was read."""

from dataclasses import asdict
from typing import Any

from pymongo.database import Database

from services.referrals import model
from shared import errors
from shared.errors import N_


class Changed(errors.Conflict):
    code = "changed-meanwhile"
    title = N_("Somebody was faster")
    detail = N_("The referral was changed at the same moment. Please look at it again.")


class NoSuchReferral(errors.NotFound):
    code = "referral-not-found"
    title = N_("No such referral")
    detail = N_("There is no referral with this id.")


def referral(db: Database, referral_id: str) -> model.Referral:
    found = db.referrals.find_one({"_id": referral_id})
    if found is None:
        raise NoSuchReferral()
    return _load(found)


def find_requested(db: Database, request_id: str) -> model.Referral | None:
    found = db.referrals.find_one({"request_id": request_id})
    return _load(found) if found else None


def add_referral(db: Database, referral: model.Referral) -> None:
    db.referrals.insert_one(_dump(referral))


def save_referral(db: Database, referral: model.Referral, was: model.Referral) -> None:
    """Raises Changed when somebody else saved since `was` was read."""
    before = {"_id": referral.id, "version": was.version}
    if db.referrals.replace_one(before, _dump(referral)).matched_count == 0:
        raise Changed()


def touch_referral(db: Database, referral: model.Referral) -> None:
    """A decision rests on this very version: a change at the same moment must conflict with it."""
    read = {"_id": referral.id, "version": referral.version}
    if db.referrals.update_one(read, {"$inc": {"reads": 1}}).matched_count == 0:
        raise Changed()


def of_person(db: Database, person_id: str) -> list[model.Referral]:
    return [_load(found) for found in db.referrals.find({"person_id": person_id})]


def of_consent(db: Database, consent_id: str) -> list[model.Referral]:
    return [_load(found) for found in db.referrals.find({"consent.id": consent_id})]


def of_partner(
    db: Database, partner_id: str, status: str | None, after: str | None, limit: int
) -> list[model.Referral]:
    """What this partner was ever offered, oldest first; `status` is that of its own offer."""
    offer = {"partner_id": partner_id} | ({"status": status} if status else {})
    query: dict[str, Any] = {"offers": {"$elemMatch": offer}}
    if after:
        query["_id"] = {"$gt": after}
    return [_load(found) for found in db.referrals.find(query).sort("_id", 1).limit(limit)]


def referrals(
    db: Database, status: str | None, offices: list[str] | None, before: str | None, limit: int
) -> list[model.Referral]:
    """For staff, newest first; `offices` None means all."""
    query: dict[str, Any] = {"status": status} if status else {}
    if offices is not None:
        query["office.id"] = {"$in": offices}
    if before:
        query["_id"] = {"$lt": before}
    return [_load(found) for found in db.referrals.find(query).sort("_id", -1).limit(limit)]


def count_by_status(db: Database, offices: list[str] | None) -> dict[str, int]:
    match = {} if offices is None else {"office.id": {"$in": offices}}
    counted = db.referrals.aggregate([{"$match": match}, {"$group": {"_id": "$status", "n": {"$sum": 1}}}])
    return {row["_id"]: row["n"] for row in counted}


def _dump(referral: model.Referral) -> dict[str, Any]:
    found = asdict(referral)
    found["_id"] = found.pop("id")
    found["reasons"] = [[reason._asdict() for reason in turn] for turn in referral.reasons]
    return found


def _load(found: dict[str, Any]) -> model.Referral:
    consent = found["consent"]
    values = {name: value for name, value in found.items() if name not in ("_id", "reads")}
    values |= {
        "id": found["_id"],
        "languages": tuple(found["languages"]),
        "consent": model.Consent(**consent | {"partners": tuple(consent["partners"])}),
        "offers": tuple(model.Offer(**offer) for offer in found["offers"]),
        "reasons": tuple(tuple(model.Reason(**reason) for reason in turn) for turn in found["reasons"]),
        "history": tuple(model.Step(**step) for step in found["history"]),
    }
    return model.Referral(**values)
