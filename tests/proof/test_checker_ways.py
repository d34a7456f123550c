"""The checker finds a loss, a double and a swap in each way of coming to a place besides booking one: a change of time,
a hold, a family; and where many are cancelled at once. Request windows: test_checker_windows.py."""

import copy
from datetime import UTC, datetime, timedelta

from tests.proof import checker
from tests.proof.checker import findings
from tests.proof.planting import Row, appointment_of, file_kept, message_gone, named, rows_kept, the
from tests.proof.small import SmallSystem

CHANGE = "appointment_rescheduled"


# a change of time


def test_a_change_that_was_forgotten_is_missing(system: SmallSystem, read: checker.Evidence) -> None:
    changed = appointment_of(read, "changes")
    before = changed["history"][-1]["before"]
    with rows_kept(system, "booking", "appointments") as rows:
        rows.update_one({"_id": changed["_id"]}, {"$set": {"slot_id": before["slot_id"]}})
        named(checker.check(system), findings.ANSWERS, changed["reference"], "was changed to")


def test_a_place_that_was_not_given_back_after_a_change_is_lost(system: SmallSystem, read: checker.Evidence) -> None:
    changed = appointment_of(read, "changes")
    old = changed["history"][-1]["before"]["slot_id"]
    with rows_kept(system, "booking", "places") as rows:
        kept = rows.find_one_and_update(
            {"slot_id": old, "state": {"$ne": "taken"}},
            {"$set": {"state": "taken", "appointment_id": changed["_id"]}, "$unset": {"expires_at": "", "holder": ""}},
        )
        named(checker.check(system), findings.LOST_PLACES, kept["_id"], changed["_id"])


def test_a_place_that_rests_for_ever_and_one_that_is_gone_are_lost(evidence: checker.Evidence) -> None:
    made = [row for row in evidence.rows("booking", "places") if row["slot_id"] in evidence.office["capacity"]]
    rests, gone = [row for row in made if row["state"] != "taken"][:2]
    rests |= {"state": "held", "expires_at": datetime.now(UTC) + timedelta(days=1)}
    evidence.rows("booking", "places").remove(gone)
    found = checker.judge(evidence)
    named(found, findings.LOST_PLACES, rests["_id"], "held for longer")
    named(found, findings.LOST_PLACES, gone["slot_id"], "was made with")


def test_a_change_that_was_done_twice_or_by_nobody_is_found(evidence: checker.Evidence) -> None:
    changed = appointment_of(evidence, "changes")
    changed["history"].append(changed["history"][-1])
    other = appointment_of(evidence, "books")
    other["history"].append({**changed["history"][-1]})
    found = checker.judge(evidence)
    named(found, findings.EFFECTS, changed["reference"], "2 times at another time, 1 accepted")
    named(found, findings.NOT_ASKED, other["reference"], "another time")


def test_a_message_of_a_change_that_is_missing_and_one_that_came_twice(evidence: checker.Evidence) -> None:
    changed = appointment_of(evidence, "changes")["reference"]
    told = next(one for one in evidence.received if (one.template, one.reference) == (CHANGE, changed))
    evidence.received.append(copy.copy(told))
    named(checker.judge(evidence), findings.TWICE, CHANGE, changed)
    message_gone(evidence, CHANGE, changed)
    named(checker.judge(evidence), findings.MESSAGES, CHANGE, changed)


def test_a_copy_that_still_has_the_old_time_is_out_of_order(system: SmallSystem, read: checker.Evidence) -> None:
    changed = appointment_of(read, "changes")
    with rows_kept(system, "notifications", "appointments") as rows:
        rows.update_one({"_id": changed["_id"]}, {"$set": {"starts_at": changed["history"][-1]["before"]["starts_at"]}})
        named(checker.check(system), findings.ORDER, changed["reference"], "notifications say")


def test_two_changes_that_were_mixed_up_are_found(evidence: checker.Evidence) -> None:
    one, other = [row for row in evidence.rows("booking", "appointments") if "before" in row["history"][-1]][:2]
    assert one["slot_id"] != other["slot_id"] or one["place_ids"] != other["place_ids"]
    one["place_ids"], other["place_ids"] = other["place_ids"], one["place_ids"]
    found = checker.judge(evidence)
    named(found, findings.PLACES, one["reference"], "can be given away again")
    named(found, findings.PLACES, other["reference"], "can be given away again")


# holds


def test_a_hold_that_is_gone_is_found(system: SmallSystem) -> None:
    with rows_kept(system, "booking", "holds") as rows:
        gone = rows.find_one_and_delete({})
        named(checker.check(system), findings.PLACES, gone["_id"], "not in the datastore")


