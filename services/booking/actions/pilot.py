"""Pilots made, and reported on."""

import dataclasses
import uuid

from pymongo.database import Database

from services.booking import model, store
from services.booking.model import pilot as rules
from shared import audit, auth, clock, mongo, web


def make(
    db: Database, planning: rules.Planning, key: web.IdempotencyKey, actor: auth.Actor | None
) -> tuple[model.Pilot, bool]:
    """The pilot, and whether the same request had made it before. Raises UnfitPilot."""
    planning.must_fit({office.id: office.pathways for office in store.offices(db)})
    said = {field.name: getattr(planning, field.name) for field in dataclasses.fields(planning)}
    by = actor.id if actor else "command"
    made = model.Pilot(**said, id=str(uuid.uuid4()), made_by=by, made_at=clock.now(), request=key.document())
    try:
        _make(db, made, actor)
    except store.AlreadyThere:
        earlier = store.pilots.by_request(db, key.scope)
        if earlier is None:
            raise
        key.check(earlier.request)
        return earlier, True
    return made, False


@mongo.transactional
def _make(db: Database, made: model.Pilot, actor: auth.Actor | None) -> None:
    store.pilots.add(db, made)
    audit.record(db, actor, "pilot.make", made.id)


def report(db: Database, one: model.Pilot, actor: auth.Actor) -> rules.Report:
    """As things stand now; that it was looked at is noted."""
    audit.seen(db, actor, "pilot.report", one.id)
    return rules.report(one, store.pilots.counted(db, one))
