"""Referring somebody, with consent; and what others tell of a referral or of a contact."""

import dataclasses
from typing import Any

from pymongo.database import Database

from services.booking import events, model, people, refusals, store
from services.booking.actions import guard, persons
from shared import auth, clock, mongo, outbox, web


def refer(
    db: Database, reference: str, referral: model.ReferralRequest, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[dict[str, Any], bool]:
    """The request for a referral as it was made, and whether the same request had made it before."""
    guard.must_be_of_their_office(db, reference, actor, "appointment.refer")
    if not set(referral.partners) <= {partner.id for partner in store.partners(db)}:
        raise refusals.UnknownPartner(errors={"consent.partners": refusals.UnknownPartner.detail})
    made, replayed = _refer(db, reference, referral, key, actor)
    first = dataclasses.replace(made, status="requested", referral_id=None, partner=None, changed_at=None)
    return dataclasses.asdict(first) | {"appointment": reference}, replayed


@mongo.transactional
def _refer(
    db: Database, reference: str, asked: model.ReferralRequest, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[model.Referral, bool]:
    appointment, now = store.appointment(db, reference), clock.now()
    for earlier in appointment.referrals:
        if earlier.request["scope"] == key.scope:
            key.check(earlier.request)
            return earlier, True
    referral = asked.made(now, actor.id, appointment.language, key.document())
    referred = appointment.refer(referral)
    store.save(db, referred)
    if asked.note and (known := people.note(db, appointment.person_id, appointment.case_id, asked.note)):
        persons.announce(db, appointment.person_id, known)
    office = store.office(db, appointment.office_id)
    outbox.add(db, events.BOOKING, events.referral_requested(referred, office, referral))
    guard.note(db, actor, "appointment.refer", referred, consent_id=referral.consent.id)
    return referral, False


@mongo.transactional
def show_referral(db: Database, case_id: str, told: dict[str, Any]) -> None:
    """What became of a referral, as the referrals service announced it."""
    store.save(db, store.of_case(db, case_id).referral_is(clock.now(), told))


@mongo.transactional
def show_contact_problem(db: Database, person_id: str, channel: str, reason: str) -> None:
    for appointment in store.of_person(db, person_id):
        store.save(db, appointment.contact_failed(channel, reason, clock.now()))
