"""What a booking must fit: the slot, its office, its pathway.

They change seldom and are read by every booking, so each process keeps them for a moment (shared/recent.py). What was
kept decides nothing that another document guards: whether there is a place is seen when it is claimed. An office that
closes its intake, or a pathway whose rules change, is heard of within SECONDS: a booking in between counts as made
just before. A slot says the same for as long as it is there, but for its end, which another calendar may change; how
many of its places are free nobody reads here. Whoever still asks for a slot that was withdrawn finds no place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pymongo.database import Database

from services.booking import intakes, model, refusals, store
from shared import recent, web

SECONDS = 1
SLOT_SECONDS = 60


@dataclass(frozen=True)
class Offer:
    slot: model.Slot
    office: model.Office
    pathway: model.Pathway


@dataclass(frozen=True)
class Times:
    """`tag` changes with the rows: made once for each read."""

    rows: list[dict[str, Any]]
    tag: str


Offered = dict[str, Offer]
NO_TIMES = Times([], "none")


def find_all(db: Database, slot_ids: Iterable[str]) -> Offered:
    """Those of these slots that there are, by id."""

    def read(missing: list[str]) -> dict[str, model.Slot]:
        return {slot.id: slot for slot in store.slots(db, missing)}

    slots = recent.get_all(db, "slot", slot_ids, read, SLOT_SECONDS)
    return {id: Offer(slot, office(db, slot.office_id), pathway(db, slot.pathway_id)) for id, slot in slots.items()}


def find(db: Database, slot_id: str) -> Offer:
    """Raises SlotGone."""
    found = find_all(db, [slot_id]).get(slot_id)
    if found is None:
        raise refusals.SlotGone()
    return found


def office(db: Database, id: str) -> model.Office:
    """Raises UnknownOffice."""
    return recent.get(db, ("office", id), lambda: store.office(db, id), SECONDS)


def pathway(db: Database, id: str) -> model.Pathway:
    """Raises UnknownPathway."""
    return recent.get(db, ("pathway", id), lambda: store.pathway(db, id), SECONDS)


def times(db: Database, at: model.Office, pathway_id: str, first: date, last: date) -> Times:
    """Free times as programs are told them, as far as they may be booked now; none while the office's intake is closed.
    How many places are free is advice that may be a second old (places), so an answer of that age is as good, and a
    crowd that looks at one office costs one query a second. For the window that most ask for: others would only fill
    the memory."""
    if not intakes.takes(db, at, pathway_id):
        return NO_TIMES
    name = ("times", at.id, pathway_id, first, last)
    return recent.get(db, name, lambda: times_now(db, at, pathway_id, first, last), SECONDS)


def times_now(db: Database, at: model.Office, pathway_id: str, first: date, last: date) -> Times:
    """The same, asked of the database."""
    rows = store.free_times(db, at, pathway_id, first, last)
    return Times(rows, web.tag(repr(rows).encode()))
