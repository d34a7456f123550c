"""A process that leaves hands over what it held: the next one waits for no lease and no session to run out."""

import os
import threading
import time

import pytest
from pymongo.database import Database

from shared import consumer, due, leases, outbox, relay, worker
from shared.consumer import member
from shared.events import Topic
from tests.integration.spine.conftest import Heard, say, turn_until
from tests.wait import wait_until

REAL_KAFKA = "TEST_KAFKA_BOOTSTRAP_SERVERS" in os.environ


def test_a_relay_that_leaves_lets_another_send_at_its_next_turn(db: Database, topic: str) -> None:
    first, second = relay.Relay(db, {topic: Topic()}), relay.Relay(db, {topic: Topic()})
    turn_until(first, lambda: db.relay.find_one({"_id": "relay"}) is not None)
    assert not leases.acquire(db, "relay", second.token, 20)
    first.close()
    say(db, topic, "case", 1)
    began = db.leases.find_one({"_id": "relay"})
    assert began["token"] is None
    turn_until(second, lambda: outbox.health(db)["waiting"] == 0)
    assert db.relay.find_one({"_id": "relay"})["holder"] == second.token
    second.close()


@pytest.mark.skipif(not REAL_KAFKA, reason="a join at the local broker takes half a session: too near to tell apart")
def test_a_member_that_leaves_is_replaced_before_its_session_would_have_ended(
    db: Database, topic: str, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member, "SESSION_SECONDS", 30.0)
    sender = relay.Relay(db, {topic: Topic(partitions=4)})
    turn_until(sender, lambda: bool(db.relay.find_one({"topics": {"$exists": True}})))
    first, second = (consumer.Consumer(db, [topic], heard.reading()) for _ in range(2))
    stop = threading.Event()

    def live(one: consumer.Consumer) -> None:
        while not stop.is_set():
            one.turn()

    def assigned(one: consumer.Consumer) -> int:
        return len(one._client.assignment()) if one._client else 0

    turn_until(first, lambda: assigned(first) == 4, 90)
    thread = threading.Thread(target=live, args=(second,))
    thread.start()
    try:
        turn_until(first, lambda: (assigned(first), assigned(second)) == (2, 2), 90)
        ends = time.monotonic() + member.SESSION_SECONDS  # when it would be thrown out, had it just been killed
        first.drop()
        for n in range(8):
            say(db, topic, f"case{n}", n)
        turn_until(sender, lambda: outbox.health(db)["waiting"] == 0)
        wait_until(lambda: db.heard.count_documents({}) == 8, ends - time.monotonic(), "the other one reads it all")
    finally:
        stop.set()
        thread.join()
        second.drop()
        sender.close()


def test_a_runner_that_leaves_ends_what_it_began_and_gives_back_the_rest(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due.runner, "MOST_THREADS", 2)
    for n in range(4):
        due.add(db, "slow", f"lane{n}", {}, id=str(n))
    go_on = threading.Event()
    runner = due.Runner(db, {"slow": lambda db, work: go_on.wait(120) and None})
    monkeypatch.setattr(due.runner, "MOST_THREADS", 4)  # two are claimed for which no thread is free
    runner.turn()
    assert db.due.count_documents({"state": "running"}) == 4
    leaving = threading.Thread(target=runner.close)
    leaving.start()
    wait_until(lambda: db.due.count_documents({"state": "waiting"}) == 2, 60, "what was not begun waits again")
    assert {row["attempts"] for row in db.due.find({"state": "waiting"})} == {0}
    go_on.set()
    leaving.join(60)
    assert db.due.count_documents({"state": "done"}) == 2


def test_a_part_that_cannot_say_goodbye_does_not_keep_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def close() -> None:
        raise worker.kafka_topics.Unreachable("nobody there")

    worker._close(worker.Part("relay", lambda: False, close, close))
