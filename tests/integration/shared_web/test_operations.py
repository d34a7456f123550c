"""The console and its routes over real queues."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from shared import auth, due, events, inbox, mongo, outbox
from shared.inbox import Reading
from tests.integration.shared_web.conftest import Poison, csrf, sign_in

EN = {"Accept-Language": "en"}
API = "/api/v1/operations"


def record(n: int, case: str = "case-1", **data: object) -> inbox.Record:
    event = events.Event(
        "thing.done.v1", case, {"n": n, **data}, topic="things", sequence=n, source="/t", correlation=case
    )
    headers, value = events.write(event)
    return inbox.Record("things", 0, n, case.encode(), headers, value)


@pytest.fixture
def letter(db: Database, poison: Poison) -> str:
    """A dead letter with one event parked behind it."""
    reading = Reading({"thing.done.v1": poison.handle})
    first, second = record(1, phone={"kid": "k1", "nonce": "n", "box": "Ana"}), record(2)
    with pytest.raises(ValueError, match="Ana") as failed:
        inbox.take(db, reading, [first])
    inbox.set_aside(db, first, failed.value, 3)
    inbox.take(db, reading, [second])
    return first.id()


@pytest.fixture
def key(db: Database, accounts: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {auth.give_key(db, 'operator@sendero.test')}"} | EN


def test_health_shows_every_queue(client: FlaskClient, key: dict[str, str], letter: str) -> None:
    found = client.get(f"{API}/health", headers=key).json
    assert found["outbox"]["waiting"] == 0
    assert found["dead_letters"]["dead_letters"] == 1
    assert found["dead_letters"]["parked"] == 1
    assert found["worker"]["relay"] == {"state": "dead", "seen_at": None, "failing": None}
    assert found["checked_at"].endswith("Z")


def test_only_operators_get_in(client: FlaskClient, accounts: Path) -> None:
    assert client.get(f"{API}/health").status_code == 401
    sign_in(client, "clerk")
    assert client.get(f"{API}/health").status_code == 403
    assert client.get("/operations").status_code == 403


def test_a_dead_letter_is_shown_without_what_is_sealed(
    client: FlaskClient, key: dict[str, str], letter: str, db: Database
) -> None:
    page = client.get(f"{API}/dead-letters", headers=key).json
    assert [row["id"] for row in page["items"]] == [letter]
    whole = client.get(f"{API}/dead-letters/{letter}", headers=key)
    assert whole.json["payload"] == {"n": 1, "phone": "sealed with the key k1"}
    assert whole.json["parked_behind"] == 1
    assert (whole.json["topic"], whole.json["offset"], whole.json["attempts"]) == ("things", 1, 3)
    assert "Ana" not in whole.text
    assert db.audit.find_one({"action": "see dead letter"})["subject"] == letter


def test_a_retry_that_fails_again_keeps_it(client: FlaskClient, key: dict[str, str], letter: str, db: Database) -> None:
    answer = client.post(f"{API}/dead-letters/{letter}/retry", headers=key)
    assert (answer.status_code, answer.json["type"]) == (409, "urn:sendero:still-failing")
    assert client.get(f"{API}/dead-letters/{letter}", headers=key).json["attempts"] == 4
    assert [row["outcome"] for row in db.audit.find({"action": "retry dead letter"})] == ["allowed", "failed"]


def test_a_retry_after_the_cure_handles_it_and_what_waits_behind(
    client: FlaskClient, key: dict[str, str], letter: str, poison: Poison, db: Database
) -> None:
    poison.cured = True
    assert client.post(f"{API}/dead-letters/{letter}/retry", headers=key).json == {"handled": 2}
    assert db.handled.count_documents({}) == 2
    assert client.post(f"{API}/dead-letters/{letter}/retry", headers=key).status_code == 404


def test_a_discard_lets_the_case_go_on(
    client: FlaskClient, key: dict[str, str], letter: str, poison: Poison, db: Database
) -> None:
    poison.cured = True
    assert client.post(f"{API}/dead-letters/{letter}/discard", headers=key).json == {"released": 1}
    assert [row["_id"] for row in db.handled.find()] != [letter]
    assert db.audit.find_one({"action": "discard dead letter"})["actor"]["kind"] == "script"


def test_announcing_again_sends_the_archive(client: FlaskClient, key: dict[str, str], db: Database) -> None:
    mongo.transactional(lambda db: outbox.add(db, "things", events.Event("thing.done.v1", "case-1", {"n": 1})))(db)
    db.outbox.update_one({}, {"$set": {"position": 1}, "$unset": {"waiting": ""}})
    db.relay.update_one({"_id": "relay"}, {"$set": {"acknowledged": 1, "last": 1}}, upsert=True)
    for since, status in (("yesterday", 422), ("2026-01-01T00:00:00", 422), ("2020-01-01T00:00:00Z", 202), (None, 202)):
        answer = client.post(f"{API}/replays", json={"since": since}, headers=key)
        assert answer.status_code == status, answer.text
    assert answer.json == {"events": 1}
    assert db.audit.count_documents({"action": "announce again"}) == 2


def test_a_stopped_consumer_goes_on_when_told(client: FlaskClient, accounts: Path, db: Database) -> None:
    db.consumer.insert_one({"_id": "consumer", "state": "stopped", "why": "10 cases in a row failed"})
    sign_in(client, "operator")
    form = {"csrf_token": client.get("/api/v1/session").json["csrf_token"]}
    assert client.post("/operations/consumer/resumption", data=form).status_code == 303
    assert db.consumer.find_one()["state"] == "running"
    assert db.audit.find_one({"action": "resume consumer"})


def test_one_case_is_followed_through_the_service(client: FlaskClient, key: dict[str, str], letter: str) -> None:
    rows = client.get(f"{API}/traces/case-1", headers=key).json["items"]
    assert [(row["direction"], row["sequence"], row["state"]) for row in rows] == [
        ("heard", 1, "dead_letter"),
        ("heard", 2, "parked"),
    ]


def test_the_audit_is_read_newest_first_page_by_page(client: FlaskClient, key: dict[str, str], letter: str) -> None:
    for _ in range(3):
        client.get(f"{API}/dead-letters/{letter}", headers=key)
    first = client.get(f"{API}/audit?limit=2&subject={letter}", headers=key).json
    second = client.get(f"{API}/audit?limit=2&subject={letter}&after={first['next']}", headers=key).json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_of_the_console_stands_in_both_languages(
    client: FlaskClient, accounts: Path, letter: str, db: Database, language: str
) -> None:
    sign_in(client, "operator")
    paths = ["", "/dead-letters", f"/dead-letters/{letter}", "/traces?id=case-1", "/audit"]
    for path in paths:
        page = client.get(f"/operations{path}", headers={"Accept-Language": language})
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text
        assert ("Eventos apartados" in page.text) == (language == "es")
        assert "Ana" not in page.text


def test_the_console_retries_and_discards(client: FlaskClient, accounts: Path, letter: str, poison: Poison) -> None:
    sign_in(client, "operator")
    form = {"csrf_token": client.get("/api/v1/session").json["csrf_token"]}
    failed = client.post(f"/operations/dead-letters/{letter}/retry", data=form)
    assert failed.location == f"/operations/dead-letters/{letter}"
    assert "ValueError" in client.get(failed.location, headers=EN).text
    poison.cured = True
    done = client.post(f"/operations/dead-letters/{letter}/retry", data=form, headers=EN)
    assert "2 events" in client.get(done.location, headers=EN).text
    assert client.post(f"/operations/dead-letters/{letter}/retry").status_code == 400
    assert client.post("/operations/replays", data=form | {"since": "soon"}).status_code == 303
    assert csrf(client)


def test_failed_work_is_shown_and_can_be_tried_again(
    client: FlaskClient, key: dict[str, str], accounts: Path, db: Database
) -> None:
    def never(db: Database, work: due.Work) -> None:
        raise due.GiveUp("no_such_number")

    id_ = due.add(db, "send", "sms", {"text": "Ana"})
    work = due.claim(db, "sms", ["send"])
    assert work is not None
    due.run(db, work, never)
    shown = client.get(f"{API}/due-work", headers=key)
    assert [(row["id"], row["error"]) for row in shown.json["items"]] == [(id_, "no_such_number")]
    assert "Ana" not in shown.text
    sign_in(client, "operator")
    page = client.get("/operations", headers=EN)
    assert "no_such_number" in page.text
    again = client.post(f"/operations/due-work/{id_}/retry", data={"csrf_token": csrf(client)})
    assert again.status_code == 303
    assert db.due.find_one({"_id": id_})["state"] == "waiting"
    assert client.post(f"{API}/due-work/{id_}/retry", headers=key).status_code == 404
    assert db.audit.count_documents({"action": "retry due work"}) == 2
