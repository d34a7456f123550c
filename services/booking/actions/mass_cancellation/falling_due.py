"""The work of a mass cancellation, due: at once when it is approved, once more after its end, not any more when it is
stopped. In the transaction of that."""

from datetime import datetime

from pymongo.database import Database

from shared import due

KIND, LANE = "cancel_many", "mass_cancellation"


def begin(db: Database, id: str) -> None:
    due.add(db, KIND, LANE, {"id": id}, id=f"{KIND}:{id}")


def look_again(db: Database, id: str, at: datetime) -> None:
    due.add(db, KIND, LANE, {"id": id}, due_at=at, id=f"{KIND}:{id}:last")


def end(db: Database, id: str) -> None:
    due.cancel(db, f"{KIND}:{id}")
