"""Opening a referral and offering it to whom routing chooses."""

from pymongo.database import Database

from services.referrals import events, model, routing, store
from services.referrals.actions import telling
from shared import audit, auth, clock, due, mongo, outbox

DEADLINES = "deadlines"


@mongo.transactional
def open_referral(db: Database, asked: model.Referral) -> model.Referral | None:
    """Once per request: asked again, what was opened then. A person who was erased is not referred (None)."""
    existing = store.find_requested(db, asked.request_id)
    if existing:
        return existing
    if store.is_erased(db, asked.person_id):
        return None
    outbox.add(db, events.TOPIC, events.referral_opened(asked))
    referral = place(db, asked)
    store.add_referral(db, referral)
    return referral


@mongo.transactional
def route_again(db: Database, referral_id: str, actor: auth.Actor) -> model.Referral:
    """Staff has a referral that nobody could take looked at once more. Raises WrongState for any other."""
    referral = store.referral(db, referral_id)
    if referral.status != model.UNPLACED:
        raise model.WrongState(status=referral.status)
    audit.record(db, actor, "route_again", referral_id)
    placed = place(db, referral)
    store.save_referral(db, placed, was=referral)
    return placed


def place(db: Database, referral: model.Referral) -> model.Referral:
    """Inside the caller's transaction: routes, takes the chosen partner's place, announces. The caller saves."""
    now = clock.now()
    decision = routing.choose(referral.case, store.partners(db), now)
    placed = referral.place(decision, now)
    if decision.chosen is None:
        outbox.add(db, events.TOPIC, events.referral_unplaced(placed))
        return placed
    store.open_place(db, decision.chosen)
    offered = outbox.add(db, events.TOPIC, events.referral_offered(placed))
    body = events.offer_body(placed, now)
    about = {"priority": placed.priority, "person_id": placed.person_id, "case_id": placed.case_id}
    telling.tell(db, decision.chosen, offered.id, body, **about)
    number = len(placed.offers) - 1
    data = {"referral_id": placed.id, "offer": number, "person_id": placed.person_id}
    at, row = placed.offers[-1].answer_by, deadline_id(placed, number)
    due.add(db, "expire_offer", DEADLINES, data, at, id=row, correlation=placed.case_id)
    return placed


def deadline_id(referral: model.Referral, number: int) -> str:
    return f"answer:{referral.id}:{number}"
