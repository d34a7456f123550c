"""What was sent goes out again, in its order; of compacted topics the present state."""

from datetime import timedelta

import pytest
from pymongo.database import Database

from shared import clock, outbox, relay
from shared.events import Topic
from shared.relay import carrier, ledger
from tests.integration.spine.conftest import say, turn_until
from tests.integration.spine.logs import is_sent, log_of


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


def test_announcing_again_while_a_slice_is_under_way_is_not_swallowed(
    db: Database, topic: str, sender: relay.Relay
) -> None:
    sender.turn()
    for n in range(3):
        say(db, topic, "case", n)
    waiting = ledger.take(db)
    assert outbox.announce_again(db) == 0
    ledger.acknowledge(db, sender.token, waiting, {}, [])
    assert outbox.health(db)["waiting"] == 3
    again = ledger.take(db)
    assert outbox.announce_again(db) == 3
    ledger.acknowledge(db, sender.token, again, {}, [])
    assert outbox.health(db)["waiting"] == 3
    ledger.acknowledge(db, sender.token, ledger.take(db), {}, [])
    assert is_sent(db)


def test_announcing_again_in_slices_sends_every_row_once_and_new_ones_behind_them(
    db: Database, topic: str, kafka: str, sender: relay.Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(11):
        say(db, topic, f"case{n % 2}", n)
    turn_until(sender, lambda: is_sent(db))
    monkeypatch.setattr(ledger, "SLICE", 3)
    first = log_of(kafka, topic)
    since = db.outbox.find_one({"key": "case0", "sequence": 3})["at"]
    again = [(row["key"], row["sequence"]) for row in db.outbox.find({"at": {"$gte": since}}).sort(outbox.IN_ORDER)]
    assert outbox.announce_again(db, since) == len(again)
    say(db, topic, "case0", 11)
    turn_until(sender, lambda: is_sent(db))
    log = log_of(kafka, topic)
    for case in ("case0", "case1"):
        numbers = [n for name, n in log if name == case]
        expected = [n for name, n in [*first, *again, ("case0", 7)] if name == case]
        assert numbers == expected


def test_announcing_again_while_it_is_under_way_goes_back_and_never_forward(db: Database, topic: str) -> None:
    early, late = clock.now() - timedelta(days=2), clock.now() - timedelta(days=1)
    outbox.announce_again(db, late)
    outbox.announce_again(db, early)
    outbox.announce_again(db, late)
    assert db.relay.find_one({"_id": "relay"})["again"]["at"] == early
    outbox.announce_again(db)
    assert db.relay.find_one({"_id": "relay"})["again"]["at"] == clock.EPOCH


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
