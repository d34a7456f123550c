"""A database thrown away and brought back: what it was, and what it has forgotten since told or done again."""

from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.database import Database

from shared import backup, clock, consumer, events, inbox, mongo, outbox, relay
from shared.backup import changes, since
from shared.events import Topic
from tests.conftest import Mongo
from tests.integration.spine.backups import content, empty_database, needed, quiet, told
from tests.integration.spine.conftest import Heard, say, turn_until
from tests.integration.spine.logs import is_sent
from tests.wait import wait_until

OWN = ("audit", "relay", "consumer_positions")  # what a restore writes of itself


@mongo.transactional
def say_state(db: Database, topic: str, key: str, data: dict | None) -> None:
    outbox.add(db, topic, events.Event("state.changed.v1" if data else "state.erased.v1", key, data))


def send(db: Database, topics: dict[str, Topic]) -> None:
    sender = relay.Relay(db, topics)
    turn_until(sender, lambda: is_sent(db))
    sender.close()


def in_kafka(db: Database, topic: str) -> list[events.Event]:
    """All that was ever sent, in its order."""
    with since._client(db) as (client, found):
        for partition, _ in found([topic]):
            client.seek_to_beginning(partition)
        return [event for some in since._to_the_end(client) for event in some]


def test_what_is_restored_equals_what_was_lost(
    mongo: Mongo, db: Database, topic: str, kafka: str, tmp_path: Path
) -> None:
    topics, folder = {topic: Topic(partitions=3)}, told(tmp_path)
    for n in range(10):
        say(db, topic, f"case{n % 2}", n)
    send(db, topics)
    taken = backup.take(db, folder, quiet)
    copier = changes.Copier(db, taken)
    for n in range(10, 20):
        say(db, topic, f"case{n % 3}", n)
    send(db, topics)
    wait_until(lambda: copier.step() == 0 and copier.until > clock.now() - timedelta(seconds=5), 60)
    copier.close()
    expected = content(db, *OWN)
    with empty_database(mongo, db, kafka) as lost:
        done = backup.restore(lost, taken, needed(topics), None, quiet)
        assert content(lost, *OWN) == expected
        assert (done.since.events, inbox.gone(lost)) == (0, [])
        assert set(lost.outbox.index_information()) == set(db.outbox.index_information())


def test_what_was_announced_since_is_in_the_archive_again_is_told_and_its_numbers_are_not_given_twice(
    mongo: Mongo, db: Database, topic: str, kafka: str, tmp_path: Path
) -> None:
    topics = {topic: Topic(partitions=3)}
    say(db, topic, "old", 1)
    send(db, topics)
    say(db, topic, "old", 2)  # waits while the snapshot is taken, and is sent after it
    taken = backup.take(db, told(tmp_path), quiet)
    say(db, topic, "old", 3)
    say(db, topic, "new", 1)
    say(db, topic, "new", 2)
    send(db, topics)
    stranger = relay.new_producer(db)
    stranger.send(topic, key=b"new", value=b"no event").get(60)
    relay.close_producer(stranger)
    archive = {row["_id"]: (row["key"], row["sequence"], row["value"]) for row in db.outbox.find()}
    with empty_database(mongo, db, kafka) as lost:
        backup.restore(lost, taken, needed(topics), None, quiet)
        assert {row["_id"]: (row["key"], row["sequence"], row["value"]) for row in lost.outbox.find()} == archive
        told_of = {(row["where"], row["why"]): (row["first"], row["last"]) for row in inbox.gone(lost)}
        assert told_of == {("old", "restored"): (3, 3), ("new", "restored"): (1, 2)}
        assert [say(lost, topic, case, 9).sequence for case in ("old", "new", "newest")] == [4, 3, 1]
        send(lost, topics)
        given = {(one.key, one.sequence, one.id) for one in in_kafka(lost, topic)}
        assert len({(key, number) for key, number, _ in given}) == len(given) == 8


def test_what_a_compacted_topic_says_last_is_taken_over_and_what_came_after_counts_on(
    mongo: Mongo, db: Database, topic: str, kafka: str, tmp_path: Path
) -> None:
    topics = {topic: Topic(partitions=3, compacted=True)}
    say_state(db, topic, "a", {"n": 1})
    say_state(db, topic, "b", {"n": 1})
    send(db, topics)
    db.kept.insert_one({"_id": 1})
    taken = backup.take(db, told(tmp_path), quiet)
    say_state(db, topic, "a", {"n": 2})
    say_state(db, topic, "a", {"n": 3})
    say_state(db, topic, "b", None)
    say_state(db, topic, "c", {"n": 1})
    send(db, topics)
    taken_over = []
    with empty_database(mongo, db, kafka) as lost:
        bring_back = needed(topics, bring_back=lambda _, event: taken_over.append((event.key, event.data)))
        backup.restore(lost, taken, bring_back, None, quiet)
        assert sorted(taken_over, key=str) == [("a", {"n": 3}), ("b", None), ("c", {"n": 1})]
        assert inbox.gone(lost) == []
        numbers = {row["_id"].partition(":")[2]: row["last"] for row in lost.outbox_sequences.find()}
        assert numbers == {"a": 3, "b": 2, "c": 1}


