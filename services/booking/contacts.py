"""How often one phone number or mailbox is booked with: at most so many times within 24 hours, cancelled ones too.

A row per contact, under its keyed fingerprint, with the times of its bookings. Each booking writes the row in its own
transaction, so two at the same moment conflict on it and cannot both be the last one.
"""

from datetime import datetime, timedelta

from pymongo import IndexModel
from pymongo.database import Database

from services.booking import refusals
from shared import clock, mongo

COLLECTIONS: dict[str, list[IndexModel]] = {"contacts": [IndexModel("expires_at", expireAfterSeconds=0)]}
WITHIN = timedelta(hours=24)


def must_have_left(db: Database, prints: tuple[str, ...]) -> None:
    """Raises TooManyBookings."""
    for one in prints:
        _booked(db, one)


def count(db: Database, prints: tuple[str, ...]) -> None:
    """One booking more of each, inside the transaction that makes it. Raises TooManyBookings."""
    now = clock.now()
    for one in prints:
        row = {"booked_at": [*_booked(db, one), now], "expires_at": now + WITHIN}
        db.contacts.replace_one({"_id": one}, row, upsert=True)


def forget(db: Database, prints: tuple[str, ...]) -> None:
    db.contacts.delete_many({"_id": {"$in": list(prints)}})


def _booked(db: Database, fingerprint: str) -> list[datetime]:
    """When it was booked with of late, oldest first: fewer times than are allowed."""
    row, now, most = db.contacts.find_one({"_id": fingerprint}), clock.now(), mongo.settings(db).bookings_per_contact
    booked = [at for at in (row or {}).get("booked_at", []) if at > now - WITHIN]
    if len(booked) >= most:
        free_at = booked[len(booked) - most] + WITHIN
        raise refusals.TooManyBookings(retry_after=(free_at - now).total_seconds() + 1, most=most)
    return booked
