"""Times held for who has not booked yet."""

import dataclasses
from datetime import timedelta

import pytest
from pymongo.database import Database

from services.booking import actions, model, refusals, upkeep
from shared import clock, web
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.conftest import a_key, add_slot, close_intake, race, rule, run_out, states
from tests.integration.booking.slots import book, is_whole, of


def hold(db: Database, slot: str, party: int = 1) -> model.Hold:
    return actions.hold(db, slot, party, a_key())[0]


def book_with(db: Database, one: model.Hold, key: web.IdempotencyKey | None = None) -> model.Appointment:
    return actions.book(db, builders.a_booking_request(slot_id="", hold_id=one.id), key or a_key())[0]


@pytest.fixture
def slot(db: Database, office: model.Office) -> str:
    return add_slot(db, capacity=4)


def test_what_is_held_is_not_offered_and_is_booked_by_who_holds_it(db: Database, slot: str) -> None:
    until, coarse = clock.now() + timedelta(minutes=5), timedelta(seconds=1)  # as the database's clock is
    mine = hold(db, slot)
    assert until - coarse <= mine.expires_at <= clock.now() + timedelta(minutes=5) + coarse
    assert (states(db, slot), of(db, slot)) == (["free", "free", "free", "held"], (4, 0, 3))
    booked = book_with(db, mine)
    assert (booked.place_ids, booked.slot_id) == (mine.place_ids, slot)
    assert (states(db, slot), of(db, slot)) == (["free", "free", "free", "taken"], (4, 0, 3))
    assert upkeep.count_places(db) == 0


def test_nobody_else_gets_what_is_held_until_it_runs_out(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=1)
    mine = hold(db, slot)
    with pytest.raises(refusals.SlotTaken):
        book(db, slot)
    with pytest.raises(refusals.SlotTaken):
        hold(db, slot)
    run_out(db, *mine.place_ids)
    with pytest.raises(refusals.HoldExpired):
        book_with(db, mine)
    assert book(db, slot).place_ids == mine.place_ids
    assert of(db, slot) == (1, 0, 0)


def test_a_hold_that_ran_out_is_free_and_counted_within_a_minute(db: Database, slot: str) -> None:
    run_out(db, *hold(db, slot).place_ids)
    assert upkeep.wake_places(db) == 1
    assert (states(db, slot), of(db, slot)) == (["free"] * 4, (4, 0, 4))


def test_a_hold_that_is_dropped_is_free_at_once_and_one_that_was_booked_stays(db: Database, slot: str) -> None:
    mine, other = hold(db, slot), hold(db, slot)
    actions.drop(db, mine.id)
    assert of(db, slot) == (4, 0, 3)
    booked = book_with(db, other)
    actions.drop(db, other.id)
    assert (states(db, slot), of(db, slot)) == (["free", "free", "free", "taken"], (4, 0, 3))
    assert is_whole(db, slot)
    assert booked.status == "booked"


def test_the_same_request_again_is_the_same_hold(db: Database, slot: str) -> None:
    key = a_key()
    found = race(8, lambda _: actions.hold(db, slot, 1, key))
    assert len({one.id for one, _ in found}) == 1
    assert [was_there for _, was_there in found].count(False) == 1
    assert (states(db, slot).count("held"), of(db, slot)) == (1, (4, 0, 3))
    with pytest.raises(web.KeyReused):
        actions.hold(db, slot, 2, a_key(key.scope, "another body"))


def test_both_tries_of_a_hold_of_the_last_place_have_its_answer(db: Database, office: model.Office) -> None:
    """As when somebody hung up on the first, and asks again while it is still on its way."""
    number, more = 0, True
    while more:
        number += 1
        last, key = add_slot(db, capacity=2, hours=2 + number), a_key()
        first: list[model.Hold] = []
        second: list[model.Hold] = []
        more = between.run(
            db,
            lambda own, last=last, key=key: second.append(actions.hold(own, last, 1, key)[0]),  # noqa: B023
            number,
            lambda last=last, key=key: first.append(actions.hold(db, last, 1, key)[0]),  # noqa: B023
        )
        assert not more or first == second, f"before the command number {number}"
    assert number > 5


