"""The checker finds what it has to find: in one small real run without faults a loss, a word in the clear or something
stuck is planted, named, and undone. Doubles and swaps: test_checker_doubles.py."""

import base64
import copy
import json
from typing import Any

import pytest

from tests.proof import checker, report
from tests.proof.checker import findings
from tests.proof.clients import people
from tests.proof.planting import (
    CASES,
    SEED,
    a_case,
    appointment_of,
    assert_clean,
    file_kept,
    lines_changed,
    named,
    rows_kept,
    topic_made,
)
from tests.proof.small import SmallSystem

# nothing planted


def test_a_run_without_faults_and_plants_has_every_count_at_zero(system: SmallSystem, read: checker.Evidence) -> None:
    found = checker.judge(read)
    assert_clean(found)
    assert found.looked_at["accepted bookings"] == sum(people.case(SEED, n).kind != "asks" for n in range(CASES))
    assert found.looked_at["webhooks that arrived"] > 0
    assert found.explained == []


def test_a_run_in_which_there_was_nothing_to_look_at_is_no_proof(evidence: checker.Evidence) -> None:
    evidence.received = []
    assert "mails and SMS that arrived" in checker.judge(evidence).nothing_seen
    assert checker.judge(checker.Evidence(seed=SEED)).failed


# losses


def test_an_accepted_booking_that_is_gone_is_missing(system: SmallSystem, read: checker.Evidence) -> None:
    gone = appointment_of(read, "books")
    with rows_kept(system, "booking", "appointments") as rows:
        rows.delete_one({"_id": gone["_id"]})
        named(checker.check(system), findings.MISSING, gone["reference"], "not in the datastore")


def test_an_accepted_booking_of_another_slot_is_missing(system: SmallSystem, read: checker.Evidence) -> None:
    moved = appointment_of(read, "books")
    with rows_kept(system, "booking", "appointments") as rows:
        rows.update_one({"_id": moved["_id"]}, {"$set": {"slot_id": "guatemala.orientation.20200101T000000Z"}})
        named(checker.check(system), findings.MISSING, moved["reference"], "another slot")


def test_a_cancellation_that_was_forgotten_is_missing(system: SmallSystem, read: checker.Evidence) -> None:
    cancelled = appointment_of(read, "cancels")
    with rows_kept(system, "booking", "appointments") as rows:
        rows.update_one({"_id": cancelled["_id"]}, {"$set": {"status": "booked"}})
        named(checker.check(system), findings.ANSWERS, cancelled["reference"], "is booked")


def test_a_referral_that_was_never_opened_is_missing(system: SmallSystem) -> None:
    with rows_kept(system, "referrals", "referrals") as rows:
        gone = rows.find_one_and_delete({})
        named(checker.check(system), findings.ANSWERS, gone["request_id"], "never opened")


def test_an_acceptance_that_the_referral_does_not_know_is_missing(system: SmallSystem) -> None:
    with rows_kept(system, "referrals", "referrals") as rows:
        forgotten = rows.find_one_and_update({"status": "accepted"}, {"$set": {"status": "offered"}})
        named(checker.check(system), findings.ANSWERS, forgotten["_id"], "offered in referrals")


def test_a_withdrawal_that_was_forgotten_is_missing(system: SmallSystem) -> None:
    with rows_kept(system, "referrals", "referrals") as rows:
        forgotten = rows.find_one_and_update({"status": "withdrawn"}, {"$set": {"status": "accepted"}})
        named(checker.check(system), findings.ANSWERS, forgotten["_id"], "was withdrawn and is accepted")


def test_a_request_without_an_answer_is_told(system: SmallSystem) -> None:
    log = system.folder / "clients" / "crowd-0.jsonl"
    line = {
        "at": 1.0,
        "ask": "c0-x",
        "case": 3,
        "what": "book",
        "try": 1,
        "method": "POST",
        "url": "",
        "key": "k",
        "sent": {},
    }
    with lines_changed(log, lambda lines: [*lines, line]):
        named(checker.check(system), findings.UNFIT, "c0-x", "no answer")


@pytest.mark.parametrize("service", ["notifications", "referrals"])
def test_an_event_that_a_reader_has_not_handled_is_missing(system: SmallSystem, service: str) -> None:
    with rows_kept(system, service, "inbox") as rows:
        gone = rows.find_one_and_delete({"topic": "booking"})
        named(checker.check(system), findings.LOST, service, gone["_id"])


def test_an_event_that_is_not_in_its_topic_is_missing(evidence: checker.Evidence) -> None:
    gone = next(one for one in evidence.records if one.topic == "referrals")
    evidence.records = [one for one in evidence.records if one.event_id != gone.event_id]
    named(checker.judge(evidence), findings.LOST, gone.event_id, "not in topic referrals")


def test_a_person_whose_last_state_is_not_in_the_topic_is_missing(evidence: checker.Evidence) -> None:
    gone = next(one for one in evidence.records if one.topic == "people")
    evidence.records = [one for one in evidence.records if one.key != gone.key or one.topic != "people"]
    named(checker.judge(evidence), findings.LOST, gone.key, "topic people")


