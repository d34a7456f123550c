"""From the outbox into the log of a real broker: in order, once while all goes well, never left out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shared import clock, events, leases, mongo, outbox, relay
from shared.events import Topic
from shared.relay import ledger
from tests.integration.spine.conftest import say, turn_until
from tests.integration.spine.logs import is_sent, log_of


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


def test_what_is_under_way_is_sent_once_in_order_and_marked_when_the_relay_leaves(
    db: Database, topic: str, kafka: str, sender: relay.Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "SLICE", 3)
    for n in range(9):
        say(db, topic, "case", n)
    turn_until(sender, lambda: sender._under_way is not None and outbox.health(db)["waiting"] <= 6)
    sender._marked()  # the mark that goes on by itself has come to its end: what is counted below stands still
    handed_over = len(sender._under_way.found.rows)
    waiting = outbox.health(db)["waiting"]
    sender.close()
    assert outbox.health(db)["waiting"] == waiting - handed_over
    turn_until(sender, lambda: is_sent(db))
    assert [n for _, n in log_of(kafka, topic)] == list(range(1, 10))


def test_a_relay_that_dies_with_two_slices_under_way_leaves_both_to_the_next_one(
    db: Database, topic: str, kafka: str, sender: relay.Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "SLICE", 3)
    for n in range(9):
        say(db, topic, "case", n)

    def dies(_: object) -> None:
        raise KeyboardInterrupt

    turn_until(sender, lambda: sender._under_way is not None)
    monkeypatch.setattr(sender, "_deliver", dies)
    with pytest.raises(KeyboardInterrupt):
        sender.turn()
    assert outbox.health(db)["waiting"] == 9
    sender._producer.flush(10)
    db.leases.delete_many({})
    second = relay.Relay(db, {topic: Topic(partitions=3)})
    turn_until(second, lambda: is_sent(db))
    second.close()
    log = [n for _, n in log_of(kafka, topic)]
    assert log[-9:] == list(range(1, 10))
    assert log[:-9] == list(range(1, len(log) - 8))
    assert len(log) > 9


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
    with pytest.raises(leases.Lost):
        turn_until(sender, lambda: is_sent(db))
    assert not is_sent(db)
    sender.drop()
    assert sender.turn() is False


def test_a_writer_whose_clock_is_behind_puts_no_event_before_the_last_one_of_its_case(
    db: Database, topic: str, kafka: str, sender: relay.Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = clock.now
    for n, hours in enumerate((0, -1, 1, -2, 0)):
        monkeypatch.setattr(clock, "now", lambda hours=hours: here() + timedelta(hours=hours))
        say(db, topic, "case", n)
    monkeypatch.undo()
    rows = list(db.outbox.find().sort(outbox.IN_ORDER))
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5]
    turn_until(sender, lambda: is_sent(db))
    assert [n for _, n in log_of(kafka, topic)] == [1, 2, 3, 4, 5]


def test_a_key_that_was_met_before_is_refused_as_a_first_one(db: Database, topic: str) -> None:
    @mongo.transactional
    def begin(db: Database, case: str) -> None:
        said = [(topic, events.Event("thing.done.v1", key, {})) for key in (case, f"{case}'s")]
        assert [event.sequence for event in outbox.add_all(db, said, first=True)] == [1, 1]

    begin(db, "case")
    with pytest.raises(BulkWriteError):
        begin(db, "case")
    assert say(db, topic, "case", 2).sequence == 2
    assert db.outbox.count_documents({}) == 3


def test_what_one_transaction_says_of_several_cases_is_numbered_without_a_gap_in_each(
    db: Database, topic: str, kafka: str, sender: relay.Relay
) -> None:
    @mongo.transactional
    def say_all(db: Database, *cases: str) -> list[int]:
        said = [(topic, events.Event("thing.done.v1", case, {})) for case in cases]
        return [event.sequence for event in outbox.add_all(db, said)]

    say(db, topic, "known", 1)
    assert say_all(db, "known", "new", "known", "new", "other") == [2, 1, 3, 2, 1]
    assert say_all(db) == []
    assert say_all(db, "known", "new") == [4, 3]
    turn_until(sender, lambda: is_sent(db))
    heard = [row["sequence"] for row in db.outbox.find({"key": "known"}).sort(outbox.IN_ORDER)]
    assert heard == [1, 2, 3, 4]
