"""An office's intake, of all its pathways or of one, as those in charge set it."""

import dataclasses
from datetime import datetime
from typing import Any

from pymongo.database import Database

from services.booking import intakes, model, refusals, store
from shared import audit, auth, clock, errors, mongo


@mongo.transactional
def set_intake(
    db: Database, office_id: str, pathway_id: str | None, intake: model.Intake, actor: auth.Actor, if_match: str | None
) -> model.Office:
    """`if_match`: only if the office still has this ETag (`etag`). A limit counts what was booked that day before
    it; what is booked in the second in which it begins counts as booked before. Raises PreconditionFailed,
    UnknownPathway."""
    office, now = store.office(db, office_id), clock.now()
    if if_match is not None and if_match not in ("*", etag(office)):
        raise errors.PreconditionFailed()
    if pathway_id is not None and pathway_id not in office.pathways:
        raise refusals.UnknownPathway()
    field = f"intakes.{pathway_id}" if pathway_id else "intake"
    version = {"$in": [None, 0]} if office.intake_version == 0 else office.intake_version
    changed = db.offices.update_one(
        {"_id": office.id, "intake_version": version},
        {"$set": {field: dataclasses.asdict(intake), "intake_version": office.intake_version + 1}},
    )
    if not changed.matched_count:
        raise refusals.Changed()
    if intake.most_per_day is not None:
        intakes.begin(db, office, pathway_id or model.ALL, now)
    audit.record(db, actor, "intake.change", office.id, office_id=office.id, **_told(pathway_id, intake))
    return store.office(db, office.id)


def etag(office: model.Office) -> str:
    """Another one after each change of its intake."""
    return f'"intake-{office.intake_version}"'


def _told(pathway_id: str | None, intake: model.Intake) -> dict[str, Any]:
    """What history keeps; the message is public, and was shown."""
    told = {name: getattr(intake, name) for name in ("open", "opens_at", "closes_at", "most_per_day")}
    said = {name: value for name, value in told.items() if value is not None}
    return {"pathway_id": pathway_id or model.ALL, **{name: _text(value) for name, value in said.items()}}


def _text(value: Any) -> Any:
    return clock.rfc3339(value) if isinstance(value, datetime) else value
