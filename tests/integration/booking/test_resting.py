"""Places given back, which rest before anybody can have them again."""

from datetime import timedelta

import pytest
from pymongo.database import Database

from services.booking import actions, capacity, model, places, refusals, upkeep
from shared import clock
from tests.integration.booking.conftest import add_slot, rule, run_out, states
from tests.integration.booking.slots import book, change, is_whole, of


@pytest.fixture
def resting(db: Database, office: model.Office) -> None:
    rule(db, rest_minutes_least=2, rest_minutes_most=30)


def test_a_place_given_back_is_nobodys_for_a_while_and_cannot_be_booked(db: Database, resting: None) -> None:
    slot = add_slot(db, capacity=1)
    for _ in range(3):
        before = clock.now()
        actions.cancel(db, book(db, slot).reference, "person")
        (place,) = db.places.find({"slot_id": slot})
        rest = place["expires_at"] - before
        assert timedelta(minutes=2) <= rest < timedelta(minutes=30, seconds=10)
        assert (place["state"], "holder" in place, of(db, slot)) == ("held", False, (1, 0, 0))
        with pytest.raises(refusals.SlotTaken):
            book(db, slot)
        run_out(db, place["_id"])
    assert book(db, slot).place_id == place["_id"]
    assert of(db, slot) == (1, 0, 0)


def test_whose_rest_is_over_is_free_and_counted_within_a_minute(db: Database, resting: None) -> None:
    slot = add_slot(db, capacity=3)
    first, second = (book(db, slot) for _ in range(2))
    for one in (first, second):
        actions.cancel(db, one.reference, "person")
    assert (states(db, slot), of(db, slot)) == (["free", "held", "held"], (3, 0, 1))
    assert upkeep.wake_places(db) == 0
    run_out(db, first.place_id)
    assert upkeep.wake_places(db) == 1
    assert (states(db, slot), of(db, slot)) == (["free", "free", "held"], (3, 0, 2))
    assert upkeep.count_places(db) == 0


def test_the_time_given_up_by_a_change_rests_too(db: Database, resting: None) -> None:
    first, second = add_slot(db, capacity=1), add_slot(db, capacity=1, hours=3)
    change(db, book(db, first), second)
    assert (states(db, first), of(db, first)) == (["held"], (1, 0, 0))
    with pytest.raises(refusals.SlotTaken):
        book(db, first)


def test_a_place_at_rest_is_nobodys_when_there_are_to_be_fewer(db: Database, resting: None) -> None:
    slot = add_slot(db, capacity=3)
    first, _ = book(db, slot), book(db, slot)
    actions.cancel(db, first.reference, "person")
    capacity.change(db, slot, 1)
    assert is_whole(db, slot)
    assert (states(db, slot), of(db, slot)) == (["taken"], (1, 0, 0))
    capacity.change(db, slot, 2)
    assert (states(db, slot), of(db, slot)) == (["free", "taken"], (2, 0, 1))


def test_one_of_too_many_is_gone_instead_of_resting(db: Database, resting: None) -> None:
    slot = add_slot(db, capacity=2)
    first, _ = book(db, slot), book(db, slot)
    capacity.change(db, slot, 1)
    actions.cancel(db, first.reference, "person")
    assert is_whole(db, slot)
    assert (states(db, slot), of(db, slot)) == (["taken"], (1, 0, 0))


def test_the_sweep_makes_good_what_a_crash_left_uncounted(db: Database, resting: None) -> None:
    slot = add_slot(db, capacity=2)
    one = book(db, slot)
    actions.cancel(db, one.reference, "person")
    run_out(db, one.place_id)
    db.places.update_one({"_id": one.place_id}, {"$set": {"state": places.FREE}, "$unset": {"aside": ""}})  # and died
    upkeep.count_places(db)
    assert of(db, slot) == (2, 0, 2)
