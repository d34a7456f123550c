"""What can be had no more is told plainly: which events, from when to when, and until a person has noted it."""

import os
from datetime import timedelta

import pytest
from kafka import KafkaAdminClient, TopicPartition
from pymongo.database import Database

from shared import clock, consumer, figures, inbox, kafka_topics, outbox, relay
from shared.consumer import losses
from shared.events import Topic
from tests.integration.spine.conftest import Heard, made, say, turn_until

REAL_KAFKA = "TEST_KAFKA_BOOTSTRAP_SERVERS" in os.environ


def test_a_gap_that_is_passed_over_is_told_with_its_numbers_and_times(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    inbox.take(db, reading, [made(heard.topic, "case", n) for n in (1, 4)])
    assert figures.health(db)["gone"]["events_gone"] == 0
    inbox.pass_over_gaps(db, reading, patience=timedelta(0))
    (row,) = inbox.gone(db)
    assert (row["why"], row["topic"], row["where"]) == ("gap", heard.topic, "case")
    assert (row["first"], row["last"]) == (2, 3)
    assert row["since"] == db.inbox.find_one({"sequence": 1})["at"]
    assert row["until"] <= clock.now()
    assert figures.health(db)["gone"]["events_gone"] == 1


def test_what_a_person_has_noted_is_shown_no_more_and_expires(db: Database) -> None:
    inbox.tell(db, "gap", "t", "case", (2, 3), (None, None))
    inbox.tell(db, "gap", "t", "case", (2, 3), (None, None))
    (row,) = inbox.gone(db)
    assert inbox.note_gone(db, row["_id"])
    assert inbox.gone(db) == []
    assert inbox.gone_health(db) == {"events_gone": 0, "oldest_age_s": None}
    assert row["expires_at"] > clock.now() + timedelta(days=90)


def test_a_log_that_is_lost_while_we_were_away_for_longer_than_archives_reach_is_told(db: Database) -> None:
    left = clock.now() - timedelta(days=100)
    position = {"topic": "t", "partition": 3, "position": 7, "high_water": 7, "lag": 0}
    db.consumer_positions.insert_one({"_id": "t:3", "at": left} | position)
    losses.tell_of_archive(db, TopicPartition("t", 3))
    (row,) = inbox.gone(db)
    assert (row["why"], row["where"], row["since"]) == ("archive", "partition 3", left)
    assert abs(row["until"] - (clock.now() - timedelta(days=90))) < timedelta(minutes=1)


def test_a_log_that_is_lost_while_we_were_there_is_no_loss(db: Database) -> None:
    db.consumer_positions.insert_one({"_id": "t:3", "at": clock.now(), "position": 7, "high_water": 7})
    losses.tell_of_archive(db, TopicPartition("t", 3))
    assert inbox.gone(db) == []


@pytest.mark.skipif(not REAL_KAFKA, reason="the local broker deletes no records: this runs against Apache Kafka")
def test_records_that_kafka_deleted_before_they_were_read_are_told(db: Database, topic: str, heard: Heard) -> None:
    sender = relay.Relay(db, {topic: Topic(partitions=1)})
    reader = consumer.Consumer(db, [topic], heard.reading())

    def send(first: int, last: int) -> None:
        for n in range(first, last):
            say(db, topic, f"case{n}", n)
        turn_until(sender, lambda: outbox.health(db)["waiting"] == 0)

    def delete_up_to(offset: int) -> None:
        admin: KafkaAdminClient = kafka_topics.admin(db.settings)
        admin.delete_records({TopicPartition(topic, 0): offset})
        admin.close()

    send(0, 5)
    turn_until(reader, lambda: (db.consumer_positions.find_one({"position": 5}) or {}).get("lag") == 0)
    reader.drop()
    send(5, 20)
    delete_up_to(12)
    turn_until(reader, lambda: bool(inbox.gone(db)))
    turn_until(reader, lambda: db.heard.count_documents({}) == 5 + 8)
    (row,) = inbox.gone(db)
    assert (row["why"], row["where"], row["first"], row["last"]) == ("log", "partition 0", 5, 11)
    outbox.announce_again(db, row["since"])
    turn_until(sender, lambda: outbox.health(db)["waiting"] == 0)
    turn_until(reader, lambda: db.heard.count_documents({}) == 20)
    reader.drop()
    sender.close()


def test_announcing_again_says_from_when_on_the_archive_reaches(db: Database, topic: str) -> None:
    assert outbox.archive_from(db) is None
    sender = relay.Relay(db, {topic: Topic(partitions=1)})
    for n in range(3):
        say(db, topic, "case", n)
    turn_until(sender, lambda: outbox.health(db)["waiting"] == 0)
    sender.close()
    db.outbox.delete_one({"sequence": 1})  # as its time runs out
    assert outbox.archive_from(db) == db.outbox.find_one({"sequence": 2})["at"]
