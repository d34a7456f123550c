"""What the messages and the person's own pages need of an appointment: this service's own copy."""

from datetime import timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database

from shared import mongo

COLLECTIONS: dict[str, list[IndexModel]] = {
    "appointments": [
        IndexModel("reference", unique=True),
        IndexModel([("person_id", ASCENDING), ("starts_at", DESCENDING)]),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
}
FIRST_CODE = 1


def save(db: Database, appointment: dict[str, Any]) -> None:
    """`appointment` is as schemas.Appointment loads it, with case_id and status. Fields that an event lacks stay."""
    known = {name: value for name, value in appointment.items() if value is not None}
    last = known.get("starts_at") or known.get("closes_at")
    if last:
        known["expires_at"] = last + timedelta(days=mongo.settings(db).retention.archive_days)
    db.appointments.update_one({"_id": known.pop("appointment_id")}, {"$set": known}, upsert=True)


def find(db: Database, appointment_id: str | None) -> dict[str, Any] | None:
    return db.appointments.find_one({"_id": appointment_id}) if appointment_id else None


def with_reference(db: Database, reference: str) -> dict[str, Any] | None:
    return db.appointments.find_one({"reference": reference})


def good_codes(appointment: dict[str, Any]) -> range:
    """Numbers of the codes that open it: none as long as we have not heard of any."""
    newest = appointment.get("code_number")
    return range(appointment.get("oldest_code") or FIRST_CODE, newest + 1) if newest else range(0)


def good_code(appointment: dict[str, Any], number: int | None) -> int | None:
    """This one, or the newest where it is void by now: a message may be sent late, or once more."""
    good = good_codes(appointment)
    return number if number is None or number in good or not good else good[-1]


def cases_of(db: Database, person_id: str) -> list[str]:
    """The person's cases, newest first."""
    found = db.appointments.find({"person_id": person_id}, {"case_id": 1}).sort("starts_at", DESCENDING)
    return list(dict.fromkeys(one["case_id"] for one in found))


def forget(db: Database, person_id: str) -> None:
    db.appointments.delete_many({"person_id": person_id})
