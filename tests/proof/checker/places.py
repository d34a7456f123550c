"""No place is given to two, by the clients' answers and by the datastore; and none is lost."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.proof.checker import called_off
from tests.proof.checker.evidence import Evidence
from tests.proof.checker.findings import LOST_PLACES, PLACES, Found

LONGEST_REST = timedelta(minutes=31)  # of a place given back, or held for somebody
A_CLOCK = 2.0  # seconds between a client's clock and the database's, at most


def given_twice(e: Evidence) -> Iterator[Found]:
    yield from _by_answers(e)
    yield from _held_and_taken(e)
    yield from _in_the_datastore(e)


def _by_answers(e: Evidence) -> Iterator[Found]:
    """A place is surely somebody's from the answer that says so until they ask to cancel or to change, or until it is
    approved to cancel all of that time. Never more of them at a time than the slot has places."""
    places = Counter(row["slot_id"] for row in e.rows("booking", "places")) | Counter(e.office.get("capacity", {}))
    steps: dict[str, list[tuple[float, int, str, int]]] = defaultdict(list)
    for slot, begun, ended, reference, size in _promises(e):
        steps[slot] += [(begun, 1, reference, size), (max(ended, begun), -1, reference, size)]
    for slot, of_slot in steps.items():
        there: dict[str, int] = {}
        for _, step, reference, size in sorted(of_slot, key=lambda one: one[:2]):
            there |= {reference: size if step > 0 else 0}
            if sum(there.values()) > places[slot]:
                names = ", ".join(name for name, number in there.items() if number)
                yield Found(PLACES, f"{slot} has {places[slot]} places and was promised to {names}")
                break


def _promises(e: Evidence) -> Iterator[tuple[str, float, float, str, int]]:
    """Slot, from when until when (by the answers), whose, how many places."""
    leaves = {one.reference(): one.begun for one in reversed(e.asked) if one.what in ("cancel", "change")}
    many = called_off.ranges(e)
    seen = set()
    for one in e.accepted("book"):
        reference, slot = one.reference() or "", e.slot_of(one)
        if reference not in seen:
            seen.add(reference)
            ends = [leaves.get(reference, float("inf")), *(each.approved for each in many if each.has_slot(slot))]
            yield slot, one.ended, min(ends), reference, e.places_for(one)
    size_of = {one.reference(): e.places_for(one) for one in e.accepted("book")}
    for one in e.accepted("change"):
        yield one.sent["slot"], one.ended, float("inf"), one.reference() or "", size_of.get(one.reference(), 1)


def _held_and_taken(e: Evidence) -> Iterator[Found]:
    """What is held for somebody is nobody else's until it runs out, by the answers: neither held again nor booked."""
    holds = {row["_id"]: row for row in e.rows("booking", "holds")}
    promised = {one.body["id"]: one for one in e.accepted("hold")}
    booked = {row["reference"]: row for row in e.rows("booking", "appointments")}
    of_place: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for id, one in promised.items():
        row = holds.get(id)
        if row is None or row["slot_id"] != one.sent["slot"]:
            yield Found(PLACES, f"hold {id} is not in the datastore as it was promised", one.case)
            continue
        until = datetime.fromisoformat(one.body["expires_at"]).timestamp() - A_CLOCK
        for place in row["place_ids"]:
            of_place[place].append((one.ended, until, id))
    for place, of_one in of_place.items():
        for (_, until, first), (begun, _, second) in zip(sorted(of_one), sorted(of_one)[1:], strict=False):
            if begun < until and promised[second].begun > promised[first].ended:
                yield Found(PLACES, f"{place} is held by {first} and by {second}")
    yield from _booked_while_held(e, of_place, booked)


