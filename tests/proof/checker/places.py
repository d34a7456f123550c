"""No place is given to two, by the clients' answers and by the datastore."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.proof.checker.evidence import Evidence
from tests.proof.checker.findings import PLACES, Found


def given_twice(e: Evidence) -> Iterator[Found]:
    yield from _by_answers(e)
    yield from _in_the_datastore(e)


def _by_answers(e: Evidence) -> Iterator[Found]:
    """A place is surely somebody's from the answer that says so until they ask to cancel. Never more of them at a
    time than the slot has places."""
    leaves = {one.reference(): one.begun for one in e.asked if one.what == "cancel"}
    places = Counter(row["slot_id"] for row in e.rows("booking", "places"))
    steps: dict[str, list[tuple[float, int, str]]] = defaultdict(list)
    seen = set()
    for one in e.accepted("book"):
        reference = one.reference() or ""
        if reference in seen:
            continue
        seen.add(reference)
        steps[one.sent["slot"]].append((one.ended, 1, reference))
        if reference in leaves:
            steps[one.sent["slot"]].append((max(leaves[reference], one.ended), -1, reference))
    for slot, of_slot in steps.items():
        there: list[str] = []
        for _, step, reference in sorted(of_slot, key=lambda one: one[:2]):
            there.append(reference) if step > 0 else there.remove(reference)
            if len(there) > places[slot]:
                yield Found(PLACES, f"{slot} has {places[slot]} places and was promised to {', '.join(there)}")
                break


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
    capacity = {row["_id"]: row["capacity"] + row.get("over_by", 0) for row in e.rows("booking", "slots")}
    for slot, number in Counter(row["slot_id"] for row in places.values()).items():
        if number != capacity.get(slot):
            yield Found(PLACES, f"{slot} has {number} places instead of {capacity.get(slot)}")
