"""A partner's answers, and the answer that did not come."""

from dataclasses import replace

from pymongo.database import Database

from services.referrals import events, model, store
from services.referrals.actions import opening, telling
from shared import audit, auth, clock, due, mongo, outbox, sealed


@mongo.transactional
def accept(db: Database, referral_id: str, actor: auth.Actor) -> model.Referral:
    """The same answer again changes nothing. Raises AnswerTooLate, WrongState, NotOffered."""
    referral = for_partner(db, referral_id, actor.id)
    accepted = referral.accept(actor.id, clock.now())
    if accepted is referral:
        return referral
    _answered(db, accepted, actor)
    partner = store.partner(db, actor.id)
    outbox.add(db, events.TOPIC, events.referral_accepted(accepted, partner))
    store.save_referral(db, accepted, was=referral)
    return accepted


@mongo.transactional
def decline(db: Database, referral_id: str, reason: str, actor: auth.Actor) -> model.Referral:
    """And offers it to the next partner. Raises AnswerTooLate, WrongState, NotOffered."""
    referral = for_partner(db, referral_id, actor.id)
    declined = referral.decline(actor.id, reason, clock.now())
    if declined is referral:
        return referral
    _answered(db, declined, actor)
    return _pass_on(db, referral, declined)


@mongo.transactional
def expire(db: Database, referral_id: str, number: int) -> model.Referral:
    """The time to answer is over: on to the next partner. An offer that was answered meanwhile stays as it is."""
    referral = store.referral(db, referral_id)
    expired = referral.expire(number, clock.now())
    if expired is referral:
        return referral
    return _pass_on(db, referral, expired)


@mongo.transactional
def complete(db: Database, referral_id: str, outcome: str, note: str | None, actor: auth.Actor) -> model.Referral:
    """Raises WrongState, NotOffered. The note is sealed: it may tell a story."""
    referral = for_partner(db, referral_id, actor.id)
    settings = mongo.settings(db)
    offer = replace(
        referral.offer_to(actor.id),
        outcome=outcome,
        note=settings.seal_keys.seal({"note": note}, referral.id) if note else None,
        note_mark=sealed.fingerprint(settings.secret_key, "note", note) if note else None,
    )
    completed = referral.complete(actor.id, offer, clock.now())
    if completed is referral:
        return referral
    audit.record(db, actor, "complete", referral_id)
    store.close_place(db, actor.id)
    outbox.add(db, events.TOPIC, events.referral_completed(completed))
    store.save_referral(db, completed, was=referral)
    return completed


def for_partner(db: Database, referral_id: str, partner_id: str) -> model.Referral:
    """Raises NotOffered alike for what is not there and for what is another's."""
    try:
        referral = store.referral(db, referral_id)
    except store.NoSuchReferral:
        raise model.NotOffered() from None
    referral.offer_to(partner_id)
    return referral


def _answered(db: Database, referral: model.Referral, actor: auth.Actor) -> None:
    audit.record(db, actor, referral.status, referral.id)
    due.cancel(db, opening.deadline_id(referral, len(referral.offers) - 1))


def _pass_on(db: Database, referral: model.Referral, declined: model.Referral) -> model.Referral:
    offer = declined.offers[-1]
    store.close_place(db, offer.partner_id)
    announced = outbox.add(db, events.TOPIC, events.referral_declined(declined, offer))
    if offer.status == model.NO_ANSWER:
        body = events.expired_body(declined, clock.now())
        telling.tell(db, offer.partner_id, announced.id, body, priority=declined.priority, case_id=declined.case_id)
    placed = opening.place(db, declined)
    store.save_referral(db, placed, was=referral)
    return placed
