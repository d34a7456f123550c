"""Places held back for who walks in: the public cannot have them, the desk gives them."""

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, capacity, model, places, refusals, store, upkeep
from shared import clock
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.calendars import a_rule, bring, slots_on
from tests.integration.booking.conftest import CLERK, a_key, add_slot, race, run_out, slot_row, states
from tests.integration.booking.slots import book, is_whole, of


def held_back(db: Database, capacity: int = 2, walk_ins: int = 1, **more: Any) -> str:
    row = slot_row(capacity) | {"walk_ins": walk_ins, **more}
    places.add(db, [row])
    return row["_id"]


def at_the_desk(db: Database, slot: str, why: str = model.WALK_IN) -> model.Appointment:
    return actions.book_for(db, builders.a_booking_request(slot_id=slot), why, a_key(), CLERK)[0]


def test_the_public_has_what_is_not_held_back_and_no_more_however_many_come_at_once(
    db: Database, office: model.Office
) -> None:
    slot = held_back(db, capacity=5, walk_ins=2)
    assert of(db, slot) == (5, 0, 3)
    answers = race(10, lambda _: book(db, slot).status)
    assert sorted(map(str, answers)) == sorted(map(str, ["booked"] * 3 + [refusals.SlotTaken] * 7))
    assert states(db, slot) == ["taken"] * 3 + ["walk_in"] * 2
    assert upkeep.count_places(db) == 0


def test_a_walk_in_is_given_one_that_is_held_back_then_one_that_is_free(db: Database, office: model.Office) -> None:
    slot = held_back(db, capacity=3, walk_ins=1)
    at_the_desk(db, slot)
    assert states(db, slot) == ["free", "free", "taken"]
    assert of(db, slot) == (3, 0, 2)
    at_the_desk(db, slot)
    assert (states(db, slot), of(db, slot)) == (["free", "taken", "taken"], (3, 0, 1))


def test_on_somebodys_behalf_none_that_is_held_back_is_given(db: Database, office: model.Office) -> None:
    slot = held_back(db, capacity=1, walk_ins=1)
    with pytest.raises(refusals.SlotTaken):
        at_the_desk(db, slot, "hotline")
    assert at_the_desk(db, slot).slot_id == slot


def test_a_race_of_public_and_desk_gives_each_place_once(db: Database, office: model.Office) -> None:
    slot = held_back(db, capacity=4, walk_ins=2)
    answers = race(12, lambda number: (at_the_desk if number % 2 else book)(db, slot).place_id)
    given = [one for one in answers if isinstance(one, str)]
    assert len(given) == len(set(given)) == 4
    assert (is_whole(db, slot), states(db, slot)) == (True, ["taken"] * 4)


def test_a_claim_that_came_to_nothing_is_held_back_again_and_not_the_publics(
    db: Database, office: model.Office
) -> None:
    slot = held_back(db, capacity=1, walk_ins=1)
    place = places.claim(db, slot, "somebody", walk_in=True)
    run_out(db, place)
    with pytest.raises(refusals.SlotTaken):
        book(db, slot)
    upkeep.count_places(db)
    assert (states(db, slot), of(db, slot)) == (["walk_in"], (1, 0, 0))
    places.give_back(db, places.claim(db, slot, "somebody", walk_in=True), "somebody")
    assert states(db, slot) == ["walk_in"]


def test_what_was_given_and_is_given_back_is_a_place_as_any(db: Database, office: model.Office) -> None:
    slot = held_back(db, capacity=1, walk_ins=1)
    actions.cancel(db, at_the_desk(db, slot).reference, "office")
    assert (states(db, slot), of(db, slot)) == (["free"], (1, 0, 1))


def test_a_family_that_walks_in_has_places_of_both_kinds(db: Database, office: model.Office) -> None:
    db.pathways.update_one({"_id": "orientation"}, {"$set": {"place_per": "person"}})
    slot = held_back(db, capacity=3, walk_ins=1)
    claimed = places.claim_party(db, slot, "family", 2, walk_in=True)
    assert [place.rpartition(".")[2] for place in claimed] == ["003", "001"]


def test_from_its_time_on_what_is_left_is_everybodys(db: Database, office: model.Office) -> None:
    slot = held_back(db, capacity=2, walk_ins=1, walk_ins_until=clock.now() + timedelta(hours=1))
    book(db, slot)
    upkeep.wake_places(db)
    with pytest.raises(refusals.SlotTaken):
        book(db, slot)
    db.slots.update_one({"_id": slot}, {"$set": {"walk_ins_until": clock.now()}})
    upkeep.wake_places(db)
    assert (states(db, slot), of(db, slot)) == (["free", "taken"], (2, 0, 1))
    assert book(db, slot).slot_id == slot


def test_a_death_while_they_become_everybodys_loses_no_place(db: Database, office: model.Office) -> None:
    slot = held_back(db, capacity=3, walk_ins=2, walk_ins_until=clock.now())
    number = 1
    while between.die(db, lambda db: places.open_walk_ins(db, clock.now()), number):
        assert sorted(set(states(db, slot))) in (["free", "walk_in"], ["free"])
        number += 1
    assert number > 3
    assert (states(db, slot), of(db, slot)) == (["free"] * 3, (3, 0, 3))


def test_a_calendar_holds_back_and_frees(db: Database, today: date) -> None:
    bring(db, a_rule(places=3))
    slot = slots_on(db, today + timedelta(days=1))[0]
    booked = book(db, slot)
    bring(db, a_rule(places=3, walk_ins=2, walk_ins_free_minutes=30))
    assert (states(db, slot), of(db, slot)) == (["taken", "walk_in", "walk_in"], (3, 0, 0))
    bring(db, a_rule(places=4, walk_ins=2))
    assert (states(db, slot), of(db, slot)) == (["free", "taken", "walk_in", "walk_in"], (4, 0, 1))
    bring(db, a_rule(places=2, walk_ins=1))
    assert (states(db, slot), of(db, slot)) == (["taken", "walk_in"], (2, 0, 0))
    bring(db, a_rule(places=2))
    assert (states(db, slot), of(db, slot)) == (["free", "taken"], (2, 0, 1))
    assert (is_whole(db, slot), upkeep.count_places(db)) == (True, 0)
    assert booked.slot_id == slot


def test_a_time_with_fewer_places_than_people_holds_nothing_back(db: Database, office: model.Office) -> None:
    slot = held_back(db, capacity=3, walk_ins=1)
    for _ in range(2):
        book(db, slot)
    capacity.change(db, slot, 1)
    assert (is_whole(db, slot), states(db, slot), of(db, slot)) == (True, ["taken"] * 2, (1, 1, 0))


def test_the_desk_is_shown_what_is_left_for_walk_ins(db: Database, office: model.Office) -> None:
    full, usual = held_back(db, capacity=2, walk_ins=2), add_slot(db, hours=3)
    here = dataclasses.replace(office, timezone="UTC")
    days = {store.slot(db, one).starts_at.date() for one in (full, usual)}
    shown = {slot.id: slot for day in days for slot in store.free_at_the_desk(db, here, "orientation", day)}
    assert {id: (slot.free, slot.walk_ins) for id, slot in shown.items()} == {full: (0, 2), usual: (3, 0)}
    for _ in range(2):
        at_the_desk(db, full)
    shown = {slot.id: slot for day in days for slot in store.free_at_the_desk(db, here, "orientation", day)}
    assert list(shown) == [usual]
