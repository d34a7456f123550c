"""Partner agencies, the places they have, and the hashes of their keys."""

from dataclasses import asdict
from typing import Any

from pymongo.database import Database

from services.referrals import model
from shared import auth, clock

COUNTERS = ("open", "events")
PREFIX = 12


def partners(db: Database) -> list[model.Partner]:
    return [_load(found) for found in db.partners.find().sort("_id", 1)]


def partner(db: Database, partner_id: str) -> model.Partner:
    found = find_partner(db, partner_id)
    if found is None:
        raise LookupError(f"no partner {partner_id}")
    return found


def find_partner(db: Database, partner_id: str) -> model.Partner | None:
    found = db.partners.find_one({"_id": partner_id})
    return _load(found) if found else None


def save_partner(db: Database, partner: model.Partner) -> None:
    """What describes it; the counters are kept as they are."""
    described = asdict(partner)
    del described["open"]
    partner_id = described.pop("id")
    kept = dict.fromkeys(COUNTERS, 0)
    db.partners.update_one({"_id": partner_id}, {"$set": described, "$setOnInsert": kept}, upsert=True)


def open_place(db: Database, partner_id: str) -> None:
    """Written by every offer, so that two offers of the last place conflict."""
    db.partners.update_one({"_id": partner_id}, {"$inc": {"open": 1}})


def close_place(db: Database, partner_id: str) -> None:
    db.partners.update_one({"_id": partner_id, "open": {"$gt": 0}}, {"$inc": {"open": -1}})


def add_key(db: Database, partner_id: str, key: str) -> str:
    """Its hash, which is all that is kept; the same key again changes nothing."""
    hashed = auth.hash_key(key)
    kept = {"partner_id": partner_id, "prefix": key[:PREFIX], "created_at": clock.now()}
    db.partner_keys.update_one({"_id": hashed}, {"$setOnInsert": kept}, upsert=True)
    return hashed


def revoke_keys(db: Database, partner_id: str, but: str) -> int:
    return db.partner_keys.delete_many({"partner_id": partner_id, "_id": {"$ne": but}}).deleted_count


def partner_of_key(db: Database, key: str) -> str | None:
    """Found by how the key begins; the rest is compared as a hash, in constant time."""
    for kept in db.partner_keys.find({"prefix": key[:PREFIX]}, {"partner_id": 1}):
        if auth.same_key(key, kept["_id"]):
            return str(kept["partner_id"])
    return None


def _load(found: dict[str, Any]) -> model.Partner:
    lists = ("services", "priorities", "regions", "languages")
    values: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in found.items()}
    del values["events"]
    return model.Partner(id=values.pop("_id"), **values)