def test_a_place_that_was_held_for_two_or_booked_by_another_is_given_twice(evidence: checker.Evidence) -> None:
    first, second = evidence.accepted("hold")[:2]
    until = datetime.now(UTC) + timedelta(days=1)
    first.body["expires_at"] = second.body["expires_at"] = until.isoformat()
    first.begun, first.ended, second.begun, second.ended = 1.0, 2.0, 3.0, 4.0
    rows = {row["_id"]: row for row in evidence.rows("booking", "holds")}
    rows[second.body["id"]]["place_ids"] = rows[first.body["id"]]["place_ids"]
    found = checker.judge(evidence)
    named(found, findings.PLACES, first.body["id"], second.body["id"])
    booked = appointment_of(evidence, "books")
    rows[first.body["id"]]["place_ids"] = booked["place_ids"]
    named(checker.judge(evidence), findings.PLACES, first.body["id"], "was booked by", booked["reference"])


def test_a_booking_with_a_hold_that_had_run_out_is_found(evidence: checker.Evidence) -> None:
    late = next(one for one in evidence.accepted("book") if "hold" in one.sent)
    hold = next(one for one in evidence.accepted("hold") if one.body["id"] == late.sent["hold"])
    hold.body["expires_at"] = datetime.fromtimestamp(late.begun - 10, UTC).isoformat()
    named(checker.judge(evidence), findings.PLACES, str(late.reference()), "had run out")


# families


def test_a_family_with_a_place_too_few_or_at_two_times_is_missing(evidence: checker.Evidence) -> None:
    family = appointment_of(evidence, "family")
    whole = family["place_ids"]
    family["place_ids"] = whole[:-1]
    named(checker.judge(evidence), findings.MISSING, family["reference"], f"{len(whole)} were booked")
    elsewhere = the(evidence.rows("booking", "places"), lambda row: row["slot_id"] != family["slot_id"])
    family["place_ids"] = [*whole[:-1], elsewhere["_id"]]
    named(checker.judge(evidence), findings.MISSING, family["reference"], f"{len(whole)} were booked")


def test_a_word_of_who_comes_along_is_found_in_a_log(system: SmallSystem, read: checker.Evidence) -> None:
    family = next(one for one in read.accepted("book") if one.sent["companions"])
    with file_kept(system.logs / "planted.log") as log:
        log.write_text(family.sent["companions"][0]["name"], "utf-8")
        named(checker.check(system), findings.PERSONAL, "log planted.log")


# many cancelled at once


def of_many(evidence: checker.Evidence) -> Row:
    rows = evidence.rows("booking", "appointments")
    return the(rows, lambda row: "mass_cancellation" in row["history"][-1])


def test_one_of_many_who_was_left_out_is_found(system: SmallSystem, read: checker.Evidence) -> None:
    left = of_many(read)
    with rows_kept(system, "booking", "appointments") as rows:
        rows.update_one({"_id": left["_id"]}, {"$set": {"status": "booked", "history": left["history"][:-1]}})
        found = checker.check(system)
        named(found, findings.ANSWERS, left["reference"], "is in the range of", "is booked")
        named(found, findings.EFFECTS, left["history"][-1]["mass_cancellation"], "has counted")


def test_a_mass_cancellation_that_never_ended_is_found(system: SmallSystem) -> None:
    with rows_kept(system, "booking", "mass_cancellations") as rows:
        running = rows.find_one_and_update({}, {"$set": {"state": "running"}})
        named(checker.check(system), findings.ANSWERS, running["_id"], "is running")


def test_somebody_cancelled_with_many_outside_the_range_is_found(evidence: checker.Evidence) -> None:
    spared = the(
        evidence.rows("booking", "appointments"),
        lambda row: row["pathway_id"] == "flooded" and row["status"] == "booked",
    )
    spared |= {"status": "cancelled", "history": [*spared["history"], of_many(evidence)["history"][-1]]}
    named(checker.judge(evidence), findings.NOT_ASKED, spared["reference"], "in no range")


def test_somebody_cancelled_whom_nobody_asked_for_is_found(evidence: checker.Evidence) -> None:
    lost = appointment_of(evidence, "books")
    lost["status"] = "cancelled"
    lost["history"].append({"at": datetime.now(UTC), "status": "cancelled", "by": "office"})
    named(checker.judge(evidence), findings.NOT_ASKED, lost["reference"], "was cancelled")


def test_one_of_many_who_was_not_told_and_one_told_twice_are_found(evidence: checker.Evidence) -> None:
    reference = of_many(evidence)["reference"]
    told = next(one for one in evidence.received if (one.template, one.reference) == ("office_cancelled", reference))
    evidence.received.append(copy.copy(told))
    named(checker.judge(evidence), findings.TWICE, "office_cancelled", reference)
    message_gone(evidence, "office_cancelled", reference)
    named(checker.judge(evidence), findings.MESSAGES, "office_cancelled", reference)
