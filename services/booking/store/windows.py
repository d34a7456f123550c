"""Request windows, and the gates that whoever asks goes through.

Whether a window is still open is decided by a gate: each request passes one of several in its own transaction, the
close shuts them all, and a gate is one document that both write. So at the close every request is in or refused, and
those who ask at the same moment seldom meet at the same gate.
"""

import random
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database

from services.booking import model, refusals
from services.booking.model import draw
from services.booking.model import window as windows
from services.booking.store.rows import of

GATES = 32
COLLECTIONS: dict[str, list[IndexModel]] = {
    "windows": [
        IndexModel([("pathway_id", ASCENDING), ("state", ASCENDING)], name="open"),
        IndexModel([("opens_at", DESCENDING), ("_id", ASCENDING)], name="newest"),
    ],
    "window_gates": [IndexModel([("window_id", ASCENDING)], name="window")],
}


def add(db: Database, window: model.Window) -> None:
    """Raises DuplicateKeyError."""
    db.windows.insert_one(_row(window))
    gates = [{"_id": f"{window.id}.{n:02}", "window_id": window.id, "open": False} for n in range(GATES)]
    db.window_gates.insert_many(gates)


def take_turns(db: Database, pathway_id: str) -> None:
    """In the transaction that adds one: of two that plan windows of a pathway at once, one looks again."""
    db.pathways.update_one({"_id": pathway_id}, {"$inc": {"windows_planned": 1}})


def find(db: Database, id: str) -> model.Window | None:
    row = db.windows.find_one({"_id": id})
    return _window(row) if row else None


def get(db: Database, id: str) -> model.Window:
    found = find(db, id)
    if found is None:
        raise refusals.UnknownWindow()
    return found


def save(db: Database, window: model.Window) -> None:
    """Only over the version that the change was decided on. Raises Changed."""
    row = _row(window)
    saved = db.windows.update_one({"_id": row.pop("_id"), "version": window.version - 1}, {"$set": row})
    if not saved.matched_count:
        raise refusals.Changed()


def newest(db: Database) -> list[model.Window]:
    return [_window(row) for row in db.windows.find().sort([("opens_at", DESCENDING), ("_id", ASCENDING)])]


def open_for(db: Database, pathway_id: str) -> list[model.Window]:
    return [_window(row) for row in db.windows.find({"pathway_id": pathway_id, "state": windows.OPEN})]


def of_pathway(db: Database, pathway_id: str) -> list[model.Window]:
    """By opening, the first first."""
    return [_window(row) for row in db.windows.find({"pathway_id": pathway_id}).sort("opens_at", ASCENDING)]


def beside(db: Database, pathway_id: str, offices: Iterable[str], opens_at: datetime) -> model.Window | None:
    """Another window of the pathway with one of these offices, whose waitlist lasts beyond `opens_at`."""
    wanted = {"pathway_id": pathway_id, "offices": {"$in": list(offices)}, "waitlist_until": {"$gt": opens_at}}
    row = db.windows.find_one(wanted | {"state": {"$ne": windows.ENDED}})
    return _window(row) if row else None


def open_gates(db: Database, id: str) -> None:
    db.window_gates.update_many({"window_id": id}, {"$set": {"open": True}})


def shut_gates(db: Database, id: str) -> None:
    db.window_gates.update_many({"window_id": id}, {"$set": {"open": False}, "$inc": {"passed": 1}})


def pass_gate(db: Database, id: str) -> bool:
    """In the transaction of what may only happen while the window is open; False: it is shut."""
    gate = {"_id": f"{id}.{random.randrange(GATES):02}", "open": True}  # noqa: S311 - spreads them, no secret
    return db.window_gates.update_one(gate, {"$inc": {"passed": 1}}).matched_count > 0


def _row(window: model.Window) -> dict[str, Any]:
    row = vars(window) | {"rule": window.rule.row(), "source": window.source.row()}
    return {"_id": row.pop("id"), **row}


def _window(row: dict[str, Any]) -> model.Window:
    values = of(model.Window, row)
    return model.Window(**{**values, "rule": draw.Rule(**row["rule"]), "source": draw.source_of(row["source"])})
