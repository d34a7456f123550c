"""Mass cancellations as the tests make them, and their work turned by hand."""

from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from services.booking import actions, model, timers
from services.booking.actions import mass_cancellation
from shared import auth, clock, due
from tests.integration.booking.conftest import a_key

LEAD = auth.Actor("lead-1", roles=("supervisor",), offices=("guatemala",))
SECOND = auth.Actor("lead-2", roles=("supervisor",), offices=("guatemala",))


def a_proposal(first: datetime | None = None, days: float = 2, **changes: Any) -> model.Proposal:
    begin = first or clock.now()
    values: dict[str, Any] = {"first": begin, "last": begin + timedelta(days=days), "reason": "office_closed"}
    return model.Proposal(**values | changes)


def proposed(db: Database, **changes: Any) -> model.MassCancellation:
    return actions.mass_cancellation.propose(db, "guatemala", a_proposal(**changes), a_key(), LEAD)[0]


def approved(db: Database, **changes: Any) -> model.MassCancellation:
    return actions.mass_cancellation.approve(db, "guatemala", proposed(db, **changes).id, SECOND)


def work(db: Database) -> int:
    """Until nothing is due any more but what comes later of itself; in how many parts."""
    parts = 0
    while True:
        db.due.update_many({"lane": mass_cancellation.LANE, "error": "more"}, {"$set": {"due_at": clock.now()}})
        claimed = due.claim(db, mass_cancellation.LANE, [mass_cancellation.KIND])
        if claimed is None:
            return parts
        due.run(db, claimed, timers.TIMERS[claimed.kind])
        parts += 1


def last_look(db: Database) -> None:
    db.due.update_many({"_id": {"$regex": ":last$"}, "state": "waiting"}, {"$set": {"due_at": clock.now()}})
    work(db)
