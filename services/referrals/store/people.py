"""This service's own copy of a person, sealed with its own key; an erased one leaves only its number behind."""

from typing import Any

from pymongo.database import Database

from shared import clock


def person(db: Database, person_id: str) -> dict[str, Any] | None:
    """`sequence`, and `sealed` or `erased_at`."""
    return db.people.find_one({"_id": person_id})


def keep_person(db: Database, person_id: str, sequence: int, sealed: dict[str, str]) -> None:
    document = {"_id": person_id, "sequence": sequence, "sealed": sealed}
    db.people.replace_one({"_id": person_id}, document, upsert=True)


def forget_person(db: Database, person_id: str, sequence: int) -> None:
    """What remains keeps an older copy that arrives late from being taken for news."""
    document = {"_id": person_id, "sequence": sequence, "erased_at": clock.now()}
    db.people.replace_one({"_id": person_id}, document, upsert=True)
