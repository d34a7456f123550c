"""A process whose clock is off says so and does nothing that is due."""

from datetime import timedelta

import pytest
from pymongo.database import Database

from shared import clock, due, leases


@pytest.fixture
def clock_ahead(monkeypatch: pytest.MonkeyPatch):
    right = clock.now

    def put(ahead: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: right() + ahead)

    return put


@pytest.mark.parametrize("ahead", [timedelta(seconds=8), timedelta(seconds=-8), timedelta(hours=1)])
def test_a_clock_that_is_over_5_s_off_does_no_due_work_and_says_so(db: Database, clock_ahead, ahead: timedelta) -> None:
    due.add(db, "mail", "email", {})
    clock_ahead(ahead)
    runner = due.Runner(db, {"mail": lambda db, work: None})
    with pytest.raises(leases.ClockOff, match=r"s from the database's"):
        runner.turn()
    runner.close()
    assert db.due.count_documents({"state": "waiting"}) == 1


def test_a_clock_that_is_a_little_off_works(db: Database, clock_ahead) -> None:
    due.add(db, "mail", "email", {})
    clock_ahead(timedelta(seconds=2))
    runner = due.Runner(db, {"mail": lambda db, work: None})
    assert runner.turn()
    runner.close()


def test_a_clock_that_jumps_is_noticed_at_once_and_one_set_right_works_again_at_once(db: Database, clock_ahead) -> None:
    runner = due.Runner(db, {"reminder": lambda db, work: None})
    runner.turn()
    due.add(db, "reminder", "email", {}, due_at=clock.now() + timedelta(minutes=30))
    clock_ahead(timedelta(hours=1))
    with pytest.raises(leases.ClockOff):
        runner.turn()
    clock_ahead(timedelta(0))
    assert not runner.turn()
    runner.close()
    assert db.due.count_documents({"state": "waiting"}) == 1
