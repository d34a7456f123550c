"""Accounts made, disabled and enabled, their passwords and keys: by page and by command alike, each audited."""

import secrets
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared import audit, clock, errors, mongo
from shared.auth import accounts
from shared.auth.actors import Actor
from shared.errors import N_

COMMANDS = Actor("commands", kind="script")
SHORTEST_PASSWORD = 12


class Yourself(errors.Conflict):
    code = "yourself"
    detail = N_("Nobody can disable their own account.")


class AccountExists(errors.Conflict):
    code = "account-exists"
    detail = N_("There is an account with this email address already.")


def listed(db: Database) -> list[dict[str, Any]]:
    """By email; without password or networks."""
    shown = ("email", "name", "roles", "offices", "disabled", "signed_in_at")
    return list(db.accounts.find({}, dict.fromkeys(shown, 1)).sort("email", 1))


def email_of(db: Database, account_id: str) -> str:
    """Raises NoSuchAccount."""
    account = db.accounts.find_one({"_id": account_id}, {"email": 1})
    if account is None:
        raise accounts.NoSuchAccount
    return account["email"]


def make(db: Database, email: str, name: str, roles: list[str], offices: list[str], by: Actor = COMMANDS) -> str:
    """Returns its first password, which is kept nowhere. Raises AccountExists."""
    password = new_password()
    account = accounts.new() | {
        "email": accounts.normal(email),
        "name": name,
        "roles": roles,
        "offices": offices,
        "password": accounts.hash_password(password),
        "credentials_version": 1,
    }
    try:
        _make(db, account, by)
    except DuplicateKeyError:
        raise AccountExists from None
    return password


@mongo.transactional
def _make(db: Database, account: dict[str, Any], by: Actor) -> None:
    db.accounts.insert_one(account)
    audit.record(db, by, "make account", account["_id"])


@mongo.transactional
def disable(db: Database, email: str, by: Actor = COMMANDS) -> None:
    """At once: open sessions end at their next request, keys of scripts are deleted. Raises Yourself."""
    account = accounts.existing(db, email)
    if account["_id"] == by.id:
        raise Yourself
    _change(db, account, {"$set": {"disabled": True}, "$inc": {"credentials_version": 1}}, by, "disable account")
    db.account_keys.delete_many({"account_id": account["_id"]})


@mongo.transactional
def enable(db: Database, email: str, by: Actor = COMMANDS) -> None:
    _change(db, accounts.existing(db, email), {"$set": {"disabled": False}}, by, "enable account")


def set_password(db: Database, email: str, password: str, by: Actor = COMMANDS) -> None:
    """Signs the account out everywhere."""
    _set_password(db, email, accounts.hash_password(password), by)


def reset_password(db: Database, email: str, by: Actor = COMMANDS) -> str:
    """The new one, which is kept nowhere."""
    password = new_password()
    set_password(db, email, password, by)
    return password


@mongo.transactional
def _set_password(db: Database, email: str, hashed: str, by: Actor) -> None:
    change = {"$set": {"password": hashed}, "$inc": {"credentials_version": 1}}
    _change(db, accounts.existing(db, email), change, by, "set password")


@mongo.transactional
def give_key(db: Database, email: str, name: str = "", by: Actor = COMMANDS) -> str:
    """A new key for the scripts of an account; shown once, kept as a hash. `name`: what it is for."""
    key = "sendero_" + secrets.token_urlsafe(32)
    account_id = accounts.existing(db, email)["_id"]
    row = {"_id": accounts.hash_key(key), "account_id": account_id, "name": name, "created_at": clock.now()}
    db.account_keys.insert_one(row)
    audit.record(db, by, "give key", account_id)
    return key


def new_password() -> str:
    return secrets.token_urlsafe(15)


def _change(db: Database, account: dict[str, Any], change: dict[str, Any], by: Actor, action: str) -> None:
    db.accounts.update_one({"_id": account["_id"]}, change)
    audit.record(db, by, action, account["_id"])
