"""Dead letters by JSON: edited, discarded, restored, noted, tried again in numbers."""

import secrets
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from shared import auth, due, inbox
from shared.inbox import Reading
from tests.integration.shared_web.conftest import Poison
from tests.integration.shared_web.test_operations import API, record

LETTERS = f"{API}/dead-letters"
REASON = {"reason": "a number was lost on the way"}


@pytest.fixture
def key(db: Database, accounts: Any) -> dict[str, str]:
    return bearer(db, "operator")


def bearer(db: Database, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {auth.give_key(db, f'{role}@sendero.test')}", "Accept-Language": "en"}


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}


@pytest.fixture
def reading(poison: Poison) -> Reading:
    return Reading({"thing.done.v1": poison.handle})


def set_aside(db: Database, reading: Reading, record: inbox.Record) -> str:
    try:
        inbox.take(db, reading, [record])
    except Exception as error:
        inbox.set_aside(db, record, error, 3)
    return record.id()


@pytest.fixture
def letter(db: Database, reading: Reading) -> str:
    """A dead letter with one event parked behind it."""
    first = set_aside(db, reading, record(1, phone={"kid": "k1", "nonce": "n", "box": "Ana"}))
    inbox.take(db, reading, [record(2)])
    return first


def test_a_dead_letter_is_shown_whole_without_what_is_sealed(
    client: FlaskClient, key: dict[str, str], letter: str, db: Database
) -> None:
    page = client.get(LETTERS, headers=key).json
    assert [row["id"] for row in page["items"]] == [letter]
    whole = client.get(f"{LETTERS}/{letter}", headers=key)
    assert whole.json["payload"] == {"n": 1, "phone": "sealed with the key k1"}
    assert whole.json["parked_behind"] == 1
    assert [one["sequence"] for one in whole.json["behind"]] == [2]
    assert (whole.json["topic"], whole.json["offset"], whole.json["attempts"]) == ("things", 1, 3)
    assert {"name": "ce_type", "value": "thing.done.v1"} in whole.json["headers"]
    assert [one["how"] for one in whole.json["tries"]] == ["read"]
    assert "Ana" not in whole.text
    assert db.audit.find_one({"action": "see dead letter"})["subject"] == letter


def test_a_retry_that_fails_again_keeps_it_and_is_audited_as_failed(
    client: FlaskClient, key: dict[str, str], letter: str, db: Database
) -> None:
    answer = client.post(f"{LETTERS}/{letter}/retry", headers=key)
    assert (answer.status_code, answer.json["type"]) == (409, "urn:sendero:still-failing")
    assert client.get(f"{LETTERS}/{letter}", headers=key).json["attempts"] == 4
    assert [row["outcome"] for row in db.audit.find({"action": "retry dead letter"})] == ["failed"]


def test_a_retry_after_the_cure_handles_it_and_what_waits_behind(
    client: FlaskClient, key: dict[str, str], letter: str, poison: Poison, db: Database
) -> None:
    poison.cured = True
    assert client.post(f"{LETTERS}/{letter}/retry", headers=key).json == {"handled": 2}
    assert db.handled.count_documents({}) == 2
    assert client.post(f"{LETTERS}/{letter}/retry", headers=key).status_code == 404
    assert [row["outcome"] for row in db.audit.find({"action": "retry dead letter"})] == ["allowed"]


def test_a_discard_lets_the_case_go_on(
    client: FlaskClient, key: dict[str, str], letter: str, poison: Poison, db: Database
) -> None:
    poison.cured = True
    assert client.post(f"{LETTERS}/{letter}/discard", json=REASON, headers=key).json == {"released": 1}
    assert [row["_id"] for row in db.handled.find()] != [letter]
    assert db.audit.find_one({"action": "discard dead letter"})["actor"]["kind"] == "script"


