"""From the outbox through a real broker into the inbox, also when the broker loses everything."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CommitFailedError
from pymongo.database import Database

from deploy.local import processes
from shared import clock, consumer, inbox, leases, mongo, outbox, relay, worker
from shared.events import Topic
from shared.relay import carrier, ledger
from tests.conftest import free_port, start_broker
from tests.integration.spine.conftest import Heard, say, some_settings, turn_until


def log_of(kafka: str, topic: str) -> list[tuple[str, int]]:
    """The whole log of a topic: (case, sequence) in order, partition by partition."""
    client = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    partitions = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or ()]
    client.assign(partitions)
    client.seek_to_beginning()
    found, empty = [], 0
    while empty < 3:
        polled = client.poll(timeout_ms=300)
        empty = 0 if polled else empty + 1
        for records in polled.values():
            found += [(one.key.decode(), int(dict(one.headers)["ce_sequence"])) for one in records]
    client.close()
    return found


def is_sent(db: Database) -> bool:
    return outbox.health(db)["waiting"] == 0


@pytest.fixture
def sender(db: Database, topic: str) -> Iterator[relay.Relay]:
    one = relay.Relay(db, {topic: Topic(partitions=3)})
    yield one
    one.close()


def test_events_of_a_case_reach_the_log_in_the_order_of_their_commits(
    db: Database, topic: str, kafka: str, sender: relay.Relay
) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: say(db, topic, f"case{n % 5}", n), range(100)))
    turn_until(sender, lambda: is_sent(db))
    log = log_of(kafka, topic)
    assert len(log) == 100
    for case in range(5):
        assert [n for name, n in log if name == f"case{case}"] == list(range(1, 21))


def test_what_was_sent_is_archive_and_announcing_again_sends_it_in_the_same_order(
    db: Database, topic: str, kafka: str, sender: relay.Relay
) -> None:
    for n in range(5):
        say(db, topic, "case", n)
    turn_until(sender, lambda: is_sent(db))
    assert db.outbox.count_documents({"expires_at": {"$exists": True}}) == 5
    assert outbox.announce_again(db) == 5
    assert outbox.health(db)["waiting"] == 5
    say(db, topic, "case", 5)
    turn_until(sender, lambda: is_sent(db))
    assert [n for _, n in log_of(kafka, topic)] == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6]


def test_a_second_relay_waits_while_the_first_holds_the_lease(db: Database, topic: str, sender: relay.Relay) -> None:
    sender.turn()
    other = relay.Relay(db, {topic: Topic()})
    say(db, topic, "case", 1)
    assert other.turn() is False
    assert not is_sent(db)


def test_a_relay_that_lost_its_lease_cannot_mark_what_it_sent(db: Database, topic: str, sender: relay.Relay) -> None:
    sender.turn()
    say(db, topic, "case", 1)
    db.leases.update_one({"_id": "relay"}, {"$set": {"token": "another"}})
    sender.turn()
    assert not is_sent(db)
    with pytest.raises(leases.Lost):
        ledger.number(db, sender.token)


def test_a_state_announced_from_a_compacted_topic_leaves_no_archive(db: Database, topic: str) -> None:
    states = relay.Relay(db, {topic: Topic(partitions=1, compacted=True)}, restate=lambda *_: None)
    say(db, topic, "person", 1)
    turn_until(states, lambda: is_sent(db))
    states.close()
    assert db.outbox.count_documents({}) == 0


def test_announcing_again_announces_the_present_state_of_compacted_topics(db: Database, topic: str, kafka: str) -> None:
    ids = ["a", "b", "c"]

    def restate(db: Database, after: str | None, limit: int) -> str | None:
        left = [one for one in ids if after is None or one > after][:2]
        for one in left:
            say(db, topic, one, 0)
        return left[-1] if left else None

    states = relay.Relay(db, {topic: Topic(partitions=1, compacted=True)}, restate=restate)
    outbox.announce_again(db)
    turn_until(states, lambda: is_sent(db) and not outbox.health(db)["restating"])
    states.close()
    assert [case for case, _ in log_of(kafka, topic)] == ids


def test_a_reader_hears_all_once_and_in_order(db: Database, topic: str, heard: Heard, sender: relay.Relay) -> None:
    for n in range(30):
        say(db, topic, f"case{n % 3}", n)
    turn_until(sender, lambda: is_sent(db))
    reader = consumer.Consumer(db, [topic], heard.reading())
    turn_until(reader, lambda: db.heard.count_documents({}) == 30)
    outbox.announce_again(db)
    turn_until(sender, lambda: is_sent(db))
    ends = db.relay.find_one({"_id": "relay"})["topics"][topic]["ends"]
    turn_until(reader, lambda: sum(row["position"] for row in consumer_rows(db)) == sum(ends.values()))
    reader.drop()
    assert [heard.of(db, f"case{n}") for n in range(3)] == [list(range(n, 30, 3)) for n in range(3)]
    assert {row["state"] for row in consumer.health(db)} == {"idle"}


def consumer_rows(db: Database) -> list[dict]:
    return list(db.consumer_positions.find())


def test_ten_poisoned_cases_in_a_row_stop_the_consumer_until_somebody_resumes_it(
    db: Database, topic: str, heard: Heard, sender: relay.Relay
) -> None:
    for n in range(12):
        say(db, topic, f"bad{n}", n, poison=True)
    turn_until(sender, lambda: is_sent(db))
    reader = consumer.Consumer(db, [topic], heard.reading())
    turn_until(reader, lambda: consumer.stopped(db))
    assert inbox.health(db)["dead_letters"] == 10
    consumer.resume(db)
    turn_until(reader, lambda: inbox.health(db)["dead_letters"] == 12)
    reader.drop()


def test_a_topic_made_after_its_reader_began_is_read_though_polls_end_in_the_middle_of_joining(
    db: Database, topic: str, heard: Heard, sender: relay.Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = consumer.Consumer(db, [topic], heard.reading())
    for _ in range(4):
        reader.turn()
    say(db, topic, "case", 1)
    turn_until(sender, lambda: is_sent(db))
    monkeypatch.setattr(consumer.member, "POLL_MS", 5)
    turn_until(reader, lambda: heard.of(db, "case") == [1])
    reader.drop()


def test_a_consumer_that_joins_while_it_is_stopped_says_how_far_behind_it_is_and_passes_over_nothing(
    db: Database, topic: str, heard: Heard, sender: relay.Relay
) -> None:
    for n in range(30):
        say(db, topic, f"case{n}", n)
    turn_until(sender, lambda: is_sent(db))
    db.consumer.insert_one({"_id": "consumer", "state": "stopped"})
    reader = consumer.Consumer(db, [topic], heard.reading())
    turn_until(reader, lambda: len(consumer_rows(db)) == 3)
    for _ in range(4):
        reader.turn()
    assert db.heard.count_documents({}) == 0
    say(db, topic, "one more", 1)
    turn_until(sender, lambda: is_sent(db))
    turn_until(reader, lambda: sum(row["lag"] for row in consumer_rows(db)) == 31)
    consumer.resume(db)
    turn_until(reader, lambda: db.heard.count_documents({}) == 31)
    reader.drop()


def test_a_commit_that_fails_passes_over_nothing(db: Database, topic: str, heard: Heard, sender: relay.Relay) -> None:
    for n in range(30):
        say(db, topic, f"case{n}", n)
    turn_until(sender, lambda: is_sent(db))
    reader = consumer.Consumer(db, [topic], heard.reading())
    turn_until(reader, lambda: reader._client is not None and bool(reader._client.assignment()))
    commit, failures = reader._client.commit, iter(range(2))

    def sometimes(*args: object, **kwargs: object) -> None:
        if next(failures, None) is not None:
            raise CommitFailedError
        commit(*args, **kwargs)

    reader._client.commit = sometimes
    turn_until(reader, lambda: db.heard.count_documents({}) == 30)
    ends = db.relay.find_one({"_id": "relay"})["topics"][topic]["ends"]
    turn_until(reader, lambda: sum(row["position"] for row in consumer_rows(db)) == sum(ends.values()))
    reader.drop()


def test_announcing_again_while_a_slice_is_under_way_is_not_swallowed(
    db: Database, topic: str, sender: relay.Relay
) -> None:
    sender.turn()
    for n in range(3):
        say(db, topic, "case", n)
    ledger.number(db, sender.token)
    seen = db.relay.find_one({"_id": "relay"})
    rows = list(db.outbox.find().sort("position", 1))
    assert outbox.announce_again(db) == 3
    ledger.acknowledge(db, sender.token, seen, rows, {}, [])
    assert outbox.health(db)["waiting"] == 3


def test_a_relay_that_takes_over_from_one_that_died_announces_the_present_state_again(db: Database, topic: str) -> None:
    restated: list[object] = []

    def restate(db: Database, after: object, limit: int) -> None:
        restated.append(after)

    first = relay.Relay(db, {topic: Topic(partitions=1, compacted=True)}, restate)
    first.turn()
    first.turn()
    restated.clear()
    first.drop()
    db.leases.update_one({"_id": "relay"}, {"$set": {"until": clock.EPOCH}})
    db.relay.update_one({"_id": "relay"}, {"$set": {"restated_at": clock.now() - timedelta(minutes=6)}})
    second = relay.Relay(db, {topic: Topic(partitions=1, compacted=True)}, restate)
    second.turn()
    second.turn()
    assert restated == [None]
    second.close()
    third = relay.Relay(db, {topic: Topic(partitions=1, compacted=True)}, restate)
    third.turn()
    assert restated == [None]
    third.close()


def test_a_log_that_still_ends_before_what_was_acknowledged_at_a_second_look_is_announced_again(
    db: Database, topic: str, sender: relay.Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "LOOK_SECONDS", 0)
    monkeypatch.setattr(carrier, "CONFIRM_SECONDS", 0.01)
    say(db, topic, "case", 1)
    turn_until(sender, lambda: is_sent(db))
    db.relay.update_one({"_id": "relay"}, {"$inc": {f"topics.{topic}.ends.{n}": 5 for n in range(3)}})
    sender.drop()
    sender.turn()
    assert not db.relay.find_one({"_id": "relay"}).get("announced_again_at")
    turn_until(sender, lambda: bool(db.relay.find_one({"_id": "relay"}).get("announced_again_at")))


def test_one_poisoned_event_holds_up_only_its_case(db: Database, topic: str, heard: Heard, sender: relay.Relay) -> None:
    for case in ("a", "b"):
        for n in range(3):
            say(db, topic, case, n, poison=case == "a" and n == 1)
    turn_until(sender, lambda: is_sent(db))
    reader = consumer.Consumer(db, [topic], heard.reading())
    turn_until(reader, lambda: heard.of(db, "b") == [0, 1, 2] and inbox.health(db)["parked"] == 1)
    reader.drop()
    assert heard.of(db, "a") == [0]
    assert [row["key"] for row in inbox.dead_letters(db)[0]] == ["a"]


def test_a_broker_that_comes_back_empty_is_filled_again_and_every_reader_has_every_event_once(
    database_uri: str, tmp_path: Path, topic: str, heard: Heard
) -> None:
    port = free_port()
    broker = start_broker(port, tmp_path)
    db = mongo.open(some_settings("lossy", database_uri, f"127.0.0.1:{port}"))
    mongo.create(db, worker.COLLECTIONS)
    sender = relay.Relay(db, {topic: Topic(partitions=3)})
    reader = consumer.Consumer(db, [topic], heard.reading())
    try:
        for n in range(10):
            say(db, topic, f"case{n % 4}", n)
        turn_until(sender, lambda: is_sent(db))
        turn_until(reader, lambda: db.heard.count_documents({}) == 10)
        processes.stop(broker, 5)
        for n in range(10, 20):
            say(db, topic, f"case{n % 4}", n)
        broker = start_broker(port, tmp_path)
        recovering(sender, reader, lambda: db.heard.count_documents({}) == 20)
        assert [heard.of(db, f"case{n}") for n in range(4)] == [list(range(n, 20, 4)) for n in range(4)]
        assert len(set(log_of(f"127.0.0.1:{port}", topic))) == 20
    finally:
        reader.drop()
        sender.close()
        processes.stop(broker, 5)
        db.client.close()


def recovering(sender: relay.Relay, reader: consumer.Consumer, condition, seconds: float = 90) -> None:
    """Turns both as the worker does: what fails is dropped and begun afresh."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not recovered"
        for part in (sender, reader):
            try:
                part.turn()
            except Exception as error:
                print(type(error).__name__, error)
                part.drop()
