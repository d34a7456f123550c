"""What is slow, or much, delays only itself: lanes, polls, transactions, and queues that are long."""

import threading
from collections import Counter
from collections.abc import Iterator

import pymongo
import pytest
from pymongo import MongoClient, monitoring
from pymongo.database import Database

from shared import clock, consumer, due, events, figures, inbox, mongo, outbox, relay
from shared.consumer import member
from shared.consumer.settling import Settler
from shared.events import Topic
from shared.relay import ledger
from tests.integration.spine.conftest import Heard, made, say, turn_until
from tests.wait import wait_until

MANY = 50_000
LONG = 600  # seconds: no service writes so much in one go, nor waits so long


class Fetched(monitoring.CommandListener):
    """How many documents each answer of the database held, at most."""

    def __init__(self) -> None:
        self.most = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Only answers count."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Only answers count."""

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        cursor = event.reply.get("cursor", {})
        self.most = max(self.most, len(cursor.get("firstBatch", cursor.get("nextBatch", []))))


@pytest.fixture
def fetched() -> Fetched:
    return Fetched()


@pytest.fixture
def watched(db: Database, fetched: Fetched) -> Iterator[Database]:
    """The same database; what is fetched through it is counted."""
    settings = mongo.settings(db)
    client: MongoClient = MongoClient(
        settings.mongo_uri, tz_aware=True, uuidRepresentation="standard", event_listeners=[fetched]
    )
    yield mongo.ServiceDatabase(client, db.name, settings)
    client.close()


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def hang(go_on: threading.Event, what: str = "stuck") -> due.Timers:
    return {what: lambda db, work: go_on.wait(120) and None, "mail": lambda db, work: None}


def test_however_many_lanes_hang_another_one_flows(db: Database, go_on: threading.Event) -> None:
    lanes = due.THREADS // due.LANE_CAP + 4
    for lane in range(lanes):
        for _ in range(due.LANE_CAP):
            due.add(db, "stuck", f"partner{lane}", {})
    runner = due.Runner(db, hang(go_on))
    runner.turn()
    assert sum(row["running"] for row in due.health(db)) >= due.THREADS
    due.add(db, "mail", "email", {}, id="quick")
    runner.turn()
    wait_until(lambda: db.due.find_one({"_id": "quick"})["state"] == "done", 60, "the quick lane's work is done")
    go_on.set()
    runner.close()


def test_what_hangs_for_one_person_does_not_hold_up_others_in_the_same_lane(
    db: Database, go_on: threading.Event
) -> None:
    due.add(db, "stuck", "email", {"person_id": "a"}, priority=1)
    for n in range(20):
        due.add(db, "mail", "email", {"person_id": f"b{n}"})
    free = threading.Event()
    runner = due.Runner(db, hang(go_on), free.set)

    def all_others_done() -> bool:
        runner.turn()
        return db.due.count_documents({"kind": "mail", "state": "done"}) == 20

    wait_until(all_others_done, 60, "the others' work is done")
    assert db.due.count_documents({"kind": "stuck", "state": "running"}) == 1
    go_on.set()
    runner.close()


