"""The checker finds what was done twice or in another order than it had to be: planted in one small real run, named,
and undone."""

import copy
import json
from typing import Any

import pytest

from shared import sealed
from tests.proof import checker
from tests.proof.checker import findings
from tests.proof.checker.evidence import post
from tests.proof.planting import appointment_of, file_kept, lines_changed, named, rows_kept
from tests.proof.small import SmallSystem

# doubles


def test_a_place_held_by_two_is_given_twice(system: SmallSystem, read: checker.Evidence) -> None:
    first, second = [row for row in read.rows("booking", "appointments") if row["status"] == "booked"][:2]
    with rows_kept(system, "booking", "appointments") as rows:
        rows.update_one({"_id": second["_id"]}, {"$set": {"place_ids": first["place_ids"]}})
        named(checker.check(system), findings.PLACES, first["place_id"], first["reference"], second["reference"])


def test_a_place_that_is_held_and_free_is_given_twice(system: SmallSystem, read: checker.Evidence) -> None:
    held = appointment_of(read, "books")
    with rows_kept(system, "booking", "places") as rows:
        rows.update_one({"_id": held["place_id"]}, {"$set": {"state": "free"}, "$unset": {"appointment_id": ""}})
        named(checker.check(system), findings.PLACES, held["place_id"], held["reference"])


def test_more_promises_than_places_are_found_in_the_answers_alone(evidence: checker.Evidence) -> None:
    """Even where the datastore looks well: one who was answered yes for a slot that is full."""
    slots = [slot for slot in evidence.rows("booking", "slots") if slot["pathway_id"] == "orientation"]
    full = [slot for slot in slots if slot["capacity"] == 2 and slot["free"] == 0]
    sure = [one for one in evidence.accepted("book") if evidence.slot_of(one) == full[0]["_id"]]
    other = next(one for one in evidence.accepted("book") if "slot" in one.sent and one not in sure)
    other.sent = {**other.sent, "slot": full[0]["_id"]}
    named(checker.judge(evidence), findings.PLACES, full[0]["_id"], "2 places", str(sure[0].reference()))


def test_a_second_appointment_of_one_person_is_an_effect_twice(system: SmallSystem, read: checker.Evidence) -> None:
    with rows_kept(system, "booking", "appointments") as rows:
        first = rows.find_one({"_id": appointment_of(read, "cancels")["_id"]})
        again = {"_id": "again", "reference": "SND-2222-2222", "request": {"scope": "s", "body": "b"}, "live": False}
        rows.insert_one({**first, **again})
        found = checker.check(system)
        named(found, findings.EFFECTS, first["case_id"])
        named(found, findings.EFFECTS, "2 appointments, 1 accepted")


def test_two_answers_to_one_request_are_an_effect_twice(evidence: checker.Evidence) -> None:
    again = copy.deepcopy(evidence.accepted("book")[0])
    again.body["reference"] = "SND-2222-2222"
    evidence.asked.append(again)
    named(checker.judge(evidence), findings.EFFECTS, "SND-2222-2222")


