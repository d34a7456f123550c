"""Slots as the calendars give them: made ahead, and brought to a calendar that has changed without breaking a promise.

What was made by hand (a slot that is not marked `calendar`) is let be, unless the calendar gives the same slot too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from services.booking import capacity, model, places, store
from services.booking.model import capacity as rules
from shared import clock
from shared.telemetry import log

MARGIN_DAYS = 1  # made before they may be booked: a day opens at its midnight, whenever the timer comes
FIXED = ("_id", "office_id", "pathway_id", "starts_at")  # of a slot that is there
COUNTED = ("capacity", "walk_ins", "walk_ins_until")  # capacity.py, places/walk_ins.py

Row = dict[str, Any]


@dataclass(frozen=True)
class Renewal:
    """How many slots are new, have gone or are kept for those who have them only, and have another capacity."""

    new: int = 0
    withdrawn: int = 0
    resized: int = 0

    def __add__(self, other: "Renewal") -> "Renewal":
        return Renewal(self.new + other.new, self.withdrawn + other.withdrawn, self.resized + other.resized)


def renew(db: Database, office_id: str) -> Renewal:
    """May run at any time, also twice at once: what a run with an older calendar did meanwhile is made good by that
    run, which finds at its end that the calendar has changed."""
    done: model.Office | None = None
    found = Renewal()
    while (office := store.office(db, office_id)) != done:
        found += _bring(db, office, clock.now())
        done = office
    return found


def concerned(db: Database, office_id: str | None = None) -> list[str]:
    """References of appointments still to come that have a place which their office's calendar does not give any more:
    beyond a slot's capacity, or on a slot that was withdrawn. By start; of one slot who booked last first. They keep
    their place until they are moved or cancelled."""
    found: list[str] = []
    for slot in capacity.too_full(db, office_id, clock.now()):
        there = store.of_slot(db, slot["_id"], slot["office_id"], slot["starts_at"])
        found += [one.reference for one in rules.beyond(there, slot["capacity"])]
    return found


def would_concern(db: Database, office: model.Office) -> list[model.Appointment]:
    """Whom this calendar, which the office does not have yet, would concern, by start: as `concerned` is afterwards."""
    there = _there(db, office, clock.now())
    given = _given(db, office, clock.now(), there.values())
    left = {id: given[id]["capacity"] if id in given else 0 for id, row in there.items() if row.get("calendar")}
    fewer = [row for id, row in there.items() if id in left and left[id] < row["capacity"]]
    found = []
    for slot in sorted(fewer, key=lambda row: (row["starts_at"], row["_id"])):
        booked = store.of_slot(db, slot["_id"], office.id, slot["starts_at"])
        found += rules.beyond(booked, left[slot["_id"]])
    return found


def _bring(db: Database, office: model.Office, now: datetime) -> Renewal:
    """What is taken away goes first, so that nobody books both of two slots of which one replaces the other."""
    there = _there(db, office, now)
    given = _given(db, office, now, there.values())
    withdrawn = [id for id, row in there.items() if id not in given and row.get("calendar") and row["capacity"]]
    fewer = [id for id, row in there.items() if id in given and row["capacity"] > given[id]["capacity"]]
    more = [id for id, row in there.items() if id in given and row["capacity"] < given[id]["capacity"]]
    for id in (*withdrawn, *fewer):
        capacity.change(db, id, given[id]["capacity"] if id in given else 0)
    first = store.rebooking.waited_for(db, office.id, now)  # also who has just come back to their line
    for id in more:
        capacity.change(db, id, given[id]["capacity"], given[id]["pathway_id"] in first)
    _tell(db, there, given)
    _hold_back(db, there, given, now)
    new = [slot for id, slot in given.items() if id not in there] if office.intake.open else []
    made = places.add(db, new, first)
    resized = len(fewer) + len(more)
    if withdrawn or resized:
        left = len(concerned(db, office.id))
        log.info("calendar changed", office_id=office.id, withdrawn=len(withdrawn), resized=resized, to_move=left)
    return Renewal(made, len(withdrawn), resized)


def _there(db: Database, office: model.Office, now: datetime) -> dict[str, Row]:
    """Slots of this office that are still to come, by id; asked for by pathway, as the index has them."""
    pathways = db.slots.distinct("pathway_id", {"office_id": office.id})
    wanted = {"office_id": office.id, "pathway_id": {"$in": pathways}, "starts_at": {"$gt": now}}
    return {row["_id"]: row for row in db.slots.find(wanted)}


def _given(db: Database, office: model.Office, now: datetime, there: Iterable[Row]) -> dict[str, Row]:
    """What the calendar gives, by id: all of it as far as each pathway's horizon, and beyond it what is there
    already."""
    today = office.today(now)
    usual = model.Limits.horizon_days + MARGIN_DAYS
    reach = {one.id: office.limits_of(one).horizon_days + MARGIN_DAYS for one in store.pathways(db)}
    ids = {row["_id"] for row in there}
    last = max((office.today(row["starts_at"]) for row in there), default=today)
    days = max((last - today).days, usual, *reach.values()) + 1

    def is_wanted(slot: Row) -> bool:
        ahead = (office.today(slot["starts_at"]) - today).days
        return slot["_id"] in ids or ahead <= reach.get(slot["pathway_id"], usual)

    return {
        slot["_id"]: slot | {"calendar": True}
        for slot in office.calendar.slots(today, days)
        if slot["starts_at"] > now and is_wanted(slot)
    }


def _tell(db: Database, there: dict[str, Row], given: dict[str, Row]) -> None:
    """What else is said of a slot that stays: its end, its desks, its languages. An appointment keeps the end that was
    promised."""
    changed = []
    for id in there.keys() & given.keys():
        slot, known = given[id], there[id]
        said = {name: slot[name] for name in slot if name not in FIXED + COUNTED and known.get(name) != slot[name]}
        changed += [UpdateOne({"_id": id}, {"$set": said})] if said else []
    if changed:
        db.slots.bulk_write(changed, ordered=False)


def _hold_back(db: Database, there: dict[str, Row], given: dict[str, Row], now: datetime) -> None:
    """For who walks in, where another number of places is held back by now, or the slot has another capacity."""
    for id in there.keys() & given.keys():
        slot, known = given[id], there[id]
        until = slot.get("walk_ins_until")
        number = 0 if until and until <= now else slot.get("walk_ins", 0)
        said, before = (number, until if number else None), (known.get("walk_ins", 0), known.get("walk_ins_until"))
        if said != before or (number and slot["capacity"] != known["capacity"]):
            places.hold_back(db, id, *said)