def test_an_edit_is_handled_in_place_of_the_original_which_is_kept(
    client: FlaskClient, key: dict[str, str], letter: str, poison: Poison, db: Database
) -> None:
    poison.cured = True
    value = {"n": 7, "phone": "sealed with the key k1"}
    answer = client.post(f"{LETTERS}/{letter}/edit", json={"value": value, **REASON}, headers=key)
    assert (answer.status_code, answer.json["handled"]) == (200, 2), answer.text
    handled = db.handled.find_one({"_id": letter})
    assert handled["data"] == {"n": 7, "phone": {"kid": "k1", "nonce": "n", "box": "Ana"}}
    whole = client.get(f"{API}/dead-letter-edits/{answer.json['edit']}", headers=key)
    assert whole.json["original"]["payload"]["n"] == 1
    assert whole.json["edited"]["payload"] == value
    assert "Ana" not in whole.text
    assert whole.json["original"]["headers"]["ce_id"] == whole.json["edited"]["headers"]["ce_id"] == letter
    audited = db.audit.find_one({"action": "edit dead letter"})
    assert (audited["subject"], audited["ids"]) == (letter, {"edit": answer.json["edit"]})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"value": {"n": "seven"}, **REASON}, "value.n"),
        ({"value": {"n": 7}}, "reason"),
        ({"value": {"n": 7}, "reason": "   "}, "reason"),
        ({"value": [7], **REASON}, "value"),
        ({"value": "{not json", **REASON}, "value"),
        ({"value": None, **REASON}, "value"),
        ({"value": {"n": 7}, "headers": {"ce_type": "thing.done.v9"}, **REASON}, "headers.ce_type"),
        ({"value": {"n": 7}, "headers": {"ce_type": "else.done.v1"}, **REASON}, "headers.ce_type"),
        ({"value": {"n": 7}, "headers": {"ce_id": "another"}, **REASON}, "headers.ce_id"),
        ({"value": {"n": 7}, "headers": {"ce_sequence": "2"}, **REASON}, "headers.ce_sequence"),
        ({"value": {"n": 7}, "headers": {"ce_partitionkey": "case-2"}, **REASON}, "headers.ce_partitionkey"),
        ({"value": {"n": 7}, "headers": {"ce_time": "soon"}, **REASON}, "headers.ce_time"),
        ({"value": {"n": 7}, "headers": {"ce_type": None}, **REASON}, "headers.ce_type"),
    ],
)
def test_an_edit_that_does_not_fit_names_the_field_and_changes_nothing(
    client: FlaskClient,
    key: dict[str, str],
    letter: str,
    poison: Poison,
    db: Database,
    body: dict[str, Any],
    field: str,
) -> None:
    poison.cured = True
    before = list(db.inbox.find().sort("_id", 1))
    answer = client.post(f"{LETTERS}/{letter}/edit", json=body, headers=key)
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json["errors"]] == [field]
    assert list(db.inbox.find().sort("_id", 1)) == before
    assert (db.handled.count_documents({}), db.dead_letter_edits.count_documents({})) == (0, 0)


def test_an_edited_version_that_fails_for_another_cause_leaves_the_original_with_one_attempt_more(
    client: FlaskClient, key: dict[str, str], letter: str, db: Database
) -> None:
    answer = client.post(f"{LETTERS}/{letter}/edit", json={"value": {"n": 7}, **REASON}, headers=key)
    assert (answer.status_code, answer.json["type"]) == (409, "urn:sendero:still-failing")
    shown = client.get(f"{LETTERS}/{letter}", headers=key).json
    assert (shown["attempts"], shown["payload"]["n"], shown["tries"][-1]["how"]) == (4, 1, "edit")
    assert db.dead_letter_edits.count_documents({}) == 0


def test_what_was_no_event_at_all_can_be_made_one_and_keeps_what_identifies_it(
    client: FlaskClient, key: dict[str, str], reading: Reading, poison: Poison, db: Database
) -> None:
    poison.cured = True
    letter = set_aside(db, reading, inbox.Record("things", 0, 9, b"case-9", [], b"\xff\xfe"))
    shown = client.get(f"{LETTERS}/{letter}", headers=key).json
    assert shown["payload"] == {"unreadable": "fffe", "encoding": "hex"}
    headers = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_type": "thing.done.v1",
        "ce_source": "/sendero/tests",
        "ce_time": "2026-11-23T12:00:00Z",
        "ce_sequence": "1",
    }
    body = {"value": '{"n": 1}', "headers": headers, **REASON}
    answer = client.post(f"{LETTERS}/{letter}/edit", json=body, headers=key)
    assert answer.status_code == 200, answer.text
    assert db.handled.find_one({"_id": letter})["data"] == {"n": 1}
    assert db.inbox_cases.find_one({"_id": "things:case-9"})["last"] == 1


