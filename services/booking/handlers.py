"""What booking does with others' events: shows what became of a referral, and where a contact does not work."""

from pymongo.database import Database

from services.booking import actions, schemas
from shared import inbox
from shared.events import Event

REFERRAL = schemas.ReferralRead()
MESSAGE_FAILED = schemas.MessageFailedRead()
OPTED_OUT = schemas.OptedOutRead()


def referral_opened(db: Database, event: Event) -> None:
    _referral(db, event, "opened")


def referral_offered(db: Database, event: Event) -> None:
    _referral(db, event, "offered")


def referral_accepted(db: Database, event: Event) -> None:
    _referral(db, event, "accepted")


def referral_declined(db: Database, event: Event) -> None:
    _referral(db, event, "declined")


def referral_unplaced(db: Database, event: Event) -> None:
    _referral(db, event, "unplaced")


def referral_completed(db: Database, event: Event) -> None:
    _referral(db, event, "completed")


def referral_withdrawn(db: Database, event: Event) -> None:
    _referral(db, event, "withdrawn")


def _referral(db: Database, event: Event, status: str) -> None:
    actions.show_referral(db, event.key, REFERRAL.load(event.data or {}) | {"status": status})


def message_failed(db: Database, event: Event) -> None:
    told = MESSAGE_FAILED.load(event.data or {})
    actions.show_contact_problem(db, told["person_id"], told["channel"], told["reason"])


def contact_opted_out(db: Database, event: Event) -> None:
    told = OPTED_OUT.load(event.data or {})
    actions.show_contact_problem(db, told["person_id"], told["channel"], "opted_out")


HANDLERS = {
    "referral.opened.v1": referral_opened,
    "referral.offered.v1": referral_offered,
    "referral.accepted.v1": referral_accepted,
    "referral.declined.v1": referral_declined,
    "referral.unplaced.v1": referral_unplaced,
    "referral.completed.v1": referral_completed,
    "referral.withdrawn.v1": referral_withdrawn,
    "message.failed.v1": message_failed,
    "contact.opted_out.v1": contact_opted_out,
}
TOPICS = ["referrals", "notifications"]
READING = inbox.Reading(HANDLERS)
