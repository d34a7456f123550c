"""How many new bookings an office takes on one of its days, of a pathway or in all, where its intake is limited.

A row per office, day and pathway (`*`: all) with how many were made. Each booking adds to it in its own transaction by
an update that a full row does not match, and whose second insertion is refused; so two at the same moment conflict on
it and cannot both be the last one. Where there is no limit no row is written and none is read. Bookings by staff are
not counted, cancelled ones stay counted: a limit is there to spread the work of taking people in.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from pymongo import IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.booking import model
from services.booking.model.calendar import wall
from shared import clock, mongo, recent

COLLECTIONS: dict[str, list[IndexModel]] = {"intake_days": [IndexModel("expires_at", expireAfterSeconds=0)]}
SECONDS = 1
KEPT = timedelta(days=2)

Counted = tuple[str, int]  # the row of an office, day and pathway; how many it may have


class UsedUp(Exception):
    """An office has taken as many new bookings today as it does."""


def rows(office: model.Office, pathway_id: str, now: datetime) -> list[Counted]:
    """What a booking made now counts towards: nothing where there is no limit."""
    caps = office.caps_of(pathway_id)
    return [(_name(office, name, now), most) for name, most in caps.items()]


def count(db: Database, counted: Iterable[Counted]) -> None:
    """One booking more in each row, as often as it is named, inside the transaction that makes them. Raises UsedUp."""
    more = Counter(counted)
    if not more:
        return
    if any(number > most for (_, most), number in more.items()):  # an update that inserts would not see it
        raise UsedUp
    expires_at = clock.now() + KEPT
    changes = [
        UpdateOne(
            {"_id": name, "made": {"$lte": most - number}},
            {"$inc": {"made": number}, "$set": {"expires_at": expires_at}},
            upsert=True,
        )
        for (name, most), number in more.items()
    ]
    try:
        db.intake_days.bulk_write(changes)
    except BulkWriteError as error:
        if mongo.violated(error) is None:
            raise
        raise UsedUp from None


def shown(db: Database, office: model.Office, pathway_id: str | None) -> model.Intake:
    """As the public is told it: not open, too, once it has taken as many as it does today. For no pathway that of the
    whole office. Where it is limited, as of a second ago: the count is the truth."""
    now = clock.now()
    intake = office.intake_of(pathway_id, now) if pathway_id else office.intake
    full = any(_made(db, name) >= most for name, most in rows(office, pathway_id or model.ALL, now))
    return replace(intake, open=False) if full else intake


def takes(db: Database, office: model.Office, pathway_id: str) -> bool:
    """Whether the public may book there now, as far as the intake goes."""
    return shown(db, office, pathway_id).is_open(clock.now())


def begin(db: Database, office: model.Office, pathway_id: str, now: datetime) -> None:
    """A limit that begins, or changes, counts what was booked that day before. Inside the transaction of the change."""
    begun = wall.day_bounds(office.timezone, office.today(now))[0]
    of_today = {"office_id": office.id, "starts_at": {"$gte": begun}, "created_at": {"$gte": begun}}
    of_pathway = {} if pathway_id == model.ALL else {"pathway_id": pathway_id}
    made = db.appointments.count_documents({**of_today, **of_pathway, "history.0.by": "person"})
    row = {"made": made, "expires_at": now + KEPT}
    db.intake_days.update_one({"_id": _name(office, pathway_id, now)}, {"$set": row}, upsert=True)


def _made(db: Database, name: str) -> int:
    def read() -> int:
        row = db.intake_days.find_one({"_id": name})
        return row["made"] if row else 0

    return recent.get(db, ("intake", name), read, SECONDS)


def _name(office: model.Office, pathway_id: str, now: datetime) -> str:
    on: date = office.today(now)
    return f"{office.id}|{on.isoformat()}|{pathway_id}"
