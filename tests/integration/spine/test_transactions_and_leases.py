"""Transactions join, leases fence."""

import threading
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.monitoring import CommandListener

from shared import events, leases, mongo, outbox
from tests.integration.spine.conftest import say


@mongo.transactional
def write(db: Database, collection: str, document: dict, then: Exception | None = None) -> None:
    db[collection].insert_one(document)
    if then:
        raise then


@mongo.transactional
def write_two(db: Database) -> None:
    write(db, "things", {"_id": 1})
    write(db, "things", {"_id": 1})


def test_an_action_that_raises_leaves_nothing_behind(db: Database) -> None:
    with pytest.raises(KeyError):
        write(db, "things", {"_id": 1}, KeyError())
    assert db.things.count_documents({}) == 0


def test_an_action_inside_another_shares_its_fate(db: Database) -> None:
    with pytest.raises(DuplicateKeyError):
        write_two(db)
    assert db.things.count_documents({}) == 0


def test_nothing_is_announced_outside_a_transaction(db: Database) -> None:
    with pytest.raises(RuntimeError):
        outbox.add(db, "t", events.Event("thing.done.v1", "case", {}))


def test_a_case_counts_without_a_gap_also_when_actions_fail(db: Database) -> None:
    @mongo.transactional
    def fail(db: Database) -> None:
        say(db, "t", "case", 0)
        raise KeyError

    assert say(db, "t", "case", 1).sequence == 1
    with pytest.raises(KeyError):
        fail(db)
    assert say(db, "t", "case", 2).sequence == 2


def test_of_many_that_race_for_a_lease_one_gets_it(db: Database) -> None:
    won: list[str] = []

    def race(token: str) -> None:
        if leases.acquire(db, "work", token, 30):
            won.append(token)

    threads = [threading.Thread(target=race, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_an_expired_lease_goes_to_the_next_and_the_first_is_fenced_off(db: Database) -> None:
    @mongo.transactional
    def guarded(db: Database, token: str) -> None:
        leases.check(db, "work", token)
        db.things.insert_one({"by": token})

    assert leases.acquire(db, "work", "first", -1)
    assert leases.acquire(db, "work", "second", 30)
    with pytest.raises(leases.Lost):
        guarded(db, "first")
    guarded(db, "second")
    assert [row["by"] for row in db.things.find()] == ["second"]


def test_a_released_lease_is_free_at_once(db: Database) -> None:
    leases.acquire(db, "work", "first", 60)
    leases.release(db, "work", "first")
    assert leases.acquire(db, "work", "second", 60)


class Began(CommandListener):
    """From which moment on each transaction reads; None: from whichever the server has at hand."""

    def __init__(self) -> None:
        self.after: list[Any] = []

    def started(self, event: Any) -> None:
        if event.command.get("startTransaction"):
            self.after.append(event.command["readConcern"].get("afterClusterTime"))

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def test_in_order_a_transaction_reads_from_no_moment_before_what_was_written_ahead_of_it(db: Database) -> None:
    began = Began()
    with MongoClient(mongo.settings(db).mongo_uri, event_listeners=[began]) as client:
        mine = mongo.ServiceDatabase(client, db.name, mongo.settings(db))
        write(mine, "things", {"_id": "alone"})
        with mongo.in_order(mine) as session:
            mine.things.insert_one({"_id": "claimed"})
            written = session.operation_time
            write(mine, "things", {"_id": "after it"})
    assert began.after == [None, written]
