"""Where partners want their events, and the secrets that sign them (sealed; an old one stays valid for a while)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.referrals import model


def endpoint(db: Database, partner_id: str) -> model.Endpoint | None:
    found = db.webhooks.find_one({"_id": partner_id})
    return _load(found) if found else None


def endpoints(db: Database) -> dict[str, model.Endpoint]:
    return {found["_id"]: _load(found) for found in db.webhooks.find()}


def save_endpoint(db: Database, endpoint: model.Endpoint) -> None:
    document = asdict(endpoint)
    document["_id"] = document.pop("partner_id")
    db.webhooks.replace_one({"_id": endpoint.partner_id}, document, upsert=True)


def add_secret(db: Database, secret: dict[str, Any]) -> None:
    db.webhook_secrets.insert_one(secret)


def retire_secrets(db: Database, partner_id: str, valid_until: datetime) -> None:
    """Those that are current stay valid until then; those retired before keep their own end."""
    current = {"partner_id": partner_id, "valid_until": None}
    db.webhook_secrets.update_many(current, {"$set": {"valid_until": valid_until}})


def live_secrets(db: Database, partner_id: str, now: datetime, limit: int = 5) -> list[dict[str, Any]]:
    """The current one first."""
    valid = {"partner_id": partner_id, "$or": [{"valid_until": None}, {"valid_until": {"$gt": now}}]}
    return list(db.webhook_secrets.find(valid).sort([("created_at", -1), ("_id", -1)]).limit(limit))


def secret_by_request(db: Database, scope: str) -> dict[str, Any] | None:
    return db.webhook_secrets.find_one({"request.scope": scope})


def _load(found: dict[str, Any]) -> model.Endpoint:
    values = dict(found)
    return model.Endpoint(partner_id=values.pop("_id"), **values)
