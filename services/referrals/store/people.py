"""This service's own copy of a person, sealed with its own key; an erased one leaves only its number behind."""

from typing import Any

from pymongo.database import Database

from shared import clock

NOT_HEARD_OF = 0  # the sequence of a row that is there only to be written by whoever asks


def person(db: Database, person_id: str) -> dict[str, Any] | None:
    """`sequence`, and `sealed` or `erased_at`."""
    return db.people.find_one({"_id": person_id, "sequence": {"$gt": NOT_HEARD_OF}})


def is_erased(db: Database, person_id: str) -> bool:
    """To be asked inside the transaction that writes about the person. It writes too, also of somebody not heard of
    yet, so that an erasure at the same moment conflicts with it and one of the two is done again."""
    change = {"$inc": {"asked": 1}, "$setOnInsert": {"sequence": NOT_HEARD_OF}}
    found = db.people.find_one_and_update({"_id": person_id}, change, {"erased_at": 1}, upsert=True)
    return bool(found and "erased_at" in found)


def keep_person(db: Database, person_id: str, sequence: int, sealed: dict[str, str]) -> None:
    document = {"_id": person_id, "sequence": sequence, "sealed": sealed}
    db.people.replace_one({"_id": person_id}, document, upsert=True)


def forget_person(db: Database, person_id: str, sequence: int) -> None:
    """What remains keeps an older copy that arrives late from being taken for news."""
    document = {"_id": person_id, "sequence": sequence, "erased_at": clock.now()}
    db.people.replace_one({"_id": person_id}, document, upsert=True)
