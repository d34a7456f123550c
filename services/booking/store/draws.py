"""What is published of a draw: its files, in pieces that fit a document; and the draw itself, once there is a hash.

The pieces of a file are named by draw, file and number, so that a step done again writes the same ones. They are read
by the public only when a document says that the whole file is there.
"""

import json
from collections.abc import Iterator
from typing import Any

from pymongo import IndexModel, ReplaceOne
from pymongo.database import Database

from services.booking import model, refusals
from services.booking.model import draw

PIECE = 2000  # rows
COLLECTIONS: dict[str, list[IndexModel]] = {
    "draws": [],
    "draw_files": [IndexModel([("draw", 1), ("name", 1), ("number", 1)], name="file", unique=True)],
}


def write(db: Database, id: str, name: str, text: str) -> None:
    rows = text.splitlines(keepends=True)
    pieces = [
        {
            "_id": f"{id}/{name}/{number:05}",
            "draw": id,
            "name": name,
            "number": number,
            "text": "".join(rows[at : at + PIECE]),
        }
        for number, at in enumerate(range(0, max(len(rows), 1), PIECE))
    ]
    for at in range(0, len(pieces), 20):
        db.draw_files.bulk_write([ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in pieces[at : at + 20]])


def pieces(db: Database, id: str, name: str) -> Iterator[str]:
    found = db.draw_files.find({"draw": id, "name": name}, {"text": 1}, sort=[("number", 1)], batch_size=4)
    return (row["text"] for row in found)


def read(db: Database, id: str, name: str) -> str:
    return "".join(pieces(db, id, name))


def rows(db: Database, id: str, name: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for piece in pieces(db, id, name) for line in piece.splitlines())


def capacity(db: Database, id: str) -> list[draw.Slot]:
    return [draw.capacity.read(row) for row in rows(db, id, "capacity")]


def entries(db: Database, id: str) -> list[draw.Entry]:
    return [draw.entry.read(row) for row in rows(db, id, "entries")]


def find(db: Database, id: str) -> dict[str, Any] | None:
    return db.draws.find_one({"_id": id})


def get(db: Database, id: str) -> dict[str, Any]:
    """The draw as it was committed to. Raises NotPublished."""
    found = find(db, id)
    if found is None:
        raise refusals.NotPublished()
    return found


def key(db: Database, id: str) -> str:
    """That tickets hang on, of a draw that was held. Raises NotPublished."""
    found = get(db, id)
    return draw.key(found["hash"], json.loads(found["seed"])["value"])


def commit(db: Database, commitment: draw.Commitment, window: model.Window, counts: dict[str, int]) -> None:
    db.draws.insert_one(
        {
            "_id": commitment.draw,
            "closed_at": commitment.closed_at,
            "source": commitment.source.row(),
            "hashes": {"entries": commitment.entries, "capacity": commitment.capacity, "rule": commitment.rule},
            "commitment": commitment.publish(),
            "hash": commitment.hash,
            "pathway_id": window.pathway_id,
            **counts,
        }
    )


def note_result(db: Database, id: str, seed: str, result: str, figures: dict[str, Any]) -> None:
    """The first result is the only one. Raises Changed."""
    held = {"seed": seed, "result": result, "figures": figures}
    noted = db.draws.update_one({"_id": id, "seed": {"$exists": False}}, {"$set": held})
    if not noted.matched_count:
        raise refusals.Changed()


def commitment(found: dict[str, Any]) -> draw.Commitment:
    hashes, source = found["hashes"], draw.source_of(found["source"])
    return draw.Commitment(
        found["_id"], found["closed_at"], hashes["entries"], hashes["capacity"], hashes["rule"], source
    )
