"""A slot's places changed at the very moment at which somebody books, cancels or changes them too."""

import dataclasses
import functools
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, capacity, model, places, refusals, renewal, store, upkeep
from shared import mongo
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.conftest import add_slot, race, slot_row, states
from tests.integration.booking.slots import book, is_whole, of

Happening = Callable[[Database, str, model.Appointment, str], Any]
MEANWHILE: dict[str, Happening] = {
    "somebody books": lambda db, slot, mine, held: race(1, lambda _: book(db, slot)),
    "somebody cancels": lambda db, slot, mine, held: actions.cancel(db, mine.reference, "person"),
    "a claim is given back": lambda db, slot, mine, held: places.give_back(db, held, "at work"),
    "a claim is confirmed": lambda db, slot, mine, held: taken(db, held),
    "there are to be more": lambda db, slot, mine, held: capacity.change(db, slot, 5),
    "it is withdrawn": lambda db, slot, mine, held: capacity.change(db, slot, 0),
}


@mongo.transactional
def taken(db: Database, held: str) -> None:
    """As a booking does it."""
    appointment = builders.an_appointment(slot_id=db.places.find_one({"_id": held})["slot_id"], place_ids=(held,))
    appointment = dataclasses.replace(appointment, id=held, reference=held, request={"scope": held, "body": ""})
    places.confirm(db, (held, "at work", held))
    store.add(db, dataclasses.replace(appointment, fingerprints=(held,)))


@pytest.mark.parametrize("wanted", [1, 6])
@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_whatever_happens_before_each_step_of_a_change_all_is_as_it_should_be(
    db: Database, office: model.Office, meanwhile: str, wanted: int
) -> None:
    for number in itertools.count(1):
        slot = add_slot(db, capacity=4, hours=2 + number)
        mine, held = book(db, slot), places.claim(db, slot, "at work")
        happen = functools.partial(MEANWHILE[meanwhile], db, slot, mine, held)
        changing = functools.partial(capacity.change, slot_id=slot, capacity=wanted)
        if not between.run(db, changing, number, happen):
            break
        assert is_whole(db, slot), f"before the command number {number}"
    assert number > 4


@pytest.mark.parametrize("meanwhile", ["another cancels", "there are enough again", "it is withdrawn"])
def test_whatever_happens_before_each_step_of_who_leaves_a_slot_that_is_too_full_all_is_as_it_should_be(
    db: Database, office: model.Office, meanwhile: str
) -> None:
    for number in itertools.count(1):
        slot = add_slot(db, hours=2 + number)
        mine, other, _ = (book(db, slot) for _ in range(3))
        capacity.change(db, slot, 2)
        happen: Callable[[], Any] = {
            "another cancels": functools.partial(actions.cancel, db, other.reference, "person"),
            "there are enough again": functools.partial(capacity.change, db, slot, 3),
            "it is withdrawn": functools.partial(capacity.change, db, slot, 0),
        }[meanwhile]
        if not between.run(db, lambda own, mine=mine: actions.cancel(own, mine.reference, "person"), number, happen):
            break
        assert is_whole(db, slot), f"before the command number {number}"
    assert number > 8


@pytest.mark.parametrize("capacities", [(4, 1), (1, 4), (3, 3)])
def test_a_slot_that_two_make_at_once_is_made_by_one_of_them(
    db: Database, office: model.Office, capacities: tuple[int, int]
) -> None:
    for number in itertools.count(1):
        mine = slot_row(capacities[0], hours=2 + number)
        making = functools.partial(places.add, slots=[mine])
        other = functools.partial(places.add, db, [mine | {"capacity": capacities[1]}])
        if not between.run(db, making, number, other):
            break
        assert is_whole(db, mine["_id"]), f"before the command number {number}"
        assert of(db, mine["_id"])[0] in capacities
    assert number > 4


def test_withdrawn_while_many_book_nobody_who_was_told_yes_loses_it_and_nobody_comes_after(
    db: Database, office: model.Office
) -> None:
    for number in range(5):
        slot = add_slot(db, capacity=8, hours=3 + number)

        def one(who: int, slot: str = slot) -> str | None:
            return capacity.change(db, slot, 0) if who == 6 else book(db, slot).reference

        booked = {found for found in race(16, one) if isinstance(found, str)}
        assert is_whole(db, slot)
        assert set(states(db, slot)) <= {"taken"}
        assert set(renewal.concerned(db)) == booked
        assert {found for found in race(4, lambda _, slot=slot: book(db, slot))} <= {
            refusals.SlotTaken,
            refusals.SlotGone,
        }
        for reference in booked:
            actions.cancel(db, reference, "office")
        assert db.slots.find_one({"_id": slot}) is None


def test_two_who_lower_at_once_take_no_more_than_one_would(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=9)
    race(6, lambda _: capacity.change(db, slot, 4))
    assert (of(db, slot), states(db, slot)) == ((4, 0, 4), ["free"] * 4)
    race(6, lambda _: capacity.change(db, slot, 7))
    assert (of(db, slot), states(db, slot)) == ((7, 0, 7), ["free"] * 7)


def test_whatever_happens_at_once_places_are_as_many_as_they_should_be(db: Database, office: model.Office) -> None:
    slot, sizes, over = add_slot(db, capacity=5), itertools.cycle([1, 4, 2, 6, 1, 3]), threading.Event()

    def one(who: int) -> None:
        if who == 0:
            try:
                for _ in range(18):
                    capacity.change(db, slot, next(sizes))
            finally:
                over.set()
        while not over.is_set():
            (mine,) = race(1, lambda _: book(db, slot))
            if isinstance(mine, model.Appointment) and who % 3:
                actions.cancel(db, mine.reference, "person")

    race(6, one)
    assert is_whole(db, slot)
    assert of(db, slot)[0] == 3
    upkeep.count_places(db)
    assert of(db, slot)[2] == states(db, slot).count("free")
    live = db.appointments.count_documents({"live": True})
    assert len(renewal.concerned(db)) == max(live - 3, 0)