def test_a_slow_handler_costs_a_consumer_neither_its_place_in_the_group_nor_a_record(
    db: Database, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All records of one poll together take several times as long as the group lets pass between two polls."""
    monkeypatch.setattr(member, "MAX_POLL_SECONDS", 7)
    monkeypatch.setattr(member, "HOLD_SECONDS", 1.0)
    runs: Counter[int] = Counter()

    def slow(db: Database, event: events.Event) -> None:
        threading.Event().wait(0.4)
        runs[event.data["n"]] += 1
        db.heard.insert_one({"_id": event.id})

    sender = relay.Relay(db, {topic: Topic(partitions=1)})
    for n in range(40):
        say(db, topic, f"case{n}", n)
    turn_until(sender, lambda: outbox.health(db)["waiting"] == 0)
    sender.close()
    reader = consumer.Consumer(db, [topic], inbox.Reading({"thing.done.v1": slow}))
    turn_until(reader, lambda: reader._client is not None and bool(reader._client.assignment()))
    place = reader._client._coordinator._generation
    turn_until(reader, lambda: db.heard.count_documents({}) == 40)
    assert reader._client._coordinator._generation == place
    reader.drop()
    assert set(runs.values()) == {1}


def test_records_that_are_too_much_for_one_transaction_are_done_in_smaller_ones(
    db: Database, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "TRANSACTION_SECONDS", 1)

    def slow(db: Database, event: events.Event) -> None:
        threading.Event().wait(0.2)
        db.heard.insert_one({"case": event.key, "n": event.data["n"]})

    settler = Settler(db, inbox.Reading({"thing.done.v1": slow}))
    left = [made(heard.topic, f"case{n}", 1) for n in range(12)]
    settler._at_once = len(left)
    for _ in range(30):
        left = left[settler.settle(left, float("inf")) :]
    assert left == []
    assert db.heard.count_documents({}) == 12


def test_a_relay_holds_no_more_rows_at_once_however_many_wait(
    watched: Database, db: Database, fetched: Fetched
) -> None:
    """Also when all are of one case."""
    event = events.Event("thing.done.v1", "case", {"n": 1}, topic="t", source="/t")
    like = outbox.row(event, clock.now())
    with pymongo.timeout(LONG):
        db.outbox.insert_many([like | {"_id": f"{n:06}", "sequence": n + 1} for n in range(MANY)])
    assert len(ledger.take(watched).rows) <= ledger.SLICE
    assert outbox.health(watched)["waiting"] == mongo.MOST_COUNTED
    assert 0 < fetched.most <= ledger.SLICE


def test_due_work_is_claimed_and_counted_without_fetching_what_waits(
    watched: Database, db: Database, fetched: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"kind": "mail", "data": {}, "priority": 5, "due_at": clock.now(), "created_at": clock.now()}
    row |= {"state": "waiting", "attempts": 0}
    with pymongo.timeout(LONG):
        db.due.insert_many([row | {"_id": n, "lane": ("email", "sms")[n % 2]} for n in range(MANY)])
    monkeypatch.setattr(due.runner, "TURN_SECONDS", 0.3)
    runner = due.Runner(watched, {"mail": lambda db, work: None})
    runner.turn()
    runner.close()
    done = db.due.count_documents({"state": "done"})
    assert 0 < done < MANY, "a turn ends though there is always more"
    assert [one["waiting"] for one in due.health(watched)] == [mongo.MOST_COUNTED] * 2
    assert fetched.most <= 10


def test_how_a_queue_does_costs_no_more_to_know_when_it_does_badly(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts end somewhere, and say then: at least so many."""
    assert mongo.count_up_to.__defaults__ == (mongo.MOST_COUNTED,)
    monkeypatch.setattr(mongo.count_up_to, "__defaults__", (100,))
    row = {"kind": "mail", "lane": "email", "data": {}, "priority": 5, "state": "waiting", "attempts": 0}
    db.due.insert_many([row | {"_id": n, "due_at": clock.now(), "created_at": clock.now()} for n in range(300)])
    like = outbox.row(events.Event("thing.done.v1", "case", {}, topic="t", source="/t"), clock.now())
    db.outbox.insert_many([like | {"_id": str(n), "sequence": n} for n in range(300)])
    db.inbox.insert_many([{"_id": str(n), "state": "parked", "at": clock.now()} for n in range(300)])
    found = figures.health(db)
    assert [row["waiting"] for row in found["due"]] == [100]
    assert found["outbox"]["waiting"] == 100
    assert found["dead_letters"]["parked"] == 100


def test_a_reader_with_more_than_it_has_time_for_leaves_no_partition_behind(
    db: Database, topic: str, sender: relay.Relay, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(30):
        for case in ("a", "b", "c", "d", "e", "f"):
            say(db, topic, case, n)
        turn_until(sender, lambda: outbox.health(db)["waiting"] == 0)
    monkeypatch.setattr(member, "HOLD_SECONDS", 0)  # one transaction of each poll
    monkeypatch.setattr("shared.consumer.settling.TRANSACTION_SECONDS", 0)  # and one record in it
    reader = consumer.Consumer(db, [topic], heard.reading())
    turn_until(reader, lambda: db.heard.count_documents({}) >= 60)
    reader.drop()
    assert {case: len(heard.of(db, case)) for case in "abcdef"} == dict.fromkeys("abcdef", 10)
