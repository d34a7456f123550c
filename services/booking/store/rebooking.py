"""Who comes before others when places come free, and for whom one is kept."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING
from pymongo.database import Database

from services.booking import model
from services.booking.store.appointments import read_rows


def waited_for(db: Database, office_id: str, now: datetime) -> set[str]:
    """Pathways of this office in whose line somebody is."""
    wanted = {"office_id": office_id, "waits": True, "waits_until": {"$gt": now}}
    return {row["pathway_id"] for row in db.appointments.find(wanted, {"pathway_id": 1}, hint="first_in_line")}


def somebody_waits(db: Database, office_id: str, pathway_id: str, now: datetime) -> bool:
    wanted = {"office_id": office_id, "pathway_id": pathway_id, "waits": True, "waits_until": {"$gt": now}}
    return db.appointments.find_one(wanted, {"_id": 1}, hint="first_in_line") is not None


def first(db: Database, office_id: str, pathway_id: str, now: datetime, limit: int) -> list[model.Appointment]:
    wanted = {"office_id": office_id, "pathway_id": pathway_id, "waits": True, "waits_until": {"$gt": now}}
    return read_rows(db.appointments.find(wanted, sort=[("starts_at", ASCENDING)], limit=limit, hint="first_in_line"))


def have_another(db: Database, pathway_id: str, waiting: Sequence[model.Appointment]) -> set[str]:
    """Ids of those who have booked again by themselves since theirs was cancelled."""
    prints = {one: each.id for each in waiting if not each.live for one in each.fingerprints}
    wanted = {"live": True, "pathway_id": pathway_id, "fingerprints": {"$in": list(prints)}}
    found = db.appointments.find(wanted, {"fingerprints": 1}) if prints else ()
    return {prints[one] for row in found for one in row["fingerprints"] if one in prints}


def with_places_kept(db: Database, slot_ids: Collection[str]) -> list[model.Appointment]:
    """For whom a place of these slots is kept, who has to answer soonest first."""
    wanted = {"kept.slot_id": {"$in": list(slot_ids)}}
    return read_rows(db.appointments.find(wanted, sort=[("kept.answer_by", ASCENDING)], hint="kept_there"))


def unanswered(db: Database, now: datetime) -> list[str]:
    """References of those who did not answer in time."""
    return [row["reference"] for row in db.appointments.find({"kept.answer_by": {"$lte": now}}, {"reference": 1})]
