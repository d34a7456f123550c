"""How often one phone number or mailbox is booked with: at most so many times within 24 hours, cancelled ones too.

A row per contact, under its keyed fingerprint, with the times of its latest bookings, oldest first and never more than
are allowed. Each booking adds to the row in its own transaction, so two at the same moment conflict on it and cannot
both be the last one; a row that is full of times within 24 hours is matched by no update, and its second insertion is
refused.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.booking import refusals
from shared import clock, mongo

COLLECTIONS: dict[str, list[IndexModel]] = {"contacts": [IndexModel("expires_at", expireAfterSeconds=0)]}
WITHIN = timedelta(hours=24)


class UsedUp(Exception):
    """One of the contacts has been booked with as often as it may be."""


def count(db: Database, prints: Sequence[str]) -> None:
    """One booking more of each, inside the transaction that makes it. Raises UsedUp."""
    if not prints:  # somebody who has neither phone nor email
        return
    now, most = clock.now(), mongo.settings(db).bookings_per_contact
    try:
        db.contacts.bulk_write([_one_more(one, now, most) for one in prints])
    except BulkWriteError as error:
        if mongo.violated(error) is None:
            raise
        raise UsedUp from None


def _one_more(fingerprint: str, now: datetime, most: int) -> UpdateOne:
    has_left = [{f"booked_at.{most - 1}": {"$exists": False}}, {"booked_at.0": {"$lte": now - WITHIN}}]
    change = {"$push": {"booked_at": {"$each": [now], "$slice": -most}}, "$set": {"expires_at": now + WITHIN}}
    return UpdateOne({"_id": fingerprint, "$or": has_left}, change, upsert=True)


def must_have_left(db: Database, prints: Sequence[str]) -> None:
    """Raises TooManyBookings, which says when there is one more."""
    now, most = clock.now(), mongo.settings(db).bookings_per_contact
    for row in db.contacts.find({"_id": {"$in": list(prints)}}):
        booked = [at for at in row["booked_at"] if at > now - WITHIN]
        if len(booked) >= most:
            free_at = booked[len(booked) - most] + WITHIN
            raise refusals.TooManyBookings(retry_after=(free_at - now).total_seconds() + 1, most=most)


def forget(db: Database, prints: tuple[str, ...]) -> None:
    db.contacts.delete_many({"_id": {"$in": list(prints)}})
