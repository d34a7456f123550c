"""Booking's commands around backups, as an operator runs them; a process that dies at the worst moment."""

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo.database import Database

import shared.mongo
from deploy.local import parts
from services.booking import actions, events, model, people
from shared import backup, outbox, sealed
from shared.events import Event
from tests import builders
from tests.conftest import Mongo
from tests.integration.booking.conftest import add_slot
from tests.integration.booking.slots import book
from tests.integration.spine.backups import content


@pytest.fixture
def told(tmp_path: Path, mongo: Mongo, db: Database, kafka: str) -> dict[str, str]:
    def key() -> str:
        return f"k1:{base64.b64encode(os.urandom(32)).decode()}"

    return {
        **parts.environment(),
        "BOOKING_MONGO_URI": mongo.uri(db.name),
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "BOOKING_SECRET_KEY": "s" * 40,
        "BOOKING_SEAL_KEYS": key(),
        "PEOPLE_KEYS": key(),
        "ACCESS_KEY": "a" * 40,
        "BOOKING_PUBLIC_URL": "http://127.0.0.1",
        "BOOKING_WORKER_PORT": "0",
        "BOOKING_FINGERPRINT_KEY": "f" * 40,
        "BACKUP_FOLDER": str(tmp_path / "backups"),
        "BACKUP_KEYS": key(),
    }


def run(told: dict[str, str], *words: str, launched: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", *launched, "services.booking.commands", *words]
    return subprocess.run(line, env=told, cwd=parts.ROOT, capture_output=True, text=True)


@pytest.fixture
def elsewhere(mongo: Mongo) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    yield mongo.uri(name)
    mongo.drop(name)


def test_an_operator_backs_up_lists_and_restores(
    db: Database, office: model.Office, told: dict[str, str], elsewhere: str
) -> None:
    book(db, add_slot(db))
    done = run(told, "backup")
    assert done.returncode == 0, done.stderr
    listed = run(told, "backups")
    assert "whole, from" in listed.stdout
    assert listed.returncode == 0
    refused = run(told, "restore")
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr
    assert "appointments" in refused.stderr
    restored = run(told | {"BOOKING_MONGO_URI": elsewhere}, "restore")
    assert restored.returncode == 0, restored.stderr
    found = shared.mongo.open(builders.some_booking_settings(elsewhere))
    with found.client:
        but = ("audit", "relay", "due")
        assert content(found, *but) == content(db, *but)
        assert set(found.appointments.index_information()) == set(db.appointments.index_information())


def test_a_process_that_dies_between_writing_and_renaming_leaves_no_backup_that_anybody_takes_for_one(
    db: Database, office: model.Office, told: dict[str, str], tmp_path: Path
) -> None:
    deadly = ("--flag", str(tmp_path / "flag"), "before", "shared.backup.files.put_in_place", "--")
    died = run(told, "backup", launched=("tests.faults.launcher", *deadly))
    assert died.returncode == -9
    assert [path.suffix for path in (tmp_path / "backups").iterdir()] == [".partial"]
    assert run(told, "backups").returncode == 1
    assert run(told, "backup").returncode == 0
    (only,) = (tmp_path / "backups").iterdir()
    keys = sealed.Keys.parse(told["BACKUP_KEYS"])
    assert backup.check(backup.Backup.at(only, keys)).documents > 0


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"BACKUP_KEYS": f"k1:{base64.b64encode(bytes(32)).decode()}"}, "BACKUP_KEYS"),
        ({"BACKUP_FOLDER": "/nowhere/to/be/found"}, "BACKUP_FOLDER"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    db: Database, office: model.Office, told: dict[str, str], wrong: dict[str, str], named: str
) -> None:
    assert run(told, "backup").returncode == 0
    refused = run(told | wrong, "restore")
    assert refused.returncode == 1
    assert named in refused.stderr
    assert "Traceback" not in refused.stderr


def changed(db: Database, person_id: str, phone: str) -> Event:
    """As it stands in the topic, said by a booking whose database is lost."""
    known = people.get(db, person_id) or {}
    return events.person_changed(shared.mongo.settings(db).people_keys, person_id, known | {"phone": phone})


def test_a_person_who_was_changed_since_is_as_the_topic_says(db: Database, office: model.Office) -> None:
    person_id = book(db, add_slot(db)).person_id
    actions.bring_back(db, changed(db, person_id, "+50255550123"))
    assert (people.get(db, person_id) or {})["phone"] == "+50255550123"


def test_a_person_who_came_since_is_known_though_nothing_else_of_them_is(db: Database, office: model.Office) -> None:
    known = changed(db, book(db, add_slot(db)).person_id, "+50255550123")
    db.people.delete_many({})
    actions.bring_back(db, known)
    assert (people.get(db, known.key) or {})["phone"] == "+50255550123"


def test_a_person_who_was_erased_since_is_erased_again_with_all_that_is_to_come(
    db: Database, office: model.Office
) -> None:
    booked = book(db, add_slot(db))
    actions.bring_back(db, events.person_erased(booked.person_id))
    assert people.get(db, booked.person_id) is None
    assert db.appointments.find_one({"reference": booked.reference})["status"] == model.CANCELLED
    said = [row["type"] for row in db.outbox.find({"topic": "people", "key": booked.person_id})]
    assert said == ["person.erased.v1"]
    actions.bring_back(db, events.person_erased(booked.person_id))
    actions.bring_back(db, events.person_erased("somebody never known"))
    assert db.outbox.count_documents({"topic": "people"}) == 1


def test_a_contact_that_was_to_be_verified_since_is_forgotten_by_all(db: Database, office: model.Office) -> None:
    given = Event("contact.given.v1", "provisional", {"person_id": "provisional", "sealed": {}})
    actions.bring_back(db, given)
    (row,) = db.outbox.find(outbox.WAITING | {"topic": "people"})
    assert (row["type"], row["key"]) == ("person.erased.v1", "provisional")
