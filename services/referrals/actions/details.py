"""Showing a partner whom a referral is about: while consent stands, and written down before it is told."""

from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from services.referrals import model, store
from services.referrals.actions import answers
from shared import audit, auth, clock, errors, mongo
from shared.errors import N_


class PersonNotHere(errors.Unavailable):
    code = "person-not-here-yet"
    title = N_("The details are on their way")
    detail = N_("The person's details have not arrived here yet. Please try again in a few seconds.")


@dataclass(frozen=True)
class Details:
    referral: model.Referral
    offer: model.Offer
    person: dict[str, Any]
    note: str | None


def show(db: Database, referral_id: str, actor: auth.Actor) -> Details:
    """The audit row is committed when this returns. Raises ConsentWithdrawn, OfferEnded (both noted), NotOffered."""
    try:
        return _show(db, referral_id, actor)
    except errors.Forbidden as refusal:
        audit.record(db, actor, "read_details", referral_id, outcome="refused", why=refusal.code)
        raise


@mongo.transactional
def _show(db: Database, referral_id: str, actor: auth.Actor) -> Details:
    referral = answers.for_partner(db, referral_id, actor.id)
    offer = referral.show_to(actor.id, clock.now())
    known = store.person(db, referral.person_id)
    if known is None:
        raise PersonNotHere()
    if "sealed" not in known:
        raise model.ConsentWithdrawn()
    person = mongo.settings(db).seal_keys.open(known["sealed"], referral.person_id)
    note = person.pop("notes", {}).get(referral.case_id)
    audit.record(db, actor, "read_details", referral_id, person_id=referral.person_id)
    store.touch_referral(db, referral)  # a withdrawal at this moment conflicts with it: one of the two is done again
    return Details(referral, offer, person, note)
