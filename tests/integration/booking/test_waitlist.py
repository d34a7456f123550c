"""The waitlist of a draw: offers in order, one at a time, to its end; and waiting carried over."""

from collections import Counter

from pymongo.database import Database

from services.booking import actions, model, store, waiting
from services.booking.model import draw
from shared import clock
from tests import builders
from tests.integration.booking import between, windows


def test_a_place_not_confirmed_is_offered_to_the_next_in_line(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, (1,))
    windows.ask_many(db, 4)
    windows.drawn(db)
    (first,) = windows.with_status(db, "allocated")
    line = windows.with_status(db, "waitlisted")
    windows.let_run_out(db, first)
    db.due.update_many({"kind": "expire_request"}, {"$set": {"due_at": clock.now()}})
    windows.run_due(db, "expire_request", "offer_places")
    assert windows.again(db, first).status == "expired"
    second = windows.again(db, line[0])
    assert (second.status, second.slot_id, second.offers) == ("allocated", first.slot_id, 1)
    assert [one.id for one in windows.with_status(db, "waitlisted")] == [one.id for one in line[1:]]
    actions.expire(db, first.id, 1)
    assert windows.told(db)["request.expired.v1"] == 1
    windows.must_agree(db)


def test_a_cancelled_appointment_gives_its_place_to_the_waitlist(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, (1,))
    windows.ask_many(db, 2)
    windows.drawn(db)
    (first,) = windows.with_status(db, "allocated")
    actions.confirm_request(db, first.reference)
    actions.cancel(db, first.reference, "person")
    windows.run_due(db, "offer_places")
    (second,) = windows.with_status(db, "allocated")
    assert second.id != first.id
    actions.confirm_request(db, second.reference)
    assert store.appointment(db, second.reference).status == "booked"
    windows.must_agree(db)


def test_expiries_and_offers_at_once_leave_no_place_empty_and_none_twice(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, (3,))
    windows.ask_many(db, 12)
    windows.drawn(db)
    for number in (1, 3, 5, 8, 12):
        for one in windows.with_status(db, "allocated")[:1]:
            windows.let_run_out(db, one)

            def expire(db: Database, one: model.Request = one) -> None:
                actions.expire(db, one.id, one.offers)
                actions.offer_places(db, "w-1")

            between.run(db, expire, number, lambda: actions.offer_places(db, "w-1"), longest=0.5)
            actions.offer_places(db, "w-1")
        windows.must_agree(db)
        assert len(windows.with_status(db, "allocated")) == 3
    assert windows.statuses(db) == {"allocated": 3, "expired": 5, "waitlisted": 4}


def test_the_end_of_the_waitlist_tells_who_is_left_and_gives_places_to_the_office(
    db: Database, office: model.Office
) -> None:
    windows.an_open_one(db, (1, 1))
    windows.ask_many(db, 1)
    windows.drawn(db)
    actions.end_waitlist(db, "w-1")
    actions.end_waitlist(db, "w-1")
    assert Counter(row["state"] for row in db.places.find()) == {"reserved": 1, "free": 1}
    (mine,) = windows.with_status(db, "allocated")
    windows.let_run_out(db, mine)
    actions.expire(db, mine.id, 1)
    windows.run_due(db, "offer_places")
    assert Counter(row["state"] for row in db.places.find()) == {"free": 2}


def test_who_was_not_drawn_is_told_once_when_the_waitlist_ends_and_may_ask_again(
    db: Database, office: model.Office
) -> None:
    windows.an_open_one(db, (1,))
    people = [builders.a_person(name=f"Ana {number}") for number in range(3)]
    for one in people:
        windows.ask(db, person=one)
    windows.drawn(db)
    actions.end_waitlist(db, "w-1")
    actions.end_waitlist(db, "w-1")
    assert windows.told(db)["request.not_allocated.v1"] == 2
    assert {row["case_id"] for row in db.live_fingerprints.find()} == {windows.with_status(db, "allocated")[0].case_id}


def test_minimums_are_kept_when_a_place_with_that_need_comes_back(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, (2,), rule=draw.Rule(minimums={"medical": 1}))
    for _ in range(4):
        windows.ask(db)
    for _ in range(2):
        windows.ask(db, needs=("medical",))
    windows.drawn(db)
    given = next(one for one in windows.with_status(db, "allocated") if one.needs)
    windows.let_run_out(db, given)
    actions.expire(db, given.id, 1)
    actions.offer_places(db, "w-1")
    others = [one for one in windows.with_status(db, "allocated") if one.needs]
    assert others or not [one for one in windows.with_status(db, "waitlisted") if one.needs]


def test_waiting_is_carried_over_to_the_next_window(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, (1,))
    people = [builders.a_person(name=f"Ana {number}") for number in range(3)]
    asked = {one.name: windows.ask(db, person=one) for one in people}
    windows.drawn(db)
    (drawn,) = windows.with_status(db, "allocated")
    waited = {name: waiting.of(db, "orientation", [request.adults])[0][0] for name, request in asked.items()}
    assert {waited[name] for name, one in asked.items() if one.id != drawn.id} == {1}
    assert [waited[name] for name, one in asked.items() if one.id == drawn.id] == [0]
    actions.end_waitlist(db, "w-1")
    db.windows.update_many({}, {"$set": {"state": "ended"}})
    db.slots.delete_many({})
    db.places.delete_many({})
    windows.plan(db, (1,), id="w-2")
    actions.open_window(db, "w-2")
    loser = next(one for one in people if asked[one.name].id != drawn.id)
    newcomer = model.Companion("New Comer", loser.birth_date)
    alone = windows.ask(db, person=builders.a_person(name=loser.name, phone=loser.phone))
    other = next(one for one in people if one is not loser and asked[one.name].id != drawn.id)
    together = windows.ask(db, person=builders.a_person(name=other.name, phone=other.phone), companions=(newcomer,))
    windows.close(db, "w-2")
    assert windows.again(db, alone).waited == 1
    assert windows.again(db, together).waited == 0  # as long as its newest adult
