"""Code of a version begins when its own set-up has been done; older code that starts again finds its own."""

import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from pymongo import IndexModel
from pymongo.database import Database

from shared import commands, mongo, set_ups
from tests.integration.spine.conftest import some_settings

FIRST = {**commands.COLLECTIONS, "stays": [IndexModel("room", name="room")]}
SECOND = {**FIRST, "stays": [*FIRST["stays"], IndexModel([("guest", 1), ("room", 1)], name="guest")]}
Run = Callable[..., Result]


@pytest.fixture
def fresh(database_uri: str) -> Database:
    return mongo.open(some_settings("inn", database_uri, "127.0.0.1:1"))


@pytest.fixture
def run(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(wanted: set_ups.Wanted, command: str, patience: float = 60) -> Result:
        monkeypatch.setattr(commands, "PATIENCE_SECONDS", patience)
        service = commands.Service(
            "inn", lambda: mongo.settings(fresh), lambda db: mongo.create(db, dict(wanted)), {}, {}, collections=wanted
        )
        return CliRunner().invoke(commands.group(service, None), [command], obj=fresh)

    return call


def test_code_waits_for_its_own_set_up_and_goes_on_when_it_is_done(run: Run, fresh: Database) -> None:
    assert run(FIRST, "await-setup", patience=0).exit_code == 1
    meanwhile = threading.Timer(1, set_ups.note, [fresh, FIRST])
    meanwhile.start()
    assert run(FIRST, "await-setup").exit_code == 0
    meanwhile.join()


def test_a_set_up_of_an_older_version_is_not_enough(run: Run) -> None:
    run(FIRST, "setup")
    refused = run(SECOND, "await-setup", patience=0)
    assert refused.exit_code == 1
    assert "its `setup` has not run to its end" in refused.output


def test_older_code_that_starts_again_after_a_newer_set_up_does_not_wait(run: Run, fresh: Database) -> None:
    run(FIRST, "setup")
    run(SECOND, "setup")
    assert run(FIRST, "await-setup", patience=0).exit_code == 0
    assert run(SECOND, "await-setup", patience=0).exit_code == 0
    assert fresh.stays.index_information().keys() == {"_id_", "room", "guest"}


def test_a_set_up_may_run_again_and_beside_newer_indexes(run: Run, fresh: Database) -> None:
    for wanted in (FIRST, FIRST, SECOND, FIRST):
        assert run(wanted, "setup").exit_code == 0
    assert fresh.set_ups.count_documents({}) == 2
    assert "guest" in fresh.stays.index_information()


def test_a_set_up_that_did_not_come_to_its_end_is_not_taken_for_one(run: Run, fresh: Database) -> None:
    fresh.stays.insert_many([{"room": 1}, {"room": 1}])
    unique = {**FIRST, "stays": [IndexModel("room", name="one_each", unique=True)]}
    assert run(unique, "setup").exit_code == 1
    assert run(unique, "await-setup", patience=0).exit_code == 1


@pytest.mark.parametrize(
    "other",
    [
        IndexModel("room", name="room", unique=True),
        IndexModel([("room", -1)], name="room"),
        IndexModel("room", name="other"),
        IndexModel("room", name="room", partialFilterExpression={"room": {"$exists": True}}),
    ],
)
def test_what_is_wanted_differs_by_anything_that_an_index_says(fresh: Database, other: IndexModel) -> None:
    set_ups.note(fresh, FIRST)
    assert set_ups.is_done(fresh, FIRST)
    assert not set_ups.is_done(fresh, FIRST | {"stays": [other]})
