"""One console over several services, which it asks by HTTP."""

import contextlib
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from shared import clock, due, events, inbox, mongo, outbox
from tests.integration.shared_web.conftest import sign_in
from tests.integration.shared_web.inns import API, CASE, EN, REFERENCE, SHARED_KEY, Inn

NewInn = Callable[..., Inn]


def codes(found: Any) -> list[tuple[str, str]]:
    return [(need["service"], need["code"]) for need in found["needs"]]


def announce(db: Database, case: str, type: str = "thing.done.v1") -> None:
    mongo.transactional(lambda db: outbox.add(db, "things", events.Event(type, case, {"n": 1})))(db)


def test_when_all_is_well_the_first_screen_says_that_nothing_needs_a_person(north: Inn) -> None:
    sign_in(north.client, "operator")
    page = north.client.get("/operations", headers=EN).text
    assert "Nothing needs a person now" in page
    assert ">south</a>" in page
    assert north.get("/overview").json["needs"] == []


def test_what_waits_in_any_service_is_told_most_urgent_first_with_a_link_to_where_it_is_settled(
    north: Inn, south: Inn
) -> None:
    due.add(north.db, "send", "sms", {})
    work = due.claim(north.db, "sms", ["send"])
    assert work is not None
    due.run(north.db, work, _never)
    south.db.consumer.insert_one({"_id": "consumer", "state": "stopped", "why": "10 cases in a row failed"})
    south.db.consumer_positions.insert_one(
        {"_id": "t:0", "topic": "t", "partition": 0, "position": 1, "high_water": 3, "lag": 2, "unread_s": 4.0}
        | {"at": clock.now() + timedelta(minutes=10)}  # as if it were said again all the time
    )
    found = north.get("/overview").json
    assert codes(found) == [("south", "reading_stopped"), ("north", "work_failed")]
    assert [need["link"] for need in found["needs"]] == [
        f"{south.url}/operations/service#reading",
        f"{north.url}/operations/service#failed",
    ]
    sign_in(north.client, "operator")
    page = north.client.get("/operations", headers=EN).text
    assert "2 matters need a person" in page
    assert f'href="{south.url}/operations/service#reading"' in page
    assert page.index("Reading has stopped") < page.index("Due work that failed for good: 1")


def _never(db: Database, work: due.Work) -> None:
    raise due.GiveUp("no_such_number")


def test_a_service_that_does_not_answer_is_shown_with_when_it_was_last_heard_of(north: Inn, south: Inn) -> None:
    heard = north.get("/overview").json["services"][1]
    assert (heard["service"], heard["problem"]) == ("south", None)
    south.leave()
    found = north.get("/overview").json
    away = found["services"][1]
    assert (away["problem"], away["health"]) == ("no_answer", None)
    assert away["heard_at"] == heard["heard_at"]
    assert codes(found) == [("south", "service_away")]
    sign_in(north.client, "operator")
    page = north.client.get("/operations", headers=EN).text
    assert "south does not answer" in page
    assert "Last heard of at" in page


