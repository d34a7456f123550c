"""An office's calendar changed by those in charge of it: looked at first, then done, over what they have looked at."""

from typing import Any

from pymongo.database import Database

from services.booking import model, upkeep
from shared import audit, auth

Said = dict[str, Any]


def preview(db: Database, office_id: str, said: Said) -> tuple[list[model.Appointment], str]:
    """Whom it would concern, and the version of the calendar that it would change. Raises
    marshmallow.ValidationError."""
    return upkeep.would_concern(db, office_id, said)


def change(db: Database, office_id: str, said: Said, seen: str, actor: auth.Actor) -> None:
    """Noted first, since it is many steps; those whom it concerns are moved later (upkeep.py). Raises
    marshmallow.ValidationError; Changed, when the calendar is not the one that was looked at any more."""
    audit.record(db, actor, "calendar.change", office_id, office_id=office_id)
    upkeep.set_calendar(db, office_id, said, seen)