def test_an_edit_is_reviewed_once_and_by_somebody_else(
    client: FlaskClient, key: dict[str, str], letter: str, poison: Poison, db: Database
) -> None:
    poison.cured = True
    edit = client.post(f"{LETTERS}/{letter}/edit", json={"value": {"n": 7}, **REASON}, headers=key).json["edit"]
    waiting = f"{API}/dead-letter-edits"
    assert [row["id"] for row in client.get(waiting, headers=key).json["items"]] == [edit]
    verdict = {"verdict": "objected", "note": "n should be 8"}
    own = client.post(f"{waiting}/{edit}/review", json=verdict, headers=key)
    assert (own.status_code, own.json["type"]) == (409, "urn:sendero:own-edit")
    assert db.audit.find_one({"action": "review edit"})["outcome"] == "refused"
    other = bearer(db, "admin")
    assert client.post(f"{waiting}/{edit}/review", json=verdict, headers=other).status_code == 204
    again = client.post(f"{waiting}/{edit}/review", json=verdict, headers=other)
    assert (again.status_code, again.json["type"]) == (409, "urn:sendero:reviewed-already")
    assert client.get(waiting, headers=key).json["items"] == []
    reviewed = client.get(f"{waiting}?reviewed=true", headers=key).json["items"]
    assert (reviewed[0]["review"]["verdict"], reviewed[0]["review"]["note"]) == ("objected", "n should be 8")


def test_a_discard_needs_a_reason(client: FlaskClient, key: dict[str, str], letter: str, db: Database) -> None:
    for body in (None, {}, {"reason": " "}):
        answer = client.post(f"{LETTERS}/{letter}/discard", json=body, headers=key)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "reason")
    assert db.inbox.find_one({"_id": letter})["state"] == "dead_letter"


def test_a_discarded_letter_is_listed_with_its_reason_and_can_be_restored(
    client: FlaskClient, key: dict[str, str], letter: str
) -> None:
    client.post(f"{LETTERS}/{letter}/discard", json=REASON, headers=key)
    listed = client.get(f"{LETTERS}?state=discarded", headers=key).json["items"]
    assert [row["id"] for row in listed] == [letter]
    assert client.get(f"{LETTERS}/{letter}", headers=key).json["discarded"]["reason"] == REASON["reason"]
    assert client.post(f"{LETTERS}/{letter}/restore", headers=key).json == {"late": False}
    assert client.post(f"{LETTERS}/{letter}/restore", headers=key).status_code == 404
    assert client.get(f"{LETTERS}/{letter}", headers=key).json["state"] == "dead_letter"


def test_a_note_is_kept_once_with_who_wrote_it(client: FlaskClient, key: dict[str, str], letter: str) -> None:
    body, headers = {"text": "waits for the release of tomorrow"}, key | new_key()
    for _ in range(2):
        assert client.post(f"{LETTERS}/{letter}/notes", json=body, headers=headers).status_code == 201
    notes = client.get(f"{LETTERS}/{letter}", headers=key).json["notes"]
    assert [(one["text"], one["by"]["kind"]) for one in notes] == [(body["text"], "script")]
    other = client.post(f"{LETTERS}/{letter}/notes", json={"text": "else"}, headers=headers)
    assert other.json["type"] == "urn:sendero:idempotency-key-reused"


