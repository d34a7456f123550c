"""For how many windows somebody has waited without luck: carried from one to the next, under keyed fingerprints.

Known by document and by name with birth date, not by phone or mailbox: those are lent, and waiting must not be. What
is written is the number itself, so that a step done twice counts once.
"""

from collections.abc import Iterable
from datetime import timedelta

from pymongo import IndexModel, UpdateOne
from pymongo.database import Database

from services.booking import model
from shared import clock

COLLECTIONS: dict[str, list[IndexModel]] = {"waiting": [IndexModel("expires_at", expireAfterSeconds=0)]}
KEPT = timedelta(days=3 * 365)

Adults = tuple[tuple[str, ...], ...]


def of(db: Database, pathway_id: str, parties: Iterable[Adults]) -> list[tuple[int, ...]]:
    """Of each party, how long each of its adults has waited: the most that one of their fingerprints says."""
    all_of_them = list(parties)
    names = [_name(pathway_id, one) for party in all_of_them for adult in party for one in adult]
    known = {row["_id"]: row["waited"] for row in db.waiting.find({"_id": {"$in": names}})}

    def waited(adult: tuple[str, ...]) -> int:
        return max((known.get(_name(pathway_id, one), 0) for one in adult), default=0)

    return [tuple(waited(adult) for adult in party) for party in all_of_them]


def carry_over(db: Database, *requests: model.Request) -> None:
    """In the transaction of what became of the requests."""
    now, updates = clock.now(), []
    for request in requests:
        for adult, waited in zip(request.adults, request.carried_over(), strict=False):
            change = {"$set": {"waited": waited, "expires_at": now + KEPT}}
            updates += [UpdateOne({"_id": _name(request.pathway_id, one)}, change, upsert=True) for one in adult]
    if updates:
        db.waiting.bulk_write(updates)


def forget(db: Database, request: model.Request) -> None:
    names = [_name(request.pathway_id, one) for adult in request.adults[:1] for one in adult]
    db.waiting.delete_many({"_id": {"$in": names}})


def _name(pathway_id: str, fingerprint: str) -> str:
    return f"{pathway_id}|{fingerprint}"
