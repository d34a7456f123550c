"""The figures of a draw, counted once it is held, and published with it: by office and language, none of a few."""

from dataclasses import asdict
from typing import Any

from pymongo.database import Database

from services.booking import store
from services.booking.model.draw import figures


def of_draw(db: Database, id: str) -> dict[str, Any]:
    """From the published result and the requests as they were entered, so that counted again it is the same."""
    drawn = {row["id"] for row in store.draws.rows(db, id, "result") if "slot" in row}
    by: dict[str, list[figures.Counted]] = {"office": [], "language": []}
    for row in store.requests.counted(db, id):
        for name, group in (("office", row["offices"][0]), ("language", row["language"])):
            by[name].append(figures.Counted(group, row["entry_id"] in drawn, row["waited"] or 0))
    tables = {name: [asdict(line) for line in figures.table(counted)] for name, counted in by.items()}
    return tables | {"total": asdict(figures.total(by["office"]))}
