"""People moved to another time because their office takes theirs away."""

from datetime import date, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, model, renewal, store, timers, upkeep
from services.booking.actions import moving
from shared import clock, due
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.calendars import bring, slots_on
from tests.integration.booking.cancelling import approved, work
from tests.integration.booking.conftest import a_key, add_slot, announced, states
from tests.integration.booking.slots import book


def now(db: Database, one: model.Appointment) -> tuple[str, str]:
    found = store.appointment(db, one.reference)
    return found.status, found.slot_id


def how(db: Database, one: model.MassCancellation) -> model.MassCancellation:
    return store.mass_cancellations.get(db, "guatemala", one.id)


def test_who_finds_another_time_is_moved_and_told_that_and_the_rest_is_cancelled(
    db: Database, office: model.Office
) -> None:
    mine = [book(db, add_slot(db, hours=2 + number)) for number in range(3)]
    later = add_slot(db, capacity=2, hours=72)
    one = approved(db, rebook=True)
    work(db)
    assert [now(db, each)[0] for each in mine] == ["booked", "booked", "cancelled"]
    assert {now(db, each)[1] for each in mine[:2]} == {later}
    assert states(db, later) == ["taken", "taken"]
    assert len(announced(db, "appointment.rescheduled.v1")) == 2
    assert len(announced(db, "appointment.cancelled.v1")) == 1
    ended = how(db, one)
    assert (ended.state, ended.total, ended.done, ended.moved, ended.left) == ("finished", 3, 1, 2, 0)


def test_nobody_is_expected_within_a_day(db: Database, office: model.Office) -> None:
    mine = book(db, add_slot(db, hours=2))
    soon = add_slot(db, hours=20)
    approved(db, days=0.5, rebook=True)
    work(db)
    assert now(db, mine)[0] == "cancelled"
    assert states(db, soon) == ["free"] * 3


def test_where_no_other_time_is_offered_nobody_is_moved(db: Database, office: model.Office) -> None:
    mine = book(db, add_slot(db, hours=2))
    add_slot(db, hours=72)
    approved(db)
    work(db)
    assert now(db, mine)[0] == "cancelled"


def test_whoever_needs_preparation_comes_before_others_of_the_same_days(db: Database, office: model.Office) -> None:
    plain = book(db, add_slot(db, hours=80))
    request = builders.a_booking_request(slot_id=add_slot(db, hours=90), needs=("wheelchair",))
    needy, _ = actions.book(db, request, a_key())
    one = add_slot(db, capacity=1, hours=120)
    found = moving.move(db, [store.appointment(db, each.reference) for each in (plain, needy)])
    assert found[0] == needy.reference
    assert now(db, needy)[1] == one


def test_a_death_before_any_step_moves_and_tells_nobody_twice_and_leaves_nobody_out(
    db: Database, office: model.Office
) -> None:
    mine = [book(db, add_slot(db, hours=2 + number)) for number in range(2)]
    later = add_slot(db, capacity=2, hours=72)
    approved(db, rebook=True)
    number = 1
    while any(now(db, each)[1] != later for each in mine):
        between.die(db, lambda db: moving.move(db, [store.appointment(db, each.reference) for each in mine]), number)
        db.places.update_many({"state": "held"}, {"$set": {"expires_at": clock.now() - timedelta(seconds=1)}})
        number += 1
        assert number < 200
    work(db)
    assert [now(db, each) for each in mine] == [("booked", later)] * 2
    told = [row["key"] for row in announced(db, "appointment.rescheduled.v1")]
    assert sorted(told) == sorted({each.case_id for each in mine})
    assert announced(db, "appointment.cancelled.v1") == []


def test_somebody_who_is_faster_has_the_place_and_who_was_to_be_moved_is_cancelled(
    db: Database, office: model.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, later = book(db, add_slot(db, hours=2)), add_slot(db, capacity=1, hours=72)
    free = moving._free

    def taken_meanwhile(db: Database, *given: Any) -> list[model.Slot]:
        found = free(db, *given)
        if states(db, later) == ["free"]:
            book(db, later)
        return found

    monkeypatch.setattr(moving, "_free", taken_meanwhile)
    approved(db, rebook=True)
    work(db)
    assert now(db, mine)[0] == "cancelled"
    assert states(db, later) == ["taken"]


def concerned(db: Database) -> int:
    """Moves whom the calendar concerns, as falls due ten minutes after it was changed."""
    db.due.update_many({"kind": upkeep.MOVE}, {"$set": {"due_at": clock.now()}})
    found = 0
    while work := due.claim(db, upkeep.LANE, [upkeep.MOVE]):
        due.run(db, work, timers.TIMERS[work.kind])
        found += 1
    return found


def test_whom_a_changed_calendar_concerns_is_moved_ten_minutes_later(db: Database, today: date) -> None:
    day = today + timedelta(days=2)
    bring(db)
    mine = book(db, slots_on(db, day)[0])
    bring(db, closed=[day])
    assert renewal.concerned(db) == [mine.reference]
    assert now(db, mine)[0] == "booked"
    assert concerned(db) == 1
    moved = store.appointment(db, mine.reference)
    assert moved.starts_at > mine.starts_at
    assert moved.slot_id in slots_on(db, day + timedelta(days=1))
    assert renewal.concerned(db) == []


def test_a_calendar_that_is_put_right_in_time_moves_nobody(db: Database, today: date) -> None:
    day = today + timedelta(days=2)
    bring(db)
    mine = book(db, slots_on(db, day)[0])
    bring(db, closed=[day])
    bring(db)
    assert concerned(db) == 1
    assert now(db, mine) == ("booked", mine.slot_id)