def test_dead_letters_are_grouped_by_cause_with_first_and_last_time_count_and_example(
    client: FlaskClient, key: dict[str, str], letter: str, reading: Reading, db: Database
) -> None:
    set_aside(db, reading, record(1, case="case-2"))
    set_aside(db, reading, inbox.Record("things", 0, 9, b"case-3", [], b"no"))
    client.post(f"{LETTERS}/{letter}/retry", headers=key)
    groups = client.get(f"{API}/dead-letter-groups", headers=key).json["items"]
    assert [(one["error"], one["count"], one["cases"], one["parked_behind"]) for one in groups] == [
        ("ValueError", 2, 2, 1),
        ("Unreadable", 1, 1, 0),
    ]
    assert groups[0]["example"] == letter
    first, last = (datetime.fromisoformat(groups[0][name]) for name in ("first_at", "last_at"))
    assert first < last
    of_group = client.get(LETTERS, query_string={"group": groups[0]["group"]}, headers=key).json["items"]
    assert {row["key"] for row in of_group} == {"case-1", "case-2"}


def work(db: Database, reading: Reading) -> None:
    """What the worker would do, to the end."""
    kinds = inbox.letters.due_work(reading)
    while found := due.claim(db, "operations", list(kinds)):
        due.run(db, found, kinds[found.kind])


def test_a_retry_of_a_cause_is_a_job_that_tells_what_came_of_each(
    client: FlaskClient, key: dict[str, str], letter: str, reading: Reading, poison: Poison, db: Database
) -> None:
    failing = set_aside(db, reading, record(1, case="case-2", bad=True))
    group = db.inbox.find_one({"_id": letter})["group"]
    poison.cured, poison.bad = True, "bad"
    begun = client.post(f"{LETTERS}/retries", json={"group": group}, headers=key | new_key())
    assert (begun.status_code, begun.json["state"], begun.json["total"]) == (202, "running", 2)
    where = begun.headers["Location"]
    twice = client.post(f"{LETTERS}/retries", json={"group": group}, headers=key | new_key())
    assert (twice.status_code, twice.json["type"]) == (409, "urn:sendero:retry-running")
    work(db, reading)
    job = client.get(where, headers=key).json
    assert (job["state"], job["tried"], job["counts"]) == ("finished", 2, {"handled": 1, "failed": 1, "waits": 0})
    results = client.get(f"{where}/results", headers=key).json["items"]
    assert {row["event_id"]: row["outcome"] for row in results} == {letter: "handled", failing: "failed"}
    assert db.handled.count_documents({}) == 2, "with the one that waited behind"
    again = client.post(f"{LETTERS}/retries", json={"group": group}, headers=key | new_key())
    assert again.status_code == 202, "the cause still has one"


def test_the_same_request_for_a_retry_begins_one_job(client: FlaskClient, key: dict[str, str], letter: str) -> None:
    headers, body = key | new_key(), {"topic": "things", "key": "case-1"}
    first = client.post(f"{LETTERS}/retries", json=body, headers=headers)
    second = client.post(f"{LETTERS}/retries", json=body, headers=headers)
    assert first.json["id"] == second.json["id"]
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_stopped_retry_tries_no_further_letter(
    client: FlaskClient, key: dict[str, str], letter: str, reading: Reading, poison: Poison, db: Database
) -> None:
    poison.cured = True
    begun = client.post(f"{LETTERS}/retries", json={"topic": "things", "key": "case-1"}, headers=key | new_key())
    assert client.post(f"{begun.headers['Location']}/stop", headers=key).json["state"] == "stopped"
    work(db, reading)
    assert db.handled.count_documents({}) == 0
    assert client.get(begun.headers["Location"], headers=key).json["counts"]["handled"] == 0


@pytest.mark.parametrize("body", [{}, {"key": "case-1"}, {"group": "x", "key": "case-1", "topic": "things"}])
def test_a_retry_names_a_cause_or_a_case(client: FlaskClient, key: dict[str, str], body: dict[str, str]) -> None:
    answer = client.post(f"{LETTERS}/retries", json=body, headers=key | new_key())
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "group")


def test_what_was_handled_says_by_whom_and_how(
    client: FlaskClient, key: dict[str, str], letter: str, poison: Poison
) -> None:
    poison.cured = True
    client.post(f"{LETTERS}/{letter}/retry", headers=key)
    shown = client.get(f"{LETTERS}/{letter}", headers=key).json
    assert (shown["state"], shown["settled"]["how"], shown["payload"]) == ("done", "retried", None)
