"""The checker finds what a request window lost, did twice, or drew otherwise than it was published."""

import copy
import json
from datetime import timedelta

import pytest

from tests.proof import checker
from tests.proof.checker import findings
from tests.proof.planting import Row, message_gone, named, rows_kept, the
from tests.proof.small import SmallSystem


def with_status(evidence: checker.Evidence, status: str) -> Row:
    """A request that is so now."""
    return the(evidence.rows("booking", "requests"), lambda row: row["status"] == status)


def test_a_request_that_is_gone_is_missing(system: SmallSystem) -> None:
    with rows_kept(system, "booking", "requests") as rows:
        gone = rows.find_one_and_delete({})
        found = checker.check(system)
        named(found, findings.MISSING, gone["reference"], "not in the datastore")
        named(found, findings.DRAWS, gone["entry_id"])


def test_a_confirmed_place_that_is_no_appointment_is_missing(system: SmallSystem, read: checker.Evidence) -> None:
    confirmed = with_status(read, "confirmed")
    with rows_kept(system, "booking", "appointments") as rows:
        rows.delete_one({"_id": confirmed["_id"]})
        named(checker.check(system), findings.MISSING, confirmed["reference"], "was confirmed")


def test_a_withdrawal_that_was_forgotten_is_found(evidence: checker.Evidence) -> None:
    forgotten = with_status(evidence, "withdrawn")
    forgotten["status"] = "allocated"
    named(checker.judge(evidence), findings.ANSWERS, forgotten["reference"], "was withdrawn and is allocated")


def test_a_window_that_was_not_drawn_is_found(evidence: checker.Evidence) -> None:
    (files,) = evidence.draws.values()
    del files["result"]
    named(checker.judge(evidence), findings.DRAWS, "was not drawn")


def lines(text: str) -> list[Row]:
    return [json.loads(line) for line in text.splitlines()]


def written(rows: list[Row]) -> str:
    return "".join(json.dumps(row, sort_keys=True, separators=(",", ":")) + "\n" for row in rows)


def drew(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}


def swapped(rows: list[Row]) -> list[Row]:
    """Of one who was drawn and one who was not, each has what the other drew."""
    one, other = the(rows, lambda row: "slot" in row), the(rows, lambda row: "waitlist" in row)
    instead = {one["id"]: drew(other), other["id"]: drew(one)}
    return [{"id": row["id"], **instead.get(row["id"], drew(row))} for row in rows]


def test_a_published_result_in_which_two_changed_places_is_found(evidence: checker.Evidence) -> None:
    (files,) = evidence.draws.values()
    files["result"] = written(swapped(lines(files["result"])))
    found = checker.judge(evidence)
    named(found, findings.DRAWS, "2 entries differ")
    named(found, findings.DRAWS, " drew ", " has ")


def test_a_list_or_a_hash_that_was_changed_afterwards_is_found(evidence: checker.Evidence) -> None:
    (files,) = evidence.draws.values()
    before = files["hash"]
    files["hash"] = "0" * 64
    named(checker.judge(evidence), findings.DRAWS, "not the one you noted")
    files |= {"hash": before, "entries": written(lines(files["entries"])[1:])}
    named(checker.judge(evidence), findings.DRAWS, "not what was committed to")


def test_two_requests_that_have_what_the_other_drew_are_found(evidence: checker.Evidence) -> None:
    rows = evidence.rows("booking", "requests")
    drawn, waits = the(rows, lambda row: row["drawn"]), the(rows, lambda row: row["waitlist"] is not None)
    drawn |= {"drawn": False, "waitlist": waits["waitlist"]}
    waits |= {"waitlist": waits["waitlist"] + 1}
    found = checker.judge(evidence)
    named(found, findings.DRAWS, drawn["reference"])
    named(found, findings.DRAWS, waits["reference"])


