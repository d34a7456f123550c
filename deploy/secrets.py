"""Secrets of one installation on this machine: made once, kept in a file that only its owner reads."""

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

SERVICES = ("booking", "referrals", "notifications")


def _key() -> str:
    return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _signing() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def word() -> str:
    return secrets.token_urlsafe(36)


SECRETS: dict[str, Callable[[], str]] = {
    **{f"{service.upper()}_MONGO_PASSWORD": word for service in SERVICES},
    **{f"{service.upper()}_MONGO_BACKUP_PASSWORD": word for service in SERVICES},
    **{f"{service.upper()}_SECRET_KEY": word for service in SERVICES},
    **{f"{service.upper()}_SEAL_KEYS": _key for service in SERVICES},
    "PEOPLE_KEYS": _key,
    "BACKUP_KEYS": _key,
    "ACCESS_KEY": word,
    "OPERATIONS_KEY": word,
    "BOOKING_FINGERPRINT_KEY": word,
    "NOTIFICATIONS_FINGERPRINT_KEY": word,
    "SMS_KEY": word,
    "SMS_RECEIPT_SECRET": _signing,
    "PARTNER_KEY": word,
    "PARTNER_WEBHOOK_SECRET": _signing,
}


def keep(path: Path, heading: str, makers: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """What the file holds, after those that it lacks were made."""
    kept = read(path) if path.exists() else {}
    kept |= {name: make() for name, make in makers.items() if name not in kept}
    write(path, heading, kept)
    return kept


def read(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


def write(path: Path, heading: str, settings: Mapping[str, str]) -> None:
    """Readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(heading)
        file.writelines(f"{name}={value}\n" for name, value in settings.items())
    fresh.rename(path)