@pytest.mark.parametrize("reader", ["notifications", "referrals"])
def test_a_person_whom_a_reader_does_not_know_is_missing(system: SmallSystem, reader: str) -> None:
    with rows_kept(system, reader, "people") as rows:
        gone = rows.find_one_and_delete({})
        named(checker.check(system), findings.LOST, reader, gone["_id"])


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("template", ["appointment_booked", "appointment_cancelled", "referral_accepted"])
def test_a_message_that_did_not_arrive_is_missing(evidence: checker.Evidence, template: str, channel: str) -> None:
    gone = next(one for one in evidence.received if (one.template, one.channel) == (template, channel))
    evidence.received.remove(gone)
    for row in evidence.rows("notifications", "messages"):
        row["reason"] = None  # it is not noted as no longer due either
    named(checker.judge(evidence), findings.MESSAGES, template, str(gone.reference), channel)


def test_a_mail_that_is_gone_from_the_postbox_is_missing(system: SmallSystem) -> None:
    def without_one(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [line for line in lines if line.get("to") != case.email]

    case = a_case("books")
    with lines_changed(system.folder / "clients" / "postbox.jsonl", without_one):
        named(checker.check(system), findings.MESSAGES, "appointment_booked", "email")


def test_a_webhook_that_did_not_arrive_is_missing(evidence: checker.Evidence) -> None:
    gone = evidence.webhooks.pop()
    named(checker.judge(evidence), findings.MESSAGES, gone["id"])


# stuck


STUCK = {
    "a dead letter": ("notifications", "inbox", {"state": "done"}, {"$set": {"state": "dead_letter"}}),
    "a parked event": ("referrals", "inbox", {"state": "done"}, {"$set": {"state": "parked"}}),
    "due work that failed": ("notifications", "due", {"kind": "send_message"}, {"$set": {"state": "failed"}}),
    "a delivery that waits": ("referrals", "deliveries", {}, {"$set": {"state": "waiting"}}),
    "a message that waits": ("notifications", "messages", {"state": "delivered"}, {"$set": {"state": "queued"}}),
}


@pytest.mark.parametrize("plant", STUCK)
def test_what_waits_in_a_queue_is_stuck(system: SmallSystem, plant: str) -> None:
    service, collection, wanted, change = STUCK[plant]
    with rows_kept(system, service, collection) as rows:
        stuck = rows.find_one_and_update(wanted, change)
        assert stuck
        named(checker.check(system), findings.STUCK, stuck["_id"])


def test_an_event_that_was_not_sent_and_one_that_was_not_read_are_stuck(evidence: checker.Evidence) -> None:
    row = evidence.rows("booking", "outbox")[0]
    row["waiting"] = True
    topic, partition = next((one.topic, one.partition) for one in evidence.records if one.topic == "booking")
    evidence.committed["notifications", topic, partition] -= 1
    found = checker.judge(evidence)
    named(found, findings.STUCK, "has not sent", row["_id"])
    named(found, findings.STUCK, f"1 unread in {topic} {partition}")


# personal data


def spelled(case: people.Case) -> dict[str, bytes]:
    email, phone = case.email.encode(), case.phone.encode()
    return {
        "as it is": f"hello {case.name}".encode(),
        "a phone number": b'{"to": "' + phone + b'"}',
        "in base64": base64.b64encode(b'{"person":{"email":"' + email + b'"}}'),
        "a phone number in base64": base64.urlsafe_b64encode(b'{"to":"' + phone + b'"}'),
        "in hex": email.hex().upper().encode(),
        "percent-encoded": "".join(f"%{byte:02X}" for byte in email).encode(),
    }


@pytest.mark.parametrize("writing", spelled(people.case(SEED, 0)))
def test_a_personal_word_in_a_log_is_found_however_it_is_written(system: SmallSystem, writing: str) -> None:
    with file_kept(system.logs / "planted.log") as log:
        log.write_bytes(b'{"event": "planted"}\n' + spelled(a_case("books"))[writing] + b"\n")
        named(checker.check(system), findings.PERSONAL, "log planted.log", writing)


def test_a_personal_word_in_a_dead_letter_is_found(system: SmallSystem) -> None:
    with rows_kept(system, "notifications", "inbox") as rows:
        value = json.dumps({"note": a_case("books").name}).encode()
        rows.insert_one(
            {"_id": "planted", "topic": "booking", "key": "k", "state": "discarded", "record": {"value": value}}
        )
        named(checker.check(system), findings.PERSONAL, "datastore notifications.inbox")


def test_a_personal_word_in_a_topic_is_found(system: SmallSystem) -> None:
    value = b'{"data": "' + base64.b64encode(b"x" + a_case("books").email.encode()) + b'"}'
    with topic_made(system, "planted", value):
        named(checker.check(system), findings.PERSONAL, "topic planted", "in base64")


# the report


def test_the_table_and_the_report_name_what_was_found(system: SmallSystem, read: checker.Evidence, tmp_path) -> None:
    about = report.About(seed=SEED, cases=CASES, command="--short", seconds=12.5)
    report.write(tmp_path, checker.judge(read), about)
    assert json.loads((tmp_path / "report.json").read_text())["proven"] is True
    assert "✓ Proven" in (tmp_path / "report.html").read_text()
    gone = copy.deepcopy(read)
    lost = gone.rows("booking", "appointments").pop()
    found = checker.judge(gone)
    report.write(tmp_path, found, about)
    shown = json.loads((tmp_path / "report.json").read_text())
    assert shown["proven"] is False
    assert shown["counts"][findings.MISSING] == 1
    for text in (found.table(), (tmp_path / "report.html").read_text()):
        assert lost["reference"] in text
        assert f"--seed {SEED}" in (tmp_path / "report.html").read_text()
