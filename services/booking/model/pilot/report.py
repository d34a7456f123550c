"""The report on a pilot: demand, also what was refused for want of places and what was asked for in request windows,
waiting, attendance and what became of referrals, by office, service, language, week.

From counts that the datastore has made (`Counted`), never from appointments one by one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.booking.model.pilot import cells
from services.booking.model.pilot.cells import FEWEST, OTHER
from services.booking.model.pilot.pilot import Pilot

DIMENSIONS = ("office", "pathway", "language", "week")
APPOINTMENTS = ("attended", "missed", "cancelled_by_person", "cancelled_by_office", "to_come")
REFERRALS = ("referral_accepted", "referral_completed", "referral_not_placed", "referral_withdrawn", "referral_open")
REQUESTS = ("request_drawn", "request_confirmed", "request_waiting", "request_without")
COUNTS = ("booked", *APPOINTMENTS, "referred", *REFERRALS, "asked", *REQUESTS)
PARTS = {"booked": APPOINTMENTS, "referred": REFERRALS, "asked": REQUESTS}
TOTAL = ""


@dataclass(frozen=True)
class Counted:
    """Of one group: `counts` by names of COUNTS; `waited`: how many by whole days from booking to the appointment;
    `places` that were offered, which are nobody's data; how often somebody was `refused` for want of them, of whom
    nothing is known."""

    counts: Mapping[str, int] = field(default_factory=dict)
    waited: Mapping[int, int] = field(default_factory=dict)
    places: int = 0
    refused: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            Counter(self.counts) + Counter(other.counts),
            Counter(self.waited) + Counter(other.waited),
            self.places + other.places,
            self.refused + other.refused,
        )


@dataclass(frozen=True)
class Line:
    """Of a group, or of all. None: hidden, or (of waiting) too few to tell. Places offered and planned, and how often
    somebody was refused: None where they have none of their own, as languages."""

    group: str
    counts: dict[str, int | None]
    median: int | None  # days
    p90: int | None
    offered: int | None = None
    planned: int | None = None
    refused: int | None = None


@dataclass(frozen=True)
class Report:
    total: Line
    tables: dict[str, tuple[Line, ...]]  # by dimension; empty where no group can be told of


Tables = Mapping[str, Mapping[str, Counted]]
Cell = tuple[str, str, str]


def report(pilot: Pilot, counted: Tables) -> Report:
    """`counted`: by dimension and group; each dimension counts everybody."""
    shown = {dimension: _shown(counted.get(dimension, {})) for dimension in DIMENSIONS}
    total = sum(counted.get("office", {}).values(), Counted())
    rows = {(dimension, group): one for dimension, groups in shown.items() for group, one in groups.items()}
    rows[TOTAL, TOTAL] = total
    values: dict[Cell, int] = {(*key, name): one.counts.get(name, 0) for key, one in rows.items() for name in COUNTS}
    hidden = cells.hidden(values, _sums(rows))
    lines = {key: _line(pilot, *key, one, hidden) for key, one in rows.items()}
    tables = {name: tuple(lines[name, group] for group in groups) for name, groups in shown.items()}
    return Report(lines[TOTAL, TOTAL], tables)


def _shown(groups: Mapping[str, Counted]) -> dict[str, Counted]:
    """Those that can be told of, and the others as one, last; none at all if what is left would be the total."""
    sizes = {group: one.counts.get("booked", 0) + one.counts.get("asked", 0) for group, one in groups.items()}
    small = cells.small(sizes)
    if small == set(groups):
        return {}
    found = {group: groups[group] for group in sorted(groups) if group not in small}
    return found | ({OTHER: sum((groups[group] for group in small), Counted())} if small else {})


def _sums(rows: Iterable[tuple[str, str]]) -> list[tuple[list[Cell], Cell]]:
    """What adds up to what: parts to their whole, groups to the total."""
    keys = list(rows)
    across: list[tuple[list[Cell], Cell]] = [
        ([(*key, part) for part in parts], (*key, whole)) for key in keys for whole, parts in PARTS.items()
    ]
    down: list[tuple[list[Cell], Cell]] = [
        ([(*key, name) for key in keys if key[0] == dimension], (TOTAL, TOTAL, name))
        for dimension in DIMENSIONS
        for name in COUNTS
    ]
    return across + [line for line in down if line[0]]


def _line(pilot: Pilot, dimension: str, group: str, one: Counted, hidden: set[Cell]) -> Line:
    enough = sum(one.waited.values()) >= FEWEST
    return Line(
        group=group,
        counts={name: None if (dimension, group, name) in hidden else one.counts.get(name, 0) for name in COUNTS},
        median=_of_days(one.waited, 0.5) if enough else None,
        p90=_of_days(one.waited, 0.9) if enough else None,
        offered=None if dimension == "language" else one.places,
        planned=_planned(pilot, dimension, group),
        refused=None if dimension == "language" else one.refused,
    )


def _planned(pilot: Pilot, dimension: str, group: str) -> int | None:
    if dimension == "language" or group == OTHER:
        return None
    if dimension == "week":
        return pilot.places_a_week
    mine = [row.places for row in pilot.plan if group in (TOTAL, row.office_id, row.pathway_id)]
    return sum(mine) * pilot.weeks


def _of_days(waited: Mapping[int, int], share: float) -> int:
    """The fewest days within which at least this share of people came to their turn."""
    reached, wanted = 0, share * sum(waited.values())
    for days in sorted(waited):
        reached += waited[days]
        if reached >= wanted:
            return days
    raise ValueError("nobody")