def test_a_service_that_takes_the_question_and_says_nothing_is_not_waited_for_for_ever(
    new_inn: NewInn,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        inn = new_inn("north", {"south": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        inn.works()
        found = inn.get("/overview").json
    assert codes(found) == [("south", "service_away")]
    assert found["services"][1]["heard_at"] is None


def test_an_answer_that_never_ends_is_not_waited_for_either(new_inn: NewInn) -> None:
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        asked, _ = listening.accept()
        with asked:
            asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while not over.wait(0.05):
                asked.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=_until_hung_up, args=(drip, listening))
        dripping.start()
        inn = new_inn("north", {"south": f"http://127.0.0.1:{listening.getsockname()[1]}"})
        inn.works()
        found = inn.get("/overview").json
    over.set()
    dripping.join()
    assert codes(found) == [("south", "service_away")]


def _until_hung_up(work: Callable[[socket.socket], None], listening: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):
        work(listening)


def test_what_is_no_service_is_said_to_be_not_understood(new_inn: NewInn, south: Inn) -> None:
    inn = new_inn("north", {"south": f"{south.url}/openapi.json?"})
    inn.works()
    assert codes(inn.get("/overview").json) == [("south", "service_not_understood")]


def test_a_console_with_another_key_is_refused_and_the_refusal_is_audited(new_inn: NewInn, south: Inn) -> None:
    inn = new_inn("north", {"south": south.url}, key="w" * 40)
    inn.works()
    assert codes(inn.get("/overview").json) == [("south", "service_refused")]
    refused = south.db.audit.find_one({"outcome": "refused"})
    assert refused is not None
    assert (refused["subject"], refused["actor"]["id"]) == ("/api/v1/operations/health", "nobody")


def test_without_a_key_no_other_service_is_let_in(new_inn: NewInn) -> None:
    inn = new_inn("north", key="")
    for key in ("", SHARED_KEY):
        headers = {"Authorization": f"Bearer {key}", "X-Sendero-On-Behalf-Of": "south:abc"}
        assert inn.client.get(f"{API}/health", headers=headers).status_code == 401


def test_the_key_of_the_services_reads_how_a_service_does_and_nothing_else(south: Inn) -> None:
    headers = {"Authorization": f"Bearer {SHARED_KEY}", "X-Sendero-On-Behalf-Of": "north:abc"}
    assert south.client.get(f"{API}/health", headers=headers).status_code == 200
    for path in ("/overview", f"/journeys/{CASE}", "/audit", "/due-work", "/dead-letters"):
        assert south.client.get(f"{API}{path}", headers=headers).status_code == 401, path
    for path in ("/replays", "/consumer/resumption", "/worker/dismissals", "/due-work/retries"):
        assert south.client.post(f"{API}{path}", headers=headers, json={}).status_code == 401, path
    assert south.client.post(f"{API}/health", headers=headers).status_code == 405
    assert south.client.get("/operations", headers=headers).status_code == 303  # to the sign-in


def test_who_asks_for_whom_must_be_a_service_and_an_account(south: Inn) -> None:
    for named in ("", "north", "north:Ana Pérez".encode().decode("latin-1"), "north:" + "a" * 65):
        headers = {"Authorization": f"Bearer {SHARED_KEY}", "X-Sendero-On-Behalf-Of": named}
        assert south.client.get(f"{API}/health", headers=headers).status_code == 401, named


def test_a_view_from_elsewhere_is_audited_under_the_account_that_asked_once_in_ten_minutes(
    north: Inn, south: Inn
) -> None:
    for _ in range(3):
        north.get("/overview")
    account = north.db.accounts.find_one()
    assert account is not None
    rows = list(south.db.audit.find({"actor.kind": "service"}))
    assert [(row["actor"], row["action"]) for row in rows] == [
        ({"id": f"north:{account['_id']}", "kind": "service"}, "see health")
    ]
    assert north.db.audit.count_documents({"action": "see all services", "actor.id": account["_id"]}) == 1


def test_one_case_is_followed_through_all_services_by_time_by_its_id_or_by_a_reference(north: Inn, south: Inn) -> None:
    announce(south.db, CASE)
    record = inbox.Record("things", 0, 1, *_heard(south.db))
    inbox.take(north.db, inbox.Reading({"thing.done.v1": _send_a_message}), [record])
    for given in (CASE, REFERENCE):
        found = north.get(f"/journeys/{given}").json
        assert found["correlation"] == CASE
        assert [(step["service"], step["direction"], step["type"]) for step in found["items"]] == [
            ("south", "announced", "thing.done.v1"),
            ("north", "heard", "thing.done.v1"),
            ("north", "work", "send"),
        ]
        assert [step["state"] for step in found["items"]] == ["waiting", "done", "waiting"]
        assert "Ana" not in str(found)
    assert found["services"] == [
        {"service": "north", "problem": None, "steps": 2},
        {"service": "south", "problem": None, "steps": 1},
    ]
    sign_in(north.client, "operator")
    page = north.client.get(f"/operations/traces?id={REFERENCE}", headers=EN)
    assert page.text.count("<time") == 3
    assert CASE in page.text
    for inn in (north, south):
        assert {row["subject"] for row in inn.db.audit.find({"action": "follow case"})} <= {CASE, "an unknown case"}


def _heard(db: Database) -> tuple[bytes, list[tuple[str, bytes]], bytes]:
    row = db.outbox.find_one()
    assert row is not None
    return row["key"].encode(), [(name, bytes(content)) for name, content in row["headers"]], row["value"]


def _send_a_message(db: Database, event: events.Event) -> None:
    due.add(db, "send", "email", {"text": "Ana"})


def test_the_way_of_a_case_is_told_in_part_when_a_service_does_not_answer(north: Inn, south: Inn) -> None:
    announce(north.db, CASE)
    south.leave()
    found = north.get(f"/journeys/{CASE}").json
    assert [step["service"] for step in found["items"]] == ["north"]
    assert found["services"][1] == {"service": "south", "problem": "no_answer", "steps": 0}
    sign_in(north.client, "operator")
    page = north.client.get(f"/operations/traces?id={CASE}", headers=EN).text
    assert "its part of the way is missing below" in page


def test_what_no_service_knows_is_said_so_and_what_was_typed_is_kept_nowhere(north: Inn, south: Inn) -> None:
    sign_in(north.client, "operator")
    page = north.client.get("/operations/traces?id=Ana-Perez", headers=EN)
    assert page.status_code == 200
    assert "knows of this case" in page.text
    assert north.client.get("/operations/traces?id=Ana P%C3%A9rez", headers=EN).status_code == 400
    assert north.get("/journeys/Ana Pérez").status_code == 400
    for inn in (north, south):
        assert "Ana" not in str(list(inn.db.audit.find()))
