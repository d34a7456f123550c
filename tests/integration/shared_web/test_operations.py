"""The console and its routes over real queues."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from shared import auth, clock, due, events, heartbeats, inbox, mongo, outbox
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
    dead = {"state": "dead", "seen_at": None, "failing": None, "missing": 0, "instances": []}
    assert found["worker"]["relay"] == dead
    assert [(row["kind"], row["state"]) for row in found["queues"]] == [("outbox", "dead")]
    assert [(need["code"], need["part"]) for need in found["needs"]] == [
        ("worker_dead", "consumer"),
        ("worker_dead", "relay"),
        ("worker_dead", "timers"),
        ("dead_letters", None),
    ]
    assert found["checked_at"].endswith("Z")


def test_only_operators_get_in(client: FlaskClient, accounts: Path) -> None:
    assert client.get(f"{API}/health").status_code == 401
    sign_in(client, "clerk")
    assert client.get(f"{API}/health").status_code == 403
    assert client.get("/operations").status_code == 403


def test_announcing_again_sends_the_archive(client: FlaskClient, key: dict[str, str], db: Database) -> None:
    mongo.transactional(lambda db: outbox.add(db, "things", events.Event("thing.done.v1", "case-1", {"n": 1})))(db)
    db.outbox.update_one({}, {"$set": {"expires_at": clock.now()}, "$unset": {"waiting": ""}})
    for since, status in (("yesterday", 422), ("2026-01-01T00:00:00", 422), ("2020-01-01T00:00:00Z", 202), (None, 202)):
        answer = client.post(f"{API}/replays", json={"since": since}, headers=key)
        assert answer.status_code == status, answer.text
    assert answer.json["events"] == 1
    assert answer.json["archive_from"].endswith("Z")
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
    paths = ["", "/service", "/dead-letters", f"/dead-letters/{letter}", "/traces?id=case-1", "/audit"]
    for path in paths:
        page = client.get(f"/operations{path}", headers={"Accept-Language": language})
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text
        assert ("Eventos apartados" in page.text) == (language == "es")
        assert "Ana" not in page.text


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
    page = client.get("/operations/service", headers=EN)
    assert "no_such_number" in page.text
    again = client.post(f"/operations/due-work/{id_}/retry", data={"csrf_token": csrf(client)})
    assert again.status_code == 303
    assert db.due.find_one({"_id": id_})["state"] == "waiting"
    assert client.post(f"{API}/due-work/{id_}/retry", headers=key).status_code == 404
    assert db.audit.count_documents({"action": "retry due work"}) == 2


def test_the_figures_tell_the_state_of_each_queue_and_each_process(client: FlaskClient, db: Database) -> None:
    heartbeats.Beats(db).write({"consumer": None, "timers": "ClockOff"})
    due.add(db, "send", "sms", {})
    text = client.get("/metrics").text
    assert 'sendero_queue_state{name="",queue="outbox",service="inn",state="dead"} 1.0' in text
    assert 'sendero_queue_state{name="sms",queue="lane",service="inn",state="working"} 1.0' in text
    assert 'sendero_queue_waiting{name="sms",queue="lane",service="inn"} 1.0' in text
    assert 'sendero_worker_alive{part="relay",service="inn"} 0.0' in text
    assert 'sendero_worker_instances{part="timers",service="inn",state="in_trouble"} 1.0' in text
    assert 'sendero_part_failing{part="timers",service="inn",why="ClockOff"} 1.0' in text
    assert 'sendero_needs_somebody{service="inn"} 2.0' in text


def test_what_a_probe_is_told_names_no_process(client: FlaskClient, db: Database) -> None:
    heartbeats.Beats(db).write(dict.fromkeys(heartbeats.PARTS))
    ready = client.get("/readyz").json
    assert ready["worker"]["relay"].keys() == {"state", "seen_at", "failing"}
    assert ready["broker"] == "up"


def test_a_process_that_was_meant_to_go_is_missed_no_longer(
    client: FlaskClient, key: dict[str, str], accounts: Path, db: Database
) -> None:
    gone, stays = heartbeats.Beats(db), heartbeats.Beats(db)
    for one in (gone, stays):
        one.write(dict.fromkeys(heartbeats.PARTS))
    long_ago = clock.now() - timedelta(minutes=5)
    db.heartbeats.update_many({}, {"$set": {"since": long_ago, "at": clock.now() + timedelta(minutes=10)}})
    db.heartbeats.update_many({"instance": gone.instance}, {"$set": {"at": long_ago}})
    needs = client.get(f"{API}/health", headers=key).json["needs"]
    assert [(need["code"], need["part"]) for need in needs] == [("worker_missing", part) for part in heartbeats.PARTS]
    dismissed = {"id": f"relay:{gone.instance}"}
    assert client.post(f"{API}/worker/dismissals", headers=key, json=dismissed).status_code == 204
    assert client.post(f"{API}/worker/dismissals", headers=key, json=dismissed).json["type"] == (
        "urn:sendero:still-lives"
    )
    sign_in(client, "operator")
    form = {"csrf_token": csrf(client)}
    for one, said in ((gone, "no longer missed"), (stays, "Only one that is dead is dismissed")):
        client.post("/operations/worker/dismissals", data=form | {"id": f"consumer:{one.instance}"}, headers=EN)
        assert said in client.get("/operations/service", headers=EN).text
    assert db.audit.count_documents({"action": "dismiss process"}) == 4
    assert db.heartbeats.count_documents({"instance": stays.instance}) == 3


def test_work_that_waits_for_another_try_is_listed_and_tried_at_once(
    client: FlaskClient, key: dict[str, str], db: Database
) -> None:
    def later(db: Database, work: due.Work) -> None:
        raise due.Later("unavailable")

    for lane in ("sms", "email"):
        due.add(db, "send", lane, {}, id=lane)
        work = due.claim(db, lane, ["send"])
        assert work is not None
        due.run(db, work, later)
    shown = client.get(f"{API}/due-work?state=waiting", headers=key).json["items"]
    assert [(row["id"], row["error"]) for row in shown] == [("email", "unavailable"), ("sms", "unavailable")]
    assert client.post(f"{API}/due-work/retries", headers=key, json={"lane": "sms"}).json == {"retried": 1}
    assert client.post(f"{API}/due-work/retries", headers=key, json={}).json == {"retried": 1}
    assert db.audit.count_documents({"action": "retry all due work"}) == 2


def test_the_audit_is_narrowed_by_who_what_outcome_and_time(
    client: FlaskClient, key: dict[str, str], accounts: Path, db: Database
) -> None:
    client.post(f"{API}/consumer/resumption", headers=key)
    sign_in(client, "clerk")
    assert client.get("/operations/audit").status_code == 403

    def found(query: str) -> list[str]:
        return [row["action"] for row in client.get(f"{API}/audit?{query}", headers=key).json["items"]]

    assert found("action=resume consumer") == ["resume consumer"]
    assert found("outcome=refused") == ["GET /operations/audit"]
    hour = timedelta(hours=1)
    before, after = (clock.rfc3339(clock.now() + span) for span in (-hour, hour))
    assert found(f"action=resume consumer&since={before}&until={after}") == ["resume consumer"]
    assert found(f"action=resume consumer&since={after}") == found(f"action=resume consumer&until={before}") == []
    assert found("until=0446-01-01T00:00:00Z") == found("since=8660-01-01T00:00:00Z") == []
    assert client.get(f"{API}/audit?outcome=perhaps", headers=key).status_code == 422
    client.post("/logout", data={"csrf_token": csrf(client)})
    sign_in(client, "operator")
    page = client.get("/operations/audit?outcome=refused&since=2026-01-01T00:00", headers=EN)
    assert "GET /operations/audit" in page.text
    assert "resume consumer</td>" not in page.text
    for wrong in ("soon", "0001-01-01T00:00%2B14:00"):
        assert client.get(f"/operations/audit?since={wrong}", headers=EN).status_code == 400


def test_a_page_that_refreshes_itself_is_one_row_of_the_audit(
    client: FlaskClient, accounts: Path, db: Database
) -> None:
    sign_in(client, "operator")
    for _ in range(3):
        client.get("/operations")
        client.get("/operations/service")
    assert db.audit.count_documents({"action": "see all services"}) == 1
    assert db.audit.count_documents({"action": "see queues"}) == 1
