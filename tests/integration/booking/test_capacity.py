"""Places added to a slot, taken away from it and withdrawn, while people book them."""

from pymongo.database import Database

from services.booking import actions, capacity, model, places, refusals, renewal, store, upkeep
from tests.integration.booking.conftest import add_slot, race, run_out, states
from tests.integration.booking.slots import book, is_whole, of


def test_more_places_are_there_at_once(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=1)
    book(db, slot)
    capacity.change(db, slot, 3)
    assert (of(db, slot), states(db, slot)) == ((3, 0, 2), ["free", "free", "taken"])
    assert {book(db, slot).place_id for _ in range(2)} == {f"{slot}.002", f"{slot}.003"}


def test_of_fewer_places_free_ones_go_first(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=4)
    mine = book(db, slot)
    capacity.change(db, slot, 1)
    assert (of(db, slot), states(db, slot)) == ((1, 0, 0), ["taken"])
    assert renewal.concerned(db) == []
    actions.cancel(db, mine.reference, "person")
    assert (of(db, slot), states(db, slot)) == ((1, 0, 1), ["free"])


def test_nobody_loses_a_place_by_fewer_and_who_booked_last_is_named_first(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=4)
    first, second, third = (book(db, slot) for _ in range(3))
    capacity.change(db, slot, 1)
    assert (of(db, slot), states(db, slot)) == ((1, 2, 0), ["taken"] * 3)
    assert renewal.concerned(db) == renewal.concerned(db, "guatemala") == [third.reference, second.reference]
    assert renewal.concerned(db, "izabal") == []
    assert store.slot(db, slot).over_by == 2
    actions.cancel(db, first.reference, "person")
    assert (of(db, slot), states(db, slot)) == ((1, 1, 0), ["taken"] * 2)
    assert renewal.concerned(db) == [third.reference]
    actions.cancel(db, third.reference, "office")
    assert (of(db, slot), renewal.concerned(db)) == ((1, 0, 0), [])
    actions.cancel(db, second.reference, "person")
    assert (of(db, slot), states(db, slot)) == ((1, 0, 1), ["free"])
    assert is_whole(db, slot)


def test_a_withdrawn_slot_without_bookings_is_gone(db: Database, office: model.Office) -> None:
    slot = add_slot(db)
    capacity.change(db, slot, 0)
    assert (db.slots.find_one({"_id": slot}), states(db, slot)) == (None, [])
    assert race(1, lambda _: book(db, slot)) == [refusals.SlotGone]


def test_who_still_knows_a_withdrawn_slot_finds_no_place(db: Database, office: model.Office) -> None:
    slot = add_slot(db)
    book(db, slot)  # this process keeps what it knows of the slot for a while
    capacity.change(db, slot, 0)
    assert race(1, lambda _: book(db, slot)) == [refusals.SlotTaken]


def test_a_withdrawn_slot_is_kept_for_who_has_it_and_goes_with_the_last(db: Database, office: model.Office) -> None:
    slot = add_slot(db)
    mine, other = book(db, slot), book(db, slot)
    capacity.change(db, slot, 0)
    assert (of(db, slot), states(db, slot)) == ((0, 2, 0), ["taken"] * 2)
    assert renewal.concerned(db) == [other.reference, mine.reference]
    for one in (mine, other):
        assert is_whole(db, slot)
        actions.cancel(db, one.reference, "office")
    assert (db.slots.find_one({"_id": slot}), states(db, slot)) == (None, [])


def test_what_was_too_many_may_be_enough_again(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=3)
    mine = [book(db, slot) for _ in range(2)]
    capacity.change(db, slot, 0)
    capacity.change(db, slot, 1)
    assert (of(db, slot), renewal.concerned(db)) == ((1, 1, 0), [mine[1].reference])
    capacity.change(db, slot, 3)
    assert (of(db, slot), renewal.concerned(db)) == ((3, 0, 1), [])
    actions.cancel(db, mine[0].reference, "person")
    assert states(db, slot) == ["free", "free", "taken"]
    assert is_whole(db, slot)


def test_who_is_just_booking_keeps_the_place(db: Database, office: model.Office) -> None:
    slot = add_slot(db)
    place = places.claim(db, slot, "somebody at work")
    capacity.change(db, slot, 0)
    assert states(db, slot) == ["held"]
    places.confirm(db, (place, "somebody at work", "appointment"))
    assert states(db, slot) == ["taken"]


def test_a_place_too_many_that_is_given_back_is_gone(db: Database, office: model.Office) -> None:
    slot = add_slot(db)
    place = places.claim(db, slot, "somebody at work")
    capacity.change(db, slot, 0)
    places.give_back(db, place, "somebody else")
    assert states(db, slot) == ["held"]
    places.give_back(db, place, "somebody at work")
    assert (db.slots.find_one({"_id": slot}), states(db, slot)) == (None, [])


def test_a_claim_on_a_place_too_many_that_ran_out_is_nobodys_to_claim(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=2)
    kept = book(db, slot)
    late = places.claim(db, slot, "somebody who died")
    capacity.change(db, slot, 1)
    run_out(db, late)
    assert race(1, lambda _: places.claim(db, slot, "a stranger")) == [refusals.SlotTaken]
    assert [type(one) for one in places.claim_all(db, [(slot, "a"), (slot, "b")])] == [refusals.SlotTaken] * 2
    assert upkeep.count_places(db) == 0
    assert (of(db, slot), states(db, slot)) == ((1, 0, 0), ["taken"])
    actions.cancel(db, kept.reference, "person")
    assert states(db, slot) == ["free"]
