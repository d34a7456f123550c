"""Proposed by one, looked at, approved or objected to by another, stopped."""

import uuid
from typing import Any

from pymongo.database import Database

from services.booking import model, refusals, store
from services.booking.actions.mass_cancellation import falling_due
from services.booking.model import mass_cancellation as rules
from services.booking.store import mass_cancellations as kept
from shared import audit, auth, clock, mongo, web


def propose(
    db: Database, office_id: str, proposal: model.Proposal, key: web.IdempotencyKey, actor: auth.Actor
) -> tuple[model.MassCancellation, bool]:
    """It, and whether the same request had made it before. Raises UnfitRange, NotOfThisOffice."""
    proposed = _made(db, office_id, proposal, actor, key.document())
    try:
        _propose(db, proposed, actor)
    except store.AlreadyThere:
        earlier = kept.by_request(db, key.scope)
        if earlier is None:
            raise
        key.check(earlier.request)
        return earlier, True
    return proposed, False


def preview(db: Database, office_id: str, proposal: model.Proposal, actor: auth.Actor) -> list[dict[str, Any]]:
    """Whom it would concern, before anything is proposed. Raises UnfitRange, NotOfThisOffice."""
    return whom(db, _made(db, office_id, proposal, actor, {}))


def _made(
    db: Database, office_id: str, proposal: model.Proposal, actor: auth.Actor, request: dict[str, str]
) -> model.MassCancellation:
    office, now, id = store.office(db, office_id), clock.now(), str(uuid.uuid4())
    if proposal.pathway_id and proposal.pathway_id not in office.pathways:
        raise refusals.NotOfThisOffice(errors={"pathway": refusals.NotOfThisOffice.detail})
    begins_at, ends_at = proposal.range(office.timezone, now)
    note = mongo.settings(db).seal_keys.seal({"note": proposal.note}, id) if proposal.note else None
    return model.MassCancellation(
        id=id,
        office_id=office_id,
        begins_at=begins_at,
        ends_at=ends_at,
        reason=proposal.reason,
        rebook=proposal.rebook,
        pathway_id=proposal.pathway_id,
        note=note,
        proposed_by=actor.id,
        proposed_at=now,
        request=request,
    )


@mongo.transactional
def _propose(db: Database, proposed: model.MassCancellation, actor: auth.Actor) -> None:
    kept.add(db, proposed)
    audit.record(db, actor, "mass_cancellation.propose", proposed.id, office_id=proposed.office_id)


def approve(db: Database, office_id: str, id: str, actor: auth.Actor) -> model.MassCancellation:
    """By a second person. Raises OwnProposal (noted as refused), DecidedAlready, RangePast."""
    try:
        return _approve(db, office_id, id, actor)
    except refusals.OwnProposal:
        audit.record(db, actor, "mass_cancellation.approve", id, outcome="refused", office_id=office_id)
        raise


@mongo.transactional
def _approve(db: Database, office_id: str, id: str, actor: auth.Actor) -> model.MassCancellation:
    now = clock.now()
    approved = kept.get(db, office_id, id).approve(actor.id, now)
    kept.save(db, approved)
    total = kept.how_many(db, approved, now)
    kept.note(db, id, {"$set": {"total": total}})
    falling_due.begin(db, id)
    audit.record(db, actor, "mass_cancellation.approve", id, office_id=office_id)
    return kept.get(db, office_id, id)


@mongo.transactional
def object_to(db: Database, office_id: str, id: str, actor: auth.Actor) -> model.MassCancellation:
    objected = kept.get(db, office_id, id).object(actor.id, clock.now())
    kept.save(db, objected)
    audit.record(db, actor, "mass_cancellation.object", id, office_id=office_id)
    return objected


@mongo.transactional
def stop(db: Database, office_id: str, id: str, actor: auth.Actor) -> model.MassCancellation:
    """Nobody more is cancelled from now on. The slots stay withdrawn, and the calendar says closed, until somebody
    changes it."""
    stopped = kept.get(db, office_id, id).stop(clock.now())
    kept.save(db, stopped)
    falling_due.end(db, id)
    audit.record(db, actor, "mass_cancellation.stop", id, office_id=office_id)
    return stopped


def see(db: Database, office_id: str, id: str, actor: auth.Actor) -> dict[str, Any]:
    """It, its note, opened, and whom it would concern now; that it was seen is noted first."""
    one = kept.get(db, office_id, id)
    audit.seen(db, actor, "mass_cancellation.see", id)
    return _shown(db, one)


def _shown(db: Database, one: model.MassCancellation) -> dict[str, Any]:
    note = mongo.settings(db).seal_keys.open(one.note, one.id)["note"] if one.note else None
    return {"cancellation": one, "note": note, "concerned": whom(db, one) if one.state == rules.PROPOSED else []}


def whom(db: Database, one: model.MassCancellation) -> list[dict[str, Any]]:
    """Rows of pathway, day, how many, how many of them within 24 hours, how many places are offered; as it is now."""
    return kept.concerned(db, one, clock.now(), store.office(db, one.office_id).timezone)