PLANTS = {
    "a second message of one kind": ("notifications", "messages", {"_id": "again"}, "one message"),
    "a second referral": ("referrals", "referrals", {"_id": "again", "request_id": "another"}, "one case"),
    "a second fact for a partner": ("referrals", "partner_events", {"_id": "again", "n": 999}, "one fact"),
    "a second delivery of an event": ("referrals", "deliveries", {"_id": "again"}, "one event"),
    "an event handled under two ids": ("notifications", "inbox", {"_id": "again"}, "one place in a case"),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_what_is_there_twice_is_an_effect_twice(system: SmallSystem, plant: str) -> None:
    service, collection, changes, words = PLANTS[plant]
    with rows_kept(system, service, collection) as rows:
        wanted = {"sequence": {"$gt": 0}} if collection == "inbox" else {}
        rows.insert_one({**rows.find_one(wanted), **changes})
        named(checker.check(system), findings.EFFECTS, f"{service}.{collection}", words)


def test_an_event_announced_twice_is_an_effect_twice(evidence: checker.Evidence) -> None:
    row = next(one for one in evidence.rows("booking", "outbox") if one["type"] == "appointment.booked.v1")
    evidence.rows("booking", "outbox").append({**row, "_id": "again", "sequence": 99})
    named(checker.judge(evidence), findings.EFFECTS, "booking.outbox", row["key"])


@pytest.mark.parametrize(
    ("service", "collection", "change"),
    [
        ("booking", "contacts", {"$push": {"booked_at": 1}}),
        ("referrals", "partners", {"$inc": {"open": 1}}),
        ("notifications", "messages", {"$push": {"history": {"state": "sent", "at": 0, "reason": None}}}),
    ],
)
def test_what_was_counted_or_noted_twice_is_an_effect_twice(
    system: SmallSystem, service: str, collection: str, change: dict[str, Any]
) -> None:
    with rows_kept(system, service, collection) as rows:
        wanted = {"history.state": "sent"} if collection == "messages" else {}
        if collection == "messages":
            step = next(one for one in rows.find_one(wanted)["history"] if one["state"] == "sent")
            change = {"$push": {"history": step}}
        rows.update_one(wanted, change)
        named(checker.check(system), findings.EFFECTS, f"{service}.{collection}")


def test_a_webhook_under_one_id_handled_twice_is_found(evidence: checker.Evidence) -> None:
    evidence.webhooks.append(evidence.webhooks[0])
    named(checker.judge(evidence), findings.WEBHOOKS, evidence.webhooks[0]["id"], "2 times")


def test_one_fact_told_under_two_ids_is_found(evidence: checker.Evidence) -> None:
    evidence.webhooks.append({**evidence.webhooks[0], "id": "another"})
    named(checker.judge(evidence), findings.WEBHOOKS, evidence.webhooks[0]["data"]["referral"], "2 ids")


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_message_that_came_twice_is_sent_twice(system: SmallSystem, channel: str) -> None:
    with lines_changed(system.folder / "clients" / "postbox.jsonl", lambda lines: doubled(lines, channel)):
        named(checker.check(system), findings.TWICE, "appointment_booked", channel, "2 times")


def test_a_mail_twice_is_explained_by_a_kill_between_hand_over_and_note_but_no_sms_is(system: SmallSystem) -> None:
    postbox, log = system.folder / "clients" / "postbox.jsonl", system.folder / "faults.jsonl"
    kill = {"n": 1, "kind": "kill-at", "target": "notifications mail-unnoted", "began": 0, "ended": 9e9, "detail": {}}
    with file_kept(log), lines_changed(postbox, lambda lines: doubled(doubled(lines, "email"), "sms")):
        log.write_text(json.dumps(kill) + "\n")
        found = checker.check(system)
        assert [one.explained for one in found.explained] == ["#1 kill-at: notifications mail-unnoted"]
        assert found.counts[findings.TWICE] == 1
        named(found, findings.TWICE, "sms")


def doubled(lines: list[dict[str, Any]], channel: str) -> list[dict[str, Any]]:
    """With one message that comes once more."""
    told = (line for line in lines if line.get("channel") == channel)
    one = next(line for line in told if post.received(line).template == "appointment_booked")
    return [*lines, {**one, "id": f"again-{channel}"}]


# swaps


def test_two_events_of_a_case_that_changed_places_in_the_log_are_out_of_order(evidence: checker.Evidence) -> None:
    case = next(one.key for one in evidence.records if one.topic == "booking" and one.sequence == 2)
    first, second = [n for n, one in enumerate(evidence.records) if (one.topic, one.key) == ("booking", case)][:2]
    records = evidence.records
    places = {"partition": records[first].partition, "offset": records[first].offset}
    moved = {"partition": records[second].partition, "offset": records[second].offset}
    records[first], records[second] = (
        type(records[0])(**{**vars(records[first]), **moved}),
        type(records[0])(**{**vars(records[second]), **places}),
    )
    named(checker.judge(evidence), findings.ORDER, case, "ahead")


def test_two_events_of_a_case_handled_in_the_other_order_are_out_of_order(system: SmallSystem) -> None:
    with rows_kept(system, "notifications", "inbox") as rows:
        second = rows.find_one({"topic": "booking", "sequence": 2})
        first = rows.find_one({"topic": "booking", "key": second["key"], "sequence": 1})
        rows.update_one({"_id": first["_id"]}, {"$set": {"at": second["at"]}})
        rows.update_one({"_id": second["_id"]}, {"$set": {"at": first["at"]}})
        named(checker.check(system), findings.ORDER, second["key"], "before its predecessor")


def test_two_events_handled_under_each_others_numbers_are_out_of_order(system: SmallSystem) -> None:
    with rows_kept(system, "notifications", "inbox") as rows:
        second = rows.find_one({"topic": "booking", "sequence": 2})
        rows.update_one({"_id": second["_id"]}, {"$set": {"sequence": 7}})
        named(checker.check(system), findings.ORDER, second["_id"], "2 was handled as 7")


def test_a_copy_that_ended_in_another_state_is_out_of_order(system: SmallSystem, read: checker.Evidence) -> None:
    cancelled = appointment_of(read, "cancels")
    with rows_kept(system, "notifications", "appointments") as rows:
        rows.update_one({"_id": cancelled["_id"]}, {"$set": {"status": "booked"}})
        named(checker.check(system), findings.ORDER, cancelled["reference"], "notifications know it as booked")


def test_two_webhooks_of_a_referral_that_changed_places_are_out_of_order(evidence: checker.Evidence) -> None:
    webhooks = evidence.webhooks
    later = next(n for n, one in enumerate(webhooks) if one["type"] == "referral.withdrawn.v1")
    referral = webhooks[later]["data"]["referral"]
    first = next(n for n, one in enumerate(webhooks) if one["data"]["referral"] == referral)
    assert first < later
    webhooks[first], webhooks[later] = webhooks[later], webhooks[first]
    named(checker.judge(evidence), findings.ORDER, referral, "after what came later")


def test_two_persons_who_changed_places_are_found(system: SmallSystem) -> None:
    keys = sealed.Keys.parse(system.settings["BOOKING_SEAL_KEYS"])
    with rows_kept(system, "booking", "people") as rows:
        one, other = rows.find().limit(2)
        for to, source in ((one, other), (other, one)):
            box = keys.seal(keys.open(source["sealed"], source["_id"]), to["_id"])
            rows.update_one({"_id": to["_id"]}, {"$set": {"sealed": box}})
        found = checker.check(system)
        named(found, findings.MISSING, "for somebody else")
        named(found, findings.ORDER, one["_id"], "as somebody else")


def test_two_mails_that_changed_places_are_to_somebody_else(system: SmallSystem) -> None:
    def swapped(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        mails = [line for line in lines if line.get("channel") == "email"]
        one = mails[0]
        other = next(line for line in mails if line["to"] != one["to"])
        one["to"], other["to"] = other["to"], one["to"]
        return lines

    with lines_changed(system.folder / "clients" / "postbox.jsonl", swapped):
        found = checker.check(system)
        assert found.counts[findings.ASTRAY] == 2
        assert found.counts[findings.MESSAGES] == 2
