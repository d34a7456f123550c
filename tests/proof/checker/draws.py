"""A draw is what its published files give, by the program that anybody can run (deploy/examples/verify_draw.py); what
is noted of each request is what was drawn; and what was answered to somebody is so."""

import contextlib
import importlib.util
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.proof.checker.evidence import Evidence, Rows
from tests.proof.checker.findings import ANSWERS, DRAWS, EFFECTS, MISSING, NOT_ASKED, PLACES, Found

VERIFY = Path(__file__).parents[3] / "deploy" / "examples" / "verify_draw.py"
LISTS = ("entries", "capacity", "result")
HELD = ("allocated", "confirmed")
ONCE = ("received", "allocated", "waitlisted", "confirmed", "expired", "withdrawn", "not_allocated")


def otherwise(e: Evidence) -> Iterator[Found]:
    """Than what was published beforehand had to give."""
    for id, files in e.draws.items():
        requests = [row for row in e.rows("booking", "requests") if row["window_id"] == id]
        if "result" not in files:
            yield Found(DRAWS, f"{id} was not drawn: only {', '.join(sorted(files))} are published")
            continue
        yield from _by_anybody(id, files)
        yield from _as_noted(id, e.rows_of(files["result"]), requests)
        yield from _in_its_places(id, e.rows_of(files["capacity"]), requests, e.rows("booking", "places"))


def _by_anybody(id: str, files: dict[str, str]) -> Iterator[Found]:
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for name, text in files.items():
            (Path(folder) / (f"{name}.jsonl" if name in LISTS else f"{name}.json")).write_bytes(text.encode())
        program = _program()
        try:
            program.verify(Path(folder), files["hash"])
        except (program.Wrong, KeyError, TypeError, ValueError) as wrong:
            yield Found(DRAWS, f"{id}: {wrong}")


def _program() -> Any:
    spec = importlib.util.spec_from_file_location("verify_draw", VERIFY)
    if spec is None or spec.loader is None:
        raise ImportError(VERIFY)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program


def _as_noted(id: str, result: Rows, requests: Rows) -> Iterator[Found]:
    """Whoever withdrew between the close and the draw's being noted has nothing of it."""
    entered = {row["entry_id"]: row for row in requests if row["entered"]}
    for entry in sorted(entered.keys() ^ {row["id"] for row in result}):
        yield Found(DRAWS, f"{id}: {entry} is not both among the requests and in the result")
    for row in result:
        request = entered.get(row["id"])
        steps = [step["status"] for step in request["history"]] if request else []
        if request is None or not {"allocated", "waitlisted"} & set(steps):
            if request and request["status"] != "withdrawn":
                yield Found(DRAWS, f"{id}: what {row['id']} drew is not noted of {request['reference']}")
            continue
        drew = (row.get("slot"), row.get("waitlist"))
        noted = (request["slot_id"] if request["drawn"] else None, request["waitlist"])
        if drew != noted:
            yield Found(DRAWS, f"{id}: {row['id']} drew {drew}, and {request['reference']} has {noted}")


def _in_its_places(id: str, capacity: Rows, requests: Rows, places: Rows) -> Iterator[Found]:
    """Never more are promised of a time than it has, each whole, and each place to one."""
    has = {row["id"]: row["places"] for row in capacity}
    of_window = {row["_id"]: row for row in places if row.get("window_id") == id}
    for slot, number in Counter(row["slot_id"] for row in of_window.values()).items():
        if number != has.get(slot):
            yield Found(PLACES, f"{id}: {slot} has {number} places instead of {has.get(slot)}")
    held = Counter(place for row in requests if row["status"] == "allocated" for place in row["place_ids"])
    yield from (Found(PLACES, f"{place} is promised to {n} requests") for place, n in held.items() if n > 1)
    for row in requests:
        theirs = {place for place, one in of_window.items() if one.get("request_id") == row["_id"]}
        if theirs != (set(row["place_ids"]) if row["status"] == "allocated" else set()):
            yield Found(PLACES, f"{row['reference']} is {row['status']} and {sorted(theirs)} are kept for it")
        if row["status"] in HELD and len(set(row["place_ids"])) != row["places"]:
            what = f"{len(set(row['place_ids']))} places instead of {row['places']}"
            yield Found(PLACES, f"{row['reference']} has {what} of {row['slot_id']}")


def missing(e: Evidence) -> Iterator[Found]:
    """What was answered with yes: a request is there as it was asked, a confirmed place is an appointment."""
    there = {row["reference"]: row for row in e.rows("booking", "requests")}
    booked = {row["reference"]: row for row in e.rows("booking", "appointments")}
    for one in e.accepted("ask"):
        row = there.get(one.reference() or "")
        if row is None:
            yield Found(MISSING, f"request {one.reference()} is not in the datastore", one.case)
        elif (row["pathway_id"], row["party_size"]) != (one.sent["pathway"], 1 + len(one.sent["companions"])):
            yield Found(MISSING, f"request {one.reference()} is there as another one", one.case)
        elif e.persons["booking"].get(row["person_id"]) != one.case:
            yield Found(MISSING, f"request {one.reference()} is there for somebody else", one.case)
    for one in e.accepted("confirm", "give_up"):
        row = there.get(one.reference() or "", {"status": None, "slot_id": None})
        wanted = "confirmed" if one.what == "confirm" else "withdrawn"
        if row["status"] != wanted:
            yield Found(ANSWERS, f"{one.reference()} was {wanted} and is {row['status']}", one.case)
        appointment = booked.get(one.reference() or "")
        if one.what == "confirm" and (appointment is None or appointment["slot_id"] != row["slot_id"]):
            yield Found(MISSING, f"{one.reference()} was confirmed and is no appointment of {row['slot_id']}", one.case)


def twice(e: Evidence) -> Iterator[Found]:
    """Each step of a request once, one request to a person, one offer to a request; and none that nobody asked for."""
    asked = {what: {one.reference() for one in e.asked if one.what == what} for what in ("confirm", "give_up")}
    persons: Counter[int] = Counter()
    for row in e.rows("booking", "requests"):
        case = e.persons.get("booking", {}).get(row["person_id"], -1)
        persons[case] += 1
        steps = Counter(step["status"] for step in row["history"])
        for status in ONCE:
            if steps[status] > 1:
                yield Found(EFFECTS, f"booking.requests {row['reference']}: {steps[status]} times {status}", case)
        if row["offers"] != steps["allocated"]:
            what = f"{row['offers']} offers, {steps['allocated']} noted"
            yield Found(EFFECTS, f"booking.requests {row['reference']}: {what}", case)
        yield from _unasked(row, steps, asked, e.case(case).outcome if case >= 0 else "")
    made = {case: len({one.reference() for one in e.accepted("ask") if one.case == case}) for case in persons}
    for case, number in persons.items():
        if number > made[case]:
            yield Found(EFFECTS, f"booking.requests: {number} requests, {made[case]} accepted", case)


def _unasked(row: dict[str, Any], steps: Counter[str], asked: dict[str, set], outcome: str) -> Iterator[Found]:
    reference = row["reference"]
    if steps["confirmed"] and reference not in asked["confirm"]:
        yield Found(NOT_ASKED, f"{reference} was confirmed")
    if steps["withdrawn"] and reference not in asked["give_up"]:
        yield Found(NOT_ASKED, f"{reference} was withdrawn")
    if steps["expired"] and outcome != "lapses":
        yield Found(NOT_ASKED, f"{reference} was left to expire")