def test_what_others_said_since_is_heard_again_and_has_its_effect_once(
    mongo: Mongo, db: Database, topic: str, heard: Heard, sender: relay.Relay, kafka: str, tmp_path: Path
) -> None:
    for n in range(5):
        say(db, topic, "case", n)
    turn_until(sender, lambda: is_sent(db))
    reader = consumer.Consumer(db, [topic], heard.reading())
    turn_until(reader, lambda: db.heard.count_documents({}) == 5)
    turn_until(reader, lambda: sum(row["position"] for row in db.consumer_positions.find()) == 5)
    taken = backup.take(db, told(tmp_path), quiet)
    for n in range(5, 9):
        say(db, topic, "case", n)
    turn_until(sender, lambda: is_sent(db))
    turn_until(reader, lambda: db.heard.count_documents({}) == 9)
    reader.drop()
    with empty_database(mongo, db, kafka) as lost:
        backup.restore(lost, taken, needed({}, (topic,)), None, quiet)
        assert heard.of(lost, "case") == list(range(5))
        again = consumer.Consumer(lost, [topic], heard.reading())
        turn_until(again, lambda: lost.heard.count_documents({}) == 9)
        again.drop()
        assert heard.of(lost, "case") == list(range(9))


def test_until_a_time_means_what_was_committed_by_then(mongo: Mongo, db: Database, kafka: str, tmp_path: Path) -> None:
    db.kept.insert_one({"_id": 0})
    taken = backup.take(db, told(tmp_path), quiet)
    copier = changes.Copier(db, taken)
    db.kept.insert_one({"_id": 1})
    between = clock.now() + timedelta(seconds=1)
    wait_until(lambda: clock.now() > between + timedelta(seconds=2), 10)
    db.kept.insert_one({"_id": 2})
    copied = 0
    while copied < 2:
        copied += copier.step()
    copier.close()
    with empty_database(mongo, db, kafka) as lost:
        done = backup.restore(lost, taken, needed({}), between, quiet)
        assert ([row["_id"] for row in lost.kept.find()], done.until) == ([0, 1], between)
    with empty_database(mongo, db, kafka) as lost, pytest.raises(backup.Refused, match="--until"):
        backup.restore(lost, taken, needed({}), clock.now() - timedelta(days=1), quiet)


def test_a_database_in_which_something_is_refused_and_stays_as_it_was(db: Database, tmp_path: Path) -> None:
    db.kept.insert_one({"_id": 0})
    taken = backup.take(db, told(tmp_path), quiet)
    before = content(db)
    with pytest.raises(backup.Refused, match=f"{db.name} is not empty: there is something in kept"):
        backup.restore(db, taken, needed({}), None, quiet)
    assert content(db) == before


def test_a_damaged_backup_is_refused_before_anything_is_written(
    mongo: Mongo, db: Database, kafka: str, tmp_path: Path
) -> None:
    db.kept.insert_one({"_id": 0})
    taken = backup.take(db, told(tmp_path), quiet)
    path = taken.files()[0].path
    path.write_bytes(path.read_bytes()[:-1])
    with empty_database(mongo, db, kafka) as lost:
        with pytest.raises(backup.Broken, match=path.name):
            backup.restore(lost, taken, needed({}), None, quiet)
        assert lost.list_collection_names() == []


def test_a_restore_that_did_not_come_to_its_end_is_begun_anew_by_the_next(
    mongo: Mongo, db: Database, topic: str, kafka: str, tmp_path: Path
) -> None:
    topics = {topic: Topic(partitions=3)}
    db.kept.insert_one({"_id": 0})
    send(db, topics)
    taken = backup.take(db, told(tmp_path), quiet)
    say(db, topic, "case", 1)
    send(db, topics)

    def dies(_: Database) -> None:
        raise MemoryError

    with empty_database(mongo, db, kafka) as lost:
        whole = needed(topics)
        with pytest.raises(MemoryError):
            backup.restore(lost, taken, backup.Service(topics, (), whole.prepare, whole.bring_back, dies), None, quiet)
        backup.restore(lost, taken, whole, None, quiet)
        assert [row["_id"] for row in lost.kept.find()] == [0]
        assert [(row["where"], row["first"]) for row in inbox.gone(lost)] == [("case", 1)]
        with pytest.raises(backup.Refused):
            backup.restore(lost, taken, whole, None, quiet)
