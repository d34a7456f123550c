"""What referrals does when it hears something: effects on its own database only."""

from collections.abc import Callable

from bson import ObjectId
from pymongo.database import Database

from services.referrals import actions, model, schemas
from shared import clock, mongo
from shared.events import Event
from shared.inbox import Reading
from shared.telemetry import log

TOPICS = ["booking", "people"]


def referral_requested(db: Database, event: Event) -> None:
    asked = schemas.referral_requested.load(event.data or {})
    consent = asked["consent"]
    referral = model.Referral(
        id=str(ObjectId()),
        case_id=event.key,
        request_id=asked["referral_request_id"],
        consent=model.Consent(**consent | {"partners": tuple(consent["partners"])}),
        opened_at=clock.now(),
        languages=tuple(asked["languages"]),
        **{name: asked[name] for name in schemas.COPIED},
    )
    opened = actions.open_referral(db, referral)
    log.info("referral requested", referral_id=opened.id if opened else None, status=opened and opened.status)


def person_changed(db: Database, event: Event) -> None:
    changed = schemas.person_changed.load(event.data or {})
    opened = mongo.settings(db).people_keys.open(changed["sealed"], event.key)
    actions.change_person(db, event.key, event.sequence, schemas.person.load(opened))


def person_erased(db: Database, event: Event) -> None:
    actions.erase_person(db, event.key, event.sequence)


HANDLERS: dict[str, Callable[[Database, Event], None]] = {
    "referral.requested.v1": referral_requested,
    "person.changed.v1": person_changed,
    "person.erased.v1": person_erased,
}
READING = Reading(HANDLERS, compacted=frozenset({"people"}))
