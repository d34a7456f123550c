"""Consent withdrawn: at once nothing more is delivered, nothing more is shown."""

from uuid import uuid4

from pymongo.database import Database

from services.referrals import events, model, store
from services.referrals.actions import opening, telling
from shared import audit, auth, clock, due, mongo, outbox


@mongo.transactional
def withdraw(db: Database, referral_id: str, actor: auth.Actor) -> list[model.Referral]:
    """All referrals that rest on this consent. Raises AlreadyWithdrawn.

    What waits to be delivered is cancelled, what the partner's feed tells of the case is reduced to its id, and the
    partner that had it is told one last thing: that it was withdrawn. That notice carries an id and no more.
    """
    consent = store.referral(db, referral_id).consent
    resting = store.of_consent(db, consent.id)
    withdrawn = [_withdraw(db, referral, actor.id) for referral in resting]
    audit.record(db, actor, "withdraw_consent", referral_id, consent_id=consent.id)
    ids = [referral.id for referral in withdrawn]
    outbox.add(db, events.TOPIC, events.consent_withdrawn(withdrawn[0], ids))
    return withdrawn


@mongo.transactional
def withdraw_erased(db: Database, person_id: str) -> None:
    """A person who is erased consents to nothing; what partners wrote about them goes too."""
    for referral in store.of_person(db, person_id):
        if referral.consent.stands:
            withdrawn = _withdraw(db, referral, "erasure")
            outbox.add(db, events.TOPIC, events.consent_withdrawn(withdrawn, [withdrawn.id]))
            referral = withdrawn
        store.save_referral(db, referral.forget_notes(), was=referral)


def _withdraw(db: Database, referral: model.Referral, by: str) -> model.Referral:
    now = clock.now()
    withdrawn = referral.withdraw(by, now)
    holder = referral.current
    for delivery in store.deliveries_waiting(db, referral.id):
        store.save_delivery(db, delivery.cancel(now))
        due.cancel(db, telling.due_id(delivery))
    store.redact(db, referral.id)
    event_id = str(uuid4())
    if withdrawn.status == model.WITHDRAWN:
        announced = events.referral_withdrawn(withdrawn, holder.partner_id if holder else None)
        event_id = outbox.add(db, events.TOPIC, announced).id
    if holder:
        body = events.withdrawn_body(withdrawn, now)
        telling.tell(db, holder.partner_id, event_id, body, priority="urgent", case_id=withdrawn.case_id)
    if holder and holder.status in (model.OFFERED, model.ACCEPTED):
        store.close_place(db, holder.partner_id)
    if holder and holder.status == model.OFFERED:
        due.cancel(db, opening.deadline_id(referral, len(referral.offers) - 1))
    store.save_referral(db, withdrawn, was=referral)
    return withdrawn
