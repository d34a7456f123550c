"""Who has a live request or appointment of a pathway whose places are drawn: a row for each fingerprint.

Requests and appointments are two collections, and no index reaches over both. So both sides write here, for such
pathways only, in their own transaction: whoever comes second is refused by `_id`. Where places are booked, first come,
first served, nobody writes or reads this.
"""

from collections.abc import Iterable

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.booking import model
from shared import mongo

COLLECTIONS: dict[str, list[IndexModel]] = {"live_fingerprints": [IndexModel([("case_id", 1)], name="case")]}


class AlreadyLive(Exception):
    """Somebody with one of these fingerprints has a request or an appointment of this pathway."""


def hold(db: Database, pathway_id: str, fingerprints: Iterable[str], case_id: str) -> None:
    """Raises AlreadyLive."""
    try:
        db.live_fingerprints.insert_many([{"_id": f"{pathway_id}|{one}", "case_id": case_id} for one in fingerprints])
    except BulkWriteError as error:
        if mongo.violated(error) is None:
            raise
        raise AlreadyLive from None


def let_go(db: Database, *case_ids: str) -> None:
    db.live_fingerprints.delete_many({"case_id": {"$in": list(case_ids)}})


def cases(db: Database, pathway_id: str, fingerprints: Iterable[str]) -> list[str]:
    wanted = {"_id": {"$in": [f"{pathway_id}|{one}" for one in fingerprints]}}
    return list({row["case_id"] for row in db.live_fingerprints.find(wanted)})


def begun(db: Database, appointment: model.Appointment, pathway: model.Pathway) -> None:
    """In the transaction that makes an appointment, or makes one live again. Raises AlreadyLive."""
    if pathway.mode == model.REQUEST_WINDOW and appointment.live:
        hold(db, appointment.pathway_id, appointment.fingerprints, appointment.case_id)


def ended(db: Database, appointment: model.Appointment, pathway: model.Pathway) -> None:
    """In the transaction of what an appointment became."""
    if pathway.mode == model.REQUEST_WINDOW and not appointment.live:
        let_go(db, appointment.case_id)


def take_in(db: Database, pathway_id: str) -> None:
    """The appointments that were made while places were still booked: before the first window opens. May run again."""
    for row in db.appointments.find({"pathway_id": pathway_id, "live": True}, {"fingerprints": 1, "case_id": 1}):
        for one in row["fingerprints"]:
            new = {"$setOnInsert": {"case_id": row["case_id"]}}
            db.live_fingerprints.update_one({"_id": f"{pathway_id}|{one}"}, new, upsert=True)
