"""Whose kept place the office takes away is told so once, in the transaction that puts them in line again."""

import itertools
import json
from typing import Any

from pymongo.database import Database

from services.booking import actions, capacity, model, store
from shared import clock
from tests.integration.booking import between
from tests.integration.booking.cancelling import approved, work
from tests.integration.booking.conftest import announced
from tests.integration.booking.first_in_line import a_minute, answer_late, booked_later, now
from tests.integration.booking.test_kept_taken_away import around, in_line, kept

WITHDRAWN = "appointment.offer_withdrawn.v1"


def told(db: Database, one: model.Appointment) -> list[dict[str, Any]]:
    return [json.loads(row["value"]) for row in announced(db, WITHDRAWN) if row["key"] == one.case_id]


def test_many_cancelled_there_tell_it_and_that_they_are_in_line_again(db: Database, office: model.Office) -> None:
    (mine,), slot = kept(db)
    starts_at = store.slot(db, slot).starts_at
    approved(db, **around(db, slot))
    work(db)
    (said,) = told(db, mine)
    until = now(db, mine).waits_until
    assert until is not None
    assert said["offered_starts_at"] == clock.rfc3339(starts_at)
    assert (said["status"], said["first_until"]) == ("cancelled", clock.rfc3339(until))
    assert said["starts_at"] == clock.rfc3339(mine.starts_at)


def test_fewer_places_tell_only_whose_place_goes(db: Database, office: model.Office) -> None:
    mine, slot = kept(db, 2)
    capacity.change(db, slot, 1)
    back = [one for one in mine if in_line(db, one)]
    assert len(back) == 1
    assert [len(told(db, one)) for one in mine] == [int(one in back) for one in mine]
    capacity.change(db, slot, 1)
    assert len(announced(db, WITHDRAWN)) == 1


def test_who_still_has_their_first_time_is_told_so(db: Database, office: model.Office) -> None:
    (mine,), slot = kept(db)
    db.appointments.update_one({"_id": mine.id}, {"$set": {"status": "booked"}})
    capacity.change(db, slot, 0)
    assert [one["status"] for one in told(db, mine)] == ["booked"]


def test_who_had_not_answered_in_time_is_in_no_line_and_is_told_nothing(db: Database, office: model.Office) -> None:
    (mine,), slot = kept(db)
    answer_late(db, mine)
    capacity.change(db, slot, 0)
    assert (now(db, mine).kept, in_line(db, mine), told(db, mine)) == (None, False, [])


def test_each_place_that_is_offered_and_taken_away_is_told_by_itself(db: Database, office: model.Office) -> None:
    (mine,), slot = kept(db)
    capacity.change(db, slot, 0)
    (other,) = booked_later(db, hours=150)
    actions.cancel(db, other.reference, "person")
    a_minute(db)
    capacity.change(db, other.slot_id, 0)
    kinds = [row["type"] for row in announced(db) if row["key"] == mine.case_id and "offer" in row["type"]]
    assert kinds == ["appointment.offered.v1", WITHDRAWN] * 2


def test_who_dies_while_taking_it_away_has_told_it_and_put_them_in_line_or_neither(
    db: Database, office: model.Office
) -> None:
    (mine,), slot = kept(db)
    for number in itertools.count(1):
        died = between.die(db, lambda own: capacity.change(own, slot, 0), number)
        assert len(told(db, mine)) == int(in_line(db, mine)), f"before the command number {number}"
        if not died:
            break
    assert (number > 5, len(told(db, mine))) == (True, 1)
