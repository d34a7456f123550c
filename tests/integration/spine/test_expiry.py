"""Each row is kept for as long as its setting says, from when it was settled; what is not settled never expires."""

from datetime import datetime, timedelta

import pytest
from pymongo.database import Database

from shared import audit, clock, due, inbox, mongo, outbox, relay, worker
from shared.events import Topic
from shared.retention import Retention
from tests.integration.spine.conftest import Heard, made, say, turn_until

KEPT = Retention(archive_days=20, inbox_days=30, kafka_days=10, due_days=3, audit_days=400)


@pytest.fixture
def told(db: Database) -> Database:
    object.__setattr__(mongo.settings(db), "retention", KEPT)
    mongo.create(db, audit.COLLECTIONS)
    return db


def days_left(row: dict) -> int:
    expires_at: datetime = row["expires_at"]
    return round((expires_at - clock.now()) / timedelta(days=1))


def test_an_event_is_archived_from_the_brokers_word_on_and_waits_for_it_for_ever(told: Database, topic: str) -> None:
    say(told, topic, "case", 1)
    assert "expires_at" not in told.outbox.find_one()
    sender = relay.Relay(told, {topic: Topic()})
    turn_until(sender, lambda: outbox.health(told)["waiting"] == 0)
    sender.close()
    assert days_left(told.outbox.find_one()) == KEPT.archive_days


def test_what_was_handled_or_discarded_is_remembered_longer_and_a_dead_letter_for_ever(
    told: Database, heard: Heard
) -> None:
    inbox.take(told, heard.reading(), [made(heard.topic, "a", 1)])
    bad = made(heard.topic, "b", 1)
    inbox.set_aside(told, bad, ValueError("no"), attempts=3)
    assert days_left(told.inbox.find_one({"state": "done"})) == KEPT.inbox_days
    assert "expires_at" not in told.inbox.find_one({"state": "dead_letter"})
    inbox.tell(told, "gap", "t", "case", (1, 1), (None, None))
    assert days_left(told.inbox_gone.find_one()) == KEPT.inbox_days


def test_due_work_is_kept_from_its_end_and_what_failed_for_ever(told: Database) -> None:
    due.add(told, "mail", "email", {}, id="done")
    due.run(told, due.claim(told, "email", ["mail"]), lambda db, work: None)
    due.add(told, "mail", "email", {}, id="failed")

    def never(db: Database, work: due.Work) -> None:
        raise due.GiveUp("no")

    due.run(told, due.claim(told, "email", ["mail"]), never)
    assert days_left(told.due.find_one({"_id": "done"})) == KEPT.due_days
    assert "expires_at" not in told.due.find_one({"_id": "failed"})


def test_the_audit_log_is_kept_for_years(told: Database) -> None:
    audit.record(told, None, "sign in", "x")
    assert days_left(told.audit.find_one()) == KEPT.audit_days


def test_the_database_itself_deletes_what_has_run_out(told: Database) -> None:
    names = {*worker.COLLECTIONS, *audit.COLLECTIONS}
    kept = {name for name in names if _deletes(told, name)}
    assert {"outbox", "inbox", "inbox_gone", "due", "audit"} <= kept


def _deletes(db: Database, name: str) -> bool:
    return any(one.get("expireAfterSeconds") == 0 for one in db[name].index_information().values())
