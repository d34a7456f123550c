"""This service's own copy of a person: kept, and erased with all that hangs on it."""

from typing import Any

from pymongo.database import Database

from services.referrals import store
from services.referrals.actions import consent
from shared import due, inbox, mongo

PEOPLE_TOPIC = "people"


@mongo.transactional
def change_person(db: Database, person_id: str, sequence: int, details: dict[str, Any]) -> bool:
    """Sealed with this service's own key. What is older than what is known changes nothing (False)."""
    known = store.person(db, person_id)
    if known and known["sequence"] >= sequence:
        return False
    sealed = mongo.settings(db).seal_keys.seal(details, person_id)
    store.keep_person(db, person_id, sequence, sealed)
    return True


@mongo.transactional
def erase_person(db: Database, person_id: str, sequence: int) -> bool:
    """Copy, due work, what is kept of their records; their referrals are withdrawn and deliveries stop."""
    known = store.person(db, person_id)
    if known and known["sequence"] > sequence:
        return False
    store.forget_person(db, person_id, sequence)
    due.forget(db, {"person_id": person_id})
    inbox.forget(db, PEOPLE_TOPIC, person_id)
    consent.withdraw_erased(db, person_id)
    return True
