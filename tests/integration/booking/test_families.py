"""Parties on a pathway that gives one place per person: all of them at one time, or none."""

import pytest
from pymongo.database import Database

from services.booking import actions, capacity, model, places, refusals, renewal, store, upkeep
from tests import builders
from tests.integration.booking.conftest import a_key, add_slot, announced, race, rule, run_out, states
from tests.integration.booking.slots import book, change, is_whole, of


@pytest.fixture(autouse=True)
def per_person(db: Database, office: model.Office) -> None:
    rule(db, place_per="person")


def test_a_family_has_places_side_by_side_and_gives_them_all_back(db: Database) -> None:
    slot = add_slot(db, capacity=5)
    alone, family = book(db, slot), book(db, slot, companions=2)
    assert alone.place_ids == (f"{slot}.001",)
    assert family.place_ids == tuple(f"{slot}.00{number}" for number in (2, 3, 4))
    assert (of(db, slot), is_whole(db, slot)) == ((5, 0, 1), True)
    assert store.appointment(db, family.reference) == family
    actions.cancel(db, family.reference, "person")
    assert (states(db, slot), of(db, slot)) == (["free"] * 4 + ["taken"], (5, 0, 4))


def test_without_enough_places_a_family_gets_none(db: Database) -> None:
    slot = add_slot(db, capacity=3)
    book(db, slot)
    with pytest.raises(refusals.SlotTaken):
        book(db, slot, companions=2)
    assert states(db, slot) == ["free", "free", "taken"]
    assert book(db, slot, companions=1)
    assert upkeep.count_places(db) == 0


def test_of_families_who_want_the_same_places_as_many_get_them_as_there_are(db: Database) -> None:
    for number in range(3):
        slot = add_slot(db, capacity=10, hours=2 + number)
        found = race(8, lambda who, slot=slot: book(db, slot, companions=who % 3).reference)
        booked = [one for one in found if isinstance(one, str)]
        assert set(found) - set(booked) <= {refusals.SlotTaken}
        assert is_whole(db, slot)
        assert set(states(db, slot)) <= {"free", "taken"}
        taken = sum(store.appointment(db, one).party_size for one in booked)
        assert states(db, slot).count("taken") == taken
        smallest = min((who % 3 + 1 for who, one in enumerate(found) if not isinstance(one, str)), default=99)
        assert 10 - taken < smallest, "nobody was refused who had room"
        assert upkeep.count_places(db) == 0


def test_one_familys_request_from_eight_threads_books_once(db: Database) -> None:
    slot, key = add_slot(db, capacity=9), a_key()
    others = (model.Companion("Luis", builders.a_person().birth_date),) * 2
    request = builders.a_booking_request(slot_id=slot, companions=others)
    found = race(8, lambda _: actions.book(db, request, key))
    assert len({one.reference for one, _ in found}) == 1
    assert [replayed for _, replayed in found].count(False) == 1
    assert states(db, slot) == ["free"] * 6 + ["taken"] * 3
    assert len(announced(db, "appointment.booked.v1")) == 1


def test_a_familys_claim_that_a_crash_left_is_found_again_or_runs_out(db: Database) -> None:
    slot, key = add_slot(db, capacity=3), a_key()
    claimed = places.claim_party(db, slot, key.scope, 2)
    assert places.claim_party(db, slot, key.scope, 2) == claimed
    with pytest.raises(refusals.SlotTaken):
        book(db, slot, companions=1)
    run_out(db, *claimed)
    assert book(db, slot, companions=2).place_ids == (*claimed, f"{slot}.003")


def test_a_family_changes_its_time_whole_or_not_at_all(db: Database) -> None:
    first, second, third = (add_slot(db, capacity=3, hours=hours) for hours in (2, 3, 4))
    family, _ = book(db, first, companions=2), book(db, second)
    with pytest.raises(refusals.SlotTaken):
        change(db, family, second)
    assert (states(db, first), states(db, second)) == (["taken"] * 3, ["free", "free", "taken"])
    moved = change(db, family, third)
    assert moved.place_ids == tuple(f"{third}.00{number}" for number in (1, 2, 3))
    assert (states(db, first), states(db, third)) == (["free"] * 3, ["taken"] * 3)
    assert upkeep.count_places(db) == 0


def test_who_is_to_be_moved_is_told_by_places_not_by_parties(db: Database) -> None:
    slot = add_slot(db, capacity=5)
    first, family = book(db, slot, companions=1), book(db, slot, companions=2)
    capacity.change(db, slot, 4)
    assert renewal.concerned(db) == [family.reference]
    capacity.change(db, slot, 1)
    assert renewal.concerned(db) == [family.reference, first.reference]
    for one in (family, first):
        actions.cancel(db, one.reference, "office")
    assert (states(db, slot), of(db, slot)) == (["free"], (1, 0, 1))


def test_an_appointment_that_an_earlier_release_wrote_is_read_changed_and_given_back(db: Database) -> None:
    slot, other = add_slot(db, capacity=2), add_slot(db, capacity=2, hours=3)
    old, later = book(db, slot), book(db, slot)
    db.appointments.update_many({}, {"$unset": {"place_ids": "", "changes": ""}})
    assert store.appointment(db, old.reference).place_ids == old.place_ids
    actions.cancel(db, old.reference, "person")
    assert change(db, later, other).place_ids == (f"{other}.001",)
    assert db.appointments.find_one({"reference": later.reference})["place_id"] == f"{other}.001"
    assert states(db, slot) == ["free", "free"]