def _booked_while_held(
    e: Evidence, of_place: dict[str, list[tuple[float, float, str]]], booked: dict[str, dict[str, Any]]
) -> Iterator[Found]:
    for one in e.accepted("book"):
        row, hold = booked.get(one.reference() or ""), one.sent.get("hold")
        if row is None or any("before" in step for step in row["history"]):
            continue  # and of one that was changed, nobody knows any more which places it had
        for place in row.get("place_ids") or [row["place_id"]]:
            for begun, until, id in of_place[place]:
                if id != hold and one.begun > begun and one.ended < until:
                    yield Found(PLACES, f"{place} is held by {id} and was booked by {one.reference()}", one.case)
    held = {one.body["id"]: datetime.fromisoformat(one.body["expires_at"]).timestamp() for one in e.accepted("hold")}
    for one in e.accepted("book"):
        hold = one.sent.get("hold")
        if hold and one.begun > held.get(hold, one.begun) + A_CLOCK:
            yield Found(PLACES, f"{one.reference()} was booked with {hold}, which had run out", one.case)


def _in_the_datastore(e: Evidence) -> Iterator[Found]:
    places = {row["_id"]: row for row in e.rows("booking", "places")}
    holders = defaultdict(list)
    for row in e.rows("booking", "appointments"):
        if row["status"] != "cancelled":
            for place_id in row.get("place_ids") or [row["place_id"]]:
                holders[place_id].append(row)
    for place_id, rows in holders.items():
        place = places.get(place_id)
        references = ", ".join(row["reference"] for row in rows)
        if len(rows) > 1:
            yield Found(PLACES, f"{place_id} is held by {references}")
        elif place is None or place["state"] != "taken" or place.get("appointment_id") != rows[0]["_id"]:
            state = place and (place["state"], place.get("appointment_id"))
            yield Found(PLACES, f"{place_id} of {references} can be given away again: it is {state}")
        elif place["slot_id"] != rows[0]["slot_id"]:
            yield Found(PLACES, f"{place_id} of {references} is of another time")
    capacity = {row["_id"]: row["capacity"] + row.get("over_by", 0) for row in e.rows("booking", "slots")}
    for slot, number in Counter(row["slot_id"] for row in places.values()).items():
        if number != capacity.get(slot):
            yield Found(PLACES, f"{slot} has {number} places instead of {capacity.get(slot)}")


def lost(e: Evidence) -> Iterator[Found]:
    """A place that is with nobody can be given again: it is free, or will be when a rest or a hold is over, or it is
    its window's, or kept for who walks in. What is taken, or kept for a request, is so for one that has it."""
    soon = datetime.fromtimestamp(e.read_at, UTC) + LONGEST_REST
    has = {row["_id"]: _theirs(row) for row in e.rows("booking", "appointments")}
    waits = {row["_id"]: set(row["place_ids"]) for row in e.rows("booking", "requests")}
    for place in e.rows("booking", "places"):
        id, state = place["_id"], place["state"]
        if state == "taken" and id not in has.get(place.get("appointment_id"), ()):
            yield Found(LOST_PLACES, f"{id} is taken by {place.get('appointment_id')}, which has not got it")
        elif state == "held" and (place.get("expires_at") or soon) >= soon:
            yield Found(LOST_PLACES, f"{id} is held for longer than anything is: {place.get('expires_at')}")
        elif state == "reserved" and "request_id" in place and id not in waits.get(place["request_id"], ()):
            yield Found(LOST_PLACES, f"{id} is kept for {place['request_id']}, which has not got it")
        elif state == "reserved" and "window_id" not in place:
            yield Found(LOST_PLACES, f"{id} is reserved for no window")
        elif state not in ("taken", "held", "reserved", "free", "walk_in"):
            yield Found(LOST_PLACES, f"{id} is {state}")
    yield from _gone(e)


def _theirs(row: dict[str, Any]) -> set[str]:
    return set() if row["status"] == "cancelled" else set(row.get("place_ids") or [row["place_id"]])


def _gone(e: Evidence) -> Iterator[Found]:
    """A time has as many places as it was made with, but for those that were cancelled."""
    there = Counter(row["slot_id"] for row in e.rows("booking", "places"))
    many = called_off.ranges(e)
    for slot, number in e.office.get("capacity", {}).items():
        if there[slot] != number and not any(one.has_slot(slot) for one in many):
            yield Found(LOST_PLACES, f"{slot} was made with {number} places and has {there[slot]}")