def test_one_booking_comes_of_a_hold_however_often_it_is_asked_for(db: Database, slot: str) -> None:
    mine, key = hold(db, slot), a_key()
    request = builders.a_booking_request(slot_id="", hold_id=mine.id)
    found = race(6, lambda _: actions.book(db, request, key))
    assert len({one.reference for one, _ in found}) == 1
    with pytest.raises(refusals.HoldExpired):
        book_with(db, mine)
    db.holds.delete_many({})  # forgotten after a day
    assert actions.book(db, request, key) == (found[0][0], True)


def test_only_a_share_of_a_time_is_held_however_many_try_at_once(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=5)
    found = race(12, lambda _: hold(db, slot).id)
    assert [one for one in found if not isinstance(one, str)] == [refusals.TooManyHolds] * 9
    assert (states(db, slot), of(db, slot)) == (["free"] * 2 + ["held"] * 3, (5, 0, 2))
    assert [book(db, slot).place_id for _ in range(2)] == [f"{slot}.001", f"{slot}.002"]
    with pytest.raises(refusals.SlotTaken):
        hold(db, slot)


def test_of_holds_for_the_last_place_one_gets_it(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=2)
    book(db, slot)
    found = race(8, lambda who: book(db, slot).id if who == 7 else hold(db, slot).id)
    assert [isinstance(one, str) for one in found].count(True) == 1
    assert set(one for one in found if not isinstance(one, str)) == {refusals.SlotTaken}
    assert is_whole(db, slot)


def test_a_hold_is_refused_as_a_booking_of_that_time_would_be(db: Database, slot: str) -> None:
    with pytest.raises(refusals.SlotGone):
        hold(db, "no.such.slot")
    with pytest.raises(refusals.SlotPast):
        hold(db, add_slot(db, hours=-1))
    with pytest.raises(refusals.PartyTooLarge):
        hold(db, slot, party=5)
    rule(db, min_notice_minutes=180)
    with pytest.raises(refusals.TooSoon):
        hold(db, slot)
    rule(db, min_notice_minutes=0, hold_minutes=0)
    with pytest.raises(refusals.NoHolds):
        hold(db, slot)
    close_intake(db)
    rule(db, hold_minutes=5)
    with pytest.raises(refusals.IntakeClosed):
        hold(db, slot)
    assert states(db, slot) == ["free"] * 4
    assert not db.holds.count_documents({})


def test_a_family_holds_and_books_all_its_places(db: Database, office: model.Office) -> None:
    rule(db, place_per="person", hold_share=100)
    slot = add_slot(db, capacity=5)
    mine = hold(db, slot, party=2)
    assert mine.place_ids == (f"{slot}.001", f"{slot}.002")
    with pytest.raises(refusals.SlotTaken):
        hold(db, slot, party=4)
    others = (model.Companion("Luis", builders.a_person().birth_date),)
    request = builders.a_booking_request(slot_id="", hold_id=mine.id, companions=others)
    with pytest.raises(refusals.HoldTooSmall):
        actions.book(db, dataclasses.replace(request, companions=others * 2), a_key())
    assert actions.book(db, request, a_key())[0].place_ids == mine.place_ids
    assert (states(db, slot), of(db, slot)) == (["free"] * 3 + ["taken"] * 2, (5, 0, 3))


def test_who_dies_at_any_step_of_holding_leaves_nothing_that_does_not_run_out(
    db: Database, office: model.Office
) -> None:
    rule(db, place_per="person", hold_share=100)
    number = 0
    while True:
        number += 1
        slot = add_slot(db, capacity=3, hours=2 + number)
        if not between.die(db, lambda own, slot=slot: actions.hold(own, slot, 2, a_key()), number):
            break
        held = [row["_id"] for row in db.places.find({"slot_id": slot, "state": "held"})]
        assert len(held) in (0, 2)
        run_out(db, *held)
        assert book(db, slot, companions=2).place_ids, f"before the command number {number}"
    assert number > 5


def test_a_booking_refused_for_its_person_leaves_the_hold(db: Database, slot: str) -> None:
    mine, person = hold(db, slot), builders.a_person()
    actions.book(db, builders.a_booking_request(slot_id=slot, person=person), a_key())
    with pytest.raises(refusals.NotPossible):
        actions.book(db, builders.a_booking_request(slot_id="", hold_id=mine.id, person=person), a_key())
    assert book_with(db, mine).place_ids == mine.place_ids
