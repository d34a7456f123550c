"""A pilot, and counts for its report."""

import dataclasses
from datetime import date
from typing import Any

from services.booking.model import pilot as rules
from tests import builders


def a_pilot(**changes: Any) -> rules.Pilot:
    made = rules.Pilot(
        name="Piloto",
        offices=("guatemala",),
        pathways=("orientation",),
        first=date(2027, 1, 4),
        last=date(2027, 7, 4),
        opens_on=date(2026, 12, 14),
        opens_at="08:00",
        plan=(rules.Planned("guatemala", "orientation", 40),),
        id="pilot-1",
        made_by="lead-1",
        made_at=builders.NOW,
        request={"scope": "s", "body": "b"},
    )
    return dataclasses.replace(made, **changes)


def counted(waited: dict[int, int] | None = None, places: int = 0, **counts: int) -> rules.Counted:
    """`booked` and `referred` are what their parts add up to."""
    parts = {"booked": ("attended", "missed", "cancelled_by_person", "cancelled_by_office", "to_come")}
    parts["referred"] = tuple(name for name in rules.COUNTS if name.startswith("referral_"))
    wholes = {whole: sum(counts.get(part, 0) for part in of_it) for whole, of_it in parts.items()}
    return rules.Counted(wholes | counts, waited or {}, places)
