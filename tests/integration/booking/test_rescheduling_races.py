"""Changes of time that meet others, or die: an appointment always has the places of one time, and nobody else's."""

import functools
import random
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, capacity, model, places, refusals, store, upkeep
from shared import errors
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.conftest import a_key, add_slot, announced, race, rule, run_out, states
from tests.integration.booking.slots import book, change, is_whole

Happening = Callable[[Database, model.Appointment, str, str], Any]
MEANWHILE: dict[str, Happening] = {
    "it is cancelled": lambda db, mine, target, other: actions.cancel(db, mine.reference, "person"),
    "it is changed to the same": lambda db, mine, target, other: change(db, mine, target),
    "it is changed to another": lambda db, mine, target, other: change(db, mine, other),
    "the office moves it": lambda db, mine, target, other: actions.reschedule(db, mine.reference, other, "office"),
    "somebody books the new time": lambda db, mine, target, other: book(db, target),
    "the new time is withdrawn": lambda db, mine, target, other: capacity.change(db, target, 0),
    "the old time is withdrawn": lambda db, mine, target, other: capacity.change(db, mine.slot_id, 0),
}


def whole(db: Database, *slots: str) -> bool:
    """Each appointment has its own, and nothing is kept for nobody."""
    return all(is_whole(db, slot) and "held" not in states(db, slot) for slot in slots)


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_whatever_happens_before_each_step_of_a_change_it_has_the_place_of_one_time(
    db: Database, office: model.Office, meanwhile: str
) -> None:
    number = 0
    while True:
        number += 1
        first, target, other = (add_slot(db, capacity=1, hours=number * 3 + more) for more in (0, 1, 2))
        mine = book(db, first)

        def both(own: Database, mine: model.Appointment = mine, target: str = target) -> None:
            race(1, lambda _: change(own, mine, target))

        happen = functools.partial(MEANWHILE[meanwhile], db, mine, target, other)
        if not between.run(db, both, number, lambda happen=happen: race(1, lambda _: happen())):
            break
        assert whole(db, first, target, other), f"before the command number {number}"
        now = store.appointment(db, mine.reference)
        taken = [row["_id"] for row in db.places.find({"appointment_id": mine.id})]
        assert taken == (list(now.place_ids) if now.live else [])
    assert number > 8


def test_both_tries_of_a_change_to_the_last_place_have_its_answer(db: Database, office: model.Office) -> None:
    """As when somebody hung up on the first, and asks again while it is still on its way."""
    number = 0
    while True:
        number += 1
        first, target = (add_slot(db, capacity=1, hours=number * 3 + more) for more in (0, 1))
        mine = book(db, first)
        found: list[str] = []

        def change_mine(own: Database = db, mine: model.Appointment = mine, target: str = target) -> None:
            found.append(change(own, mine, target).slot_id)  # noqa: B023

        more = between.run(db, change_mine, number, change_mine)
        assert found == [target] * len(found), f"before the command number {number}"
        if not more:
            break
    assert number > 8


def test_who_dies_at_any_step_of_a_change_has_the_place_of_one_time(db: Database, office: model.Office) -> None:
    number = 0
    while True:
        number += 1
        first, target = (add_slot(db, capacity=1, hours=number * 3 + more) for more in (0, 1))
        mine = book(db, first)
        if not between.die(db, lambda own, mine=mine, target=target: change(own, mine, target), number):
            break
        now = store.appointment(db, mine.reference)
        assert [row["_id"] for row in db.places.find({"appointment_id": mine.id})] == list(now.place_ids)
        moved = [row for row in announced(db, "appointment.rescheduled.v1") if row["key"] == mine.case_id]
        assert len(moved) == (now.slot_id == target), f"before the command number {number}"
        if number % 2:  # they ask again, or their claim runs out
            assert change(db, mine, target).slot_id == target
            assert whole(db, first, target)
        elif now.slot_id == first:
            run_out(db, f"{target}.001")
            assert book(db, target)
    assert number > 8
    upkeep.count_places(db)
    assert upkeep.count_places(db) == 0


@pytest.mark.parametrize("rest", [0, 2])
def test_two_who_want_each_others_times_never_lose_theirs(db: Database, office: model.Office, rest: int) -> None:
    rule(db, rest_minutes_least=rest, rest_minutes_most=rest)
    for number in range(6):
        slots = [add_slot(db, capacity=1, hours=2 + 3 * number + more) for more in (0, 1)]
        mine = [book(db, slot) for slot in slots]
        found = race(2, lambda who, mine=mine, slots=slots: change(db, mine[who], slots[1 - who]).slot_id)
        assert set(found) <= {refusals.SlotTaken, *slots}
        assert refusals.SlotTaken in found, "one of them at least finds the other still there"
        now = [store.appointment(db, one.reference) for one in mine]
        assert all(is_whole(db, slot) for slot in slots)
        assert len({place for one in now for place in one.place_ids}) == 2


def test_with_one_place_between_them_two_cross_one_after_the_other(db: Database, office: model.Office) -> None:
    a, b, spare = (add_slot(db, capacity=1, hours=hours) for hours in (2, 3, 4))
    one, other = book(db, a), book(db, b)
    for mine, slot in ((one, spare), (other, a), (one, b)):
        change(db, mine, slot)
    assert [store.appointment(db, each.reference).slot_id for each in (one, other)] == [b, a]
    assert whole(db, a, b, spare)


def test_the_same_change_from_eight_threads_happens_once(db: Database, office: model.Office) -> None:
    first, target = add_slot(db, capacity=1), add_slot(db, capacity=5, hours=3)
    mine = book(db, first)
    found = race(8, lambda _: change(db, mine, target).place_ids)
    assert len(set(found)) == 1
    assert whole(db, first, target)
    assert len(announced(db, "appointment.rescheduled.v1")) == 1


def test_whatever_a_crowd_does_no_time_has_more_people_than_places(db: Database, office: model.Office) -> None:
    """Books alone and as a family, holds, changes, cancels: each chosen by a seed, all at the same moment."""
    rule(db, place_per="person", hold_share=100, max_changes=100)
    slots = [add_slot(db, capacity=capacity, hours=2 + capacity) for capacity in (1, 2, 3, 5)]

    def one(who: int) -> None:
        chance, mine = random.Random(who), None
        for _ in range(12):
            slot, step = chance.choice(slots), chance.randrange(5)
            try:
                if mine is None or step == 0:
                    mine = book(db, slot, companions=chance.randrange(3))
                elif step == 1:
                    held, _ = actions.hold(db, slot, 1, a_key())
                    mine = actions.book(db, builders.a_booking_request(slot_id="", hold_id=held.id), a_key())[0]
                elif step == 2:
                    actions.drop(db, actions.hold(db, slot, 2, a_key())[0].id)
                elif step == 3:
                    mine = change(db, mine, slot)
                else:
                    actions.cancel(db, mine.reference, "person")
                    mine = None
            except errors.Refusal:
                continue

    race(6, one)
    assert all(is_whole(db, slot) for slot in slots)
    for row in db.slots.find():
        live = [
            store.appointment(db, found["reference"])
            for found in db.appointments.find({"slot_id": row["_id"], "live": True})
        ]
        assert sum(len(found.place_ids) for found in live) <= row["capacity"]
        assert all(len(found.place_ids) == found.party_size for found in live)
    run_out(db, *(found["_id"] for found in db.places.find({"state": places.HELD})))
    upkeep.wake_places(db)
    assert upkeep.count_places(db) == 0
    assert db.places.count_documents({}) == 11
