"""Servers that are killed, or come back with nothing, under a relay and readers: nothing lost, nothing twice."""

import secrets
from collections.abc import Iterator

import pytest
from pymongo.database import Database

from shared import mongo as databases
from shared import outbox, worker
from tests.conftest import Mongo
from tests.containers.loops import RECOVERY, at_work, reading, relaying, say_some, wait_for_all
from tests.containers.servers import Kafka, ReplicaSet
from tests.integration.spine.conftest import Heard, some_settings
from tests.integration.spine.logs import log_of
from tests.wait import wait_until


@pytest.fixture
def other_db(mongo: Mongo, kafka: str) -> Iterator[Database]:
    """The database of a second service that reads."""
    name = f"test_{secrets.token_hex(6)}"
    found = databases.open(some_settings(f"svc{secrets.token_hex(4)}", mongo.uri(name), kafka))
    databases.create(found, worker.COLLECTIONS)
    yield found
    found.client.close()
    mongo.drop(name)


def test_a_broker_that_is_killed_and_comes_back_loses_nothing(
    broker: Kafka, db: Database, topic: str, heard: Heard
) -> None:
    with at_work(relaying(db, topic), reading(db, heard)):
        say_some(db, topic, range(60))
        wait_until(lambda: db.heard.count_documents({}) >= 10, RECOVERY, "the first are heard")
        broker.kill()
        say_some(db, topic, range(60, 120))
        broker.start_again()
        say_some(db, topic, range(120, 160))
        wait_for_all(db, heard, 160)
        wait_until(lambda: outbox.health(db)["waiting"] == 0, 30, "nothing waits")


def test_a_broker_that_dies_again_and_again_loses_nothing(
    broker: Kafka, db: Database, topic: str, heard: Heard
) -> None:
    with at_work(relaying(db, topic), reading(db, heard)):
        for life in range(3):
            say_some(db, topic, range(life * 40, life * 40 + 40))
            wait_until(lambda now=life: db.heard.count_documents({}) > now * 40, RECOVERY, "it is at work")
            broker.kill()
            broker.start_again()
        wait_for_all(db, heard, 120)


def test_a_broker_that_comes_back_with_an_empty_disk_is_filled_again(
    broker: Kafka, db: Database, other_db: Database, topic: str, heard: Heard
) -> None:
    readers = [db, other_db]
    with at_work(relaying(db, topic), *(reading(one, heard) for one in readers)):
        say_some(db, topic, range(60))
        for one in readers:
            wait_for_all(one, heard, 60)
        broker.kill()
        say_some(db, topic, range(60, 80))
        broker.replace()
        say_some(db, topic, range(80, 100))
        for one in readers:
            wait_for_all(one, heard, 100)
        wait_until(lambda: outbox.health(db)["waiting"] == 0, 30, "nothing waits")
    log = log_of(broker.address, topic)
    assert len(set(log)) == 100, "what was heard before the loss was announced again as well"
    for case in {case for case, _ in log}:
        first = list(dict.fromkeys(n for name, n in log if name == case))
        assert first == list(range(1, 26)), "in the order of its sequence"


def test_a_database_that_is_killed_while_events_are_handled_has_each_once(
    replica_set: ReplicaSet, db: Database, topic: str, heard: Heard
) -> None:
    say_some(db, topic, range(6000))
    with at_work(relaying(db, topic), reading(db, heard)):
        wait_until(lambda: db.heard.count_documents({}) >= 20, RECOVERY, "the first are heard", every=0.001)
        replica_set.kill()
        replica_set.start_again()
        before = db.heard.count_documents({})
        say_some(db, topic, range(6000, 6040))
        wait_for_all(db, heard, 6040)
    assert before < 6000, "it was killed too late to show anything"
