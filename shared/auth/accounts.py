"""The accounts of those who work in a service, their passwords (argon2id) and the keys of their scripts."""

import hmac
import json
import secrets
import threading
import uuid
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import argon2
from pymongo import IndexModel
from pymongo.database import Database

from shared import clock, errors
from shared.errors import N_

ROLES = ("clerk", "supervisor", "caseworker", "operator", "privacy_officer", "programme_lead", "admin")
COLLECTIONS: dict[str, list[IndexModel]] = {
    "accounts": [IndexModel("email", unique=True)],
    "account_keys": [IndexModel("account_id"), IndexModel("expires_at", expireAfterSeconds=0)],
}
# 64 MiB and 0.2 s of a core each: more at once would only slow each other down
_hashing = threading.BoundedSemaphore(2)
_hasher = argon2.PasswordHasher()
_WAIT = 5


class NoSuchAccount(errors.NotFound):
    code = "no-such-account"
    detail = N_("There is no account with this email address.")


class Busy(errors.Unavailable):
    code = "sign-in-busy"
    title = N_("Many people are signing in")
    detail = N_("Please try again in a few seconds.")


def hash_key(key: str) -> str:
    """How the key of a script or of a partner is kept. Keys are long and random, so a plain hash is enough."""
    return sha256(key.encode()).hexdigest()


def same_key(key: str, kept: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(hash_key(key).encode(), kept.encode())


def hash_password(password: str) -> str:
    return _bounded(_hasher.hash, password)


def verified(db: Database, email: str, password: str) -> dict[str, Any] | None:
    """The account, or None. An unknown address costs the same time as a wrong password. Raises Busy."""
    account = db.accounts.find_one({"email": normal(email)})
    kept = account["password"] if account else _nobodys_password()
    try:
        _bounded(_hasher.verify, kept, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return None
    if account is None or account.get("disabled"):
        return None
    if _hasher.check_needs_rehash(kept):
        fresh = {"password": hash_password(password)}
        db.accounts.update_one({"_id": account["_id"], "password": kept}, {"$set": fresh})
    return account


def by_key(db: Database, key: str) -> dict[str, Any] | None:
    """The account whose script holds this key, unless disabled or run out."""
    kept = db.account_keys.find_one({"_id": hash_key(key)})
    if kept is None or not same_key(key, kept["_id"]):
        return None
    if kept.get("expires_at") and kept["expires_at"] < clock.now():
        return None
    account = db.accounts.find_one({"_id": kept["account_id"]})
    return None if account is None or account.get("disabled") else account


def normal(email: str) -> str:
    return email.strip().casefold()


def load_file(db: Database, path: Path | str, reset_passwords: bool = False) -> int:
    """Accounts from a JSON file: `{"accounts": [{email, name, password or password_hash, roles, offices, keys?}]}`.

    May run again: names, roles and offices follow the file, a password that is there stays unless `reset_passwords`.
    `keys`: hashes of scripts' keys. Returns how many accounts. Raises ValueError naming what is wrong.
    """
    rows = json.loads(Path(path).read_text())["accounts"]
    for row in rows:
        unknown = set(row["roles"]) - set(ROLES)
        if unknown:
            raise ValueError(f"{path}: no such role: {', '.join(sorted(unknown))}")
    for row in rows:
        _load(db, row, reset_passwords)
    return len(rows)


def _load(db: Database, row: dict[str, Any], reset_password: bool) -> None:
    email = normal(row["email"])
    known = db.accounts.find_one({"email": email})
    change: dict[str, Any] = {"name": row["name"], "roles": row["roles"], "offices": row.get("offices", [])}
    if known is None or reset_password:
        change["password"] = row.get("password_hash") or hash_password(row["password"])
    db.accounts.update_one(
        {"email": email},
        {"$set": change, "$setOnInsert": new(), "$inc": {"credentials_version": int("password" in change)}},
        upsert=True,
    )
    account = existing(db, email)
    for kept in row.get("keys", []):
        fields = {"account_id": account["_id"], "created_at": clock.now()}
        db.account_keys.update_one({"_id": kept}, {"$setOnInsert": fields}, upsert=True)


def new() -> dict[str, Any]:
    """What every account begins with."""
    return {"_id": uuid.uuid4().hex, "disabled": False, "known_networks": [], "created_at": clock.now()}


def existing(db: Database, email: str) -> dict[str, Any]:
    """Raises NoSuchAccount."""
    account = db.accounts.find_one({"email": normal(email)})
    if account is None:
        raise NoSuchAccount
    return account


def names(db: Database, ids: Iterable[str]) -> dict[str, str]:
    """What those who work here are called, for pages: never for logs."""
    return {row["_id"]: row["name"] for row in db.accounts.find({"_id": {"$in": list(ids)}}, {"name": 1})}


@cache
def _nobodys_password() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def _bounded(work: Any, *args: str) -> Any:
    if not _hashing.acquire(timeout=_WAIT):
        raise Busy(retry_after=3)
    try:
        return work(*args)
    finally:
        _hashing.release()