def test_a_place_of_a_window_that_was_promised_to_two_or_lost_is_found(evidence: checker.Evidence) -> None:
    confirmed, gone = with_status(evidence, "confirmed"), with_status(evidence, "withdrawn")
    place = the(evidence.rows("booking", "places"), lambda row: row["_id"] in confirmed["place_ids"])
    place |= {"state": "reserved", "request_id": gone["_id"]}
    found = checker.judge(evidence)
    named(found, findings.PLACES, gone["reference"], place["_id"])
    named(found, findings.LOST_PLACES, place["_id"], gone["_id"])


def test_an_offer_that_was_made_twice_is_an_effect_twice(evidence: checker.Evidence) -> None:
    offered = the(evidence.rows("booking", "requests"), lambda row: row["waitlist"] is not None and row["offers"] == 1)
    step = the(offered["history"], lambda one: one["status"] == "allocated")
    offered["history"].insert(-1, step)
    named(checker.judge(evidence), findings.EFFECTS, offered["reference"], "2 times allocated")


def test_a_second_request_of_one_person_is_an_effect_twice(system: SmallSystem) -> None:
    with rows_kept(system, "booking", "requests") as rows:
        again = {"_id": "again", "reference": "SND-2222-2222", "entry_id": "again", "entered": False}
        rows.insert_one({**rows.find_one(), **again, "request": {"scope": "s", "body": "b"}})
        named(checker.check(system), findings.EFFECTS, "2 requests, 1 accepted")


def test_what_became_of_a_request_unasked_is_found(evidence: checker.Evidence) -> None:
    withdrawn, confirmed = with_status(evidence, "withdrawn"), with_status(evidence, "confirmed")
    evidence.asked = [
        one
        for one in evidence.asked
        if one.what not in ("give_up", "confirm")
        or one.reference() not in (withdrawn["reference"], confirmed["reference"])
    ]
    found = checker.judge(evidence)
    named(found, findings.NOT_ASKED, withdrawn["reference"], "withdrawn")
    named(found, findings.NOT_ASKED, confirmed["reference"], "confirmed")


@pytest.mark.parametrize("status", ["received", "allocated", "waitlisted", "expired", "withdrawn"])
def test_a_step_of_a_request_that_was_not_told_and_one_told_twice_are_found(
    evidence: checker.Evidence, status: str
) -> None:
    template = f"request_{status}"
    told = next(one for one in evidence.received if one.template == template)
    evidence.received.append(copy.copy(told))
    named(checker.judge(evidence), findings.TWICE, template, str(told.reference))
    message_gone(evidence, template, str(told.reference))
    named(checker.judge(evidence), findings.MESSAGES, template, str(told.reference))


def test_a_copy_of_a_request_that_ended_in_another_state_is_out_of_order(
    system: SmallSystem, read: checker.Evidence
) -> None:
    withdrawn = with_status(read, "withdrawn")
    with rows_kept(system, "notifications", "appointments") as rows:
        rows.update_one({"_id": withdrawn["_id"]}, {"$set": {"status": "allocated"}})
        named(checker.check(system), findings.ORDER, withdrawn["reference"], "notifications know it as allocated")


@pytest.mark.parametrize("event", ["appointment.rescheduled.v1", "request.allocated.v1", "request.waitlisted.v1"])
def test_an_event_of_these_that_was_announced_twice_is_an_effect_twice(evidence: checker.Evidence, event: str) -> None:
    row = the(evidence.rows("booking", "outbox"), lambda one: one["type"] == event)
    evidence.rows("booking", "outbox").append({**row, "_id": "again", "sequence": 99})
    named(checker.judge(evidence), findings.EFFECTS, "booking.outbox", row["key"])


def test_two_of_these_events_handled_in_the_other_order_are_out_of_order(
    system: SmallSystem, read: checker.Evidence
) -> None:
    case = with_status(read, "confirmed")["case_id"]
    with rows_kept(system, "notifications", "inbox") as rows:
        first, second = rows.find({"topic": "booking", "key": case}).sort("sequence", 1).limit(2)
        rows.update_one({"_id": first["_id"]}, {"$set": {"at": second["at"] + timedelta(seconds=1)}})
        named(checker.check(system), findings.ORDER, case, "before its predecessor")
