"""One slot: booked, and looked at with its places and appointments."""

from datetime import date

from pymongo.database import Database

from services.booking import actions, model
from tests import builders
from tests.integration.booking.conftest import a_key


def book(db: Database, slot: str, companions: int = 0) -> model.Appointment:
    others = tuple(model.Companion(f"Luis {number}", date(2015, 2, 3)) for number in range(companions))
    return actions.book(db, builders.a_booking_request(slot_id=slot, companions=others), a_key())[0]


def change(db: Database, one: model.Appointment, slot: str) -> model.Appointment:
    return actions.reschedule(db, one.reference, slot, "person")


def of(db: Database, slot: str) -> tuple[int, int, int]:
    """Its capacity, by how many it is over, and how many are shown as free."""
    row = db.slots.find_one({"_id": slot})
    return row["capacity"], row.get("over_by", 0), row["free"]


def is_whole(db: Database, slot: str) -> bool:
    """As many places as the slot says; none free while it has too many; each live appointment has its own."""
    row = db.slots.find_one({"_id": slot}) or {"capacity": 0, "over_by": 0}
    rows = list(db.places.find({"slot_id": slot}))
    live = {
        place: one["_id"] for one in db.appointments.find({"slot_id": slot, "live": True}) for place in one["place_ids"]
    }
    held_by = {one["_id"]: one["appointment_id"] for one in rows if one["state"] == "taken"}
    over_by = row.get("over_by", 0)
    return (
        len(rows) == row["capacity"] + over_by
        and held_by == live
        and not (over_by and any(one["state"] == "free" for one in rows))
        and all(one.get("over", False) == bool(over_by) for one in rows)
    )
