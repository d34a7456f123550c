"""From the outbox through a real broker into the inbox."""

import pytest
from kafka.errors import CommitFailedError
from pymongo.database import Database

from shared import consumer, inbox, outbox, relay
from tests.integration.spine.conftest import Heard, say, turn_until
from tests.integration.spine.logs import is_sent


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
