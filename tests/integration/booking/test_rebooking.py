"""People whose time their office took away have places that come free before others."""

import json
from datetime import date, timedelta

import pytest
from pymongo.database import Database

from services.booking import actions, capacity, live, model, places, refusals, store, upkeep
from services.booking.actions import rebooking
from shared import clock
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.calendars import a_rule, bring, slots_on
from tests.integration.booking.conftest import a_key, add_slot, announced, race, rule, run_out, slot_row, states
from tests.integration.booking.first_in_line import a_minute, answer_late, booked_later, fill, lost, now
from tests.integration.booking.slots import book, is_whole, of
from tests.integration.booking.test_moving import concerned


def not_given_any_more(db: Database, today: date) -> tuple[model.Appointment, list[model.Appointment]]:
    """Of a day on which the office is closed by now; and who has all the places of later days."""
    day = today + timedelta(days=2)
    bring(db, a_rule(places=1))
    first, *_, last = slots_on(db, day)
    mine, full = book(db, first), fill(db, store.slot(db, last).starts_at)
    bring(db, a_rule(places=1), closed=[day])
    concerned(db)
    return mine, full


def test_a_place_that_comes_free_is_kept_for_who_lost_theirs_and_nobody_else_can_book_it(
    db: Database, office: model.Office
) -> None:
    (mine,), (other,) = lost(db), booked_later(db)
    assert mine.status == "cancelled"
    assert mine.waits_until is not None
    (said,) = announced(db, "appointment.cancelled.v1")
    assert json.loads(said["value"])["first_until"] == clock.rfc3339(mine.waits_until)
    actions.cancel(db, other.reference, "person")
    with pytest.raises(refusals.SlotTaken):
        book(db, other.slot_id)
    a_minute(db)
    with pytest.raises(refusals.SlotTaken):
        book(db, other.slot_id)
    kept = now(db, mine).kept
    assert kept is not None
    assert (kept.slot_id, kept.starts_at) == (other.slot_id, other.starts_at)
    (told,) = announced(db, "appointment.offered.v1")
    assert json.loads(told["value"])["offered_starts_at"] == clock.rfc3339(other.starts_at)
    taken = actions.rebooking.take(db, mine.reference)
    assert (taken.status, taken.slot_id, taken.reference) == ("booked", other.slot_id, mine.reference)
    assert states(db, other.slot_id) == ["taken"]
    assert (is_whole(db, other.slot_id), of(db, other.slot_id)) == (True, (1, 0, 0))
    (changed,) = announced(db, "appointment.rescheduled.v1")
    assert json.loads(changed["value"])["previous_starts_at"] == clock.rfc3339(mine.starts_at)


def test_taken_twice_is_taken_once(db: Database, office: model.Office) -> None:
    (mine,), (other,) = lost(db), booked_later(db)
    actions.cancel(db, other.reference, "person")
    a_minute(db)
    answers = race(4, lambda _: actions.rebooking.take(db, mine.reference).slot_id)
    assert set(answers) <= {other.slot_id, refusals.Changed, places.HoldLost}
    assert actions.rebooking.take(db, mine.reference).slot_id == other.slot_id
    assert len(announced(db, "appointment.rescheduled.v1")) == 1


def test_what_is_made_ahead_is_theirs_first_and_the_rest_is_everybodys(db: Database, office: model.Office) -> None:
    (mine,) = lost(db)
    bring(db, a_rule(places=2))
    assert db.places.count_documents({"state": "free"}) == 0
    assert {row["free"] for row in db.slots.find()} <= {0}
    a_minute(db)
    kept = now(db, mine).kept
    assert kept is not None
    assert db.places.count_documents({"holder": {"$exists": True}}) == 1
    assert db.places.count_documents({"state": "held"}) == 1, "the others are free at once, since nothing rests here"
    assert of(db, kept.slot_id) == (2, 0, 1)
    assert upkeep.count_places(db) == 0


def test_places_added_to_a_time_are_theirs_first(db: Database, office: model.Office) -> None:
    (mine,), (other,) = lost(db), booked_later(db)
    capacity.change(db, other.slot_id, 2, kept=True)
    with pytest.raises(refusals.SlotTaken):
        book(db, other.slot_id)
    assert (is_whole(db, other.slot_id), of(db, other.slot_id)) == (True, (2, 0, 0))
    a_minute(db)
    assert now(db, mine).kept is not None


def test_a_place_that_suits_none_of_them_rests_as_any_other(db: Database, office: model.Office) -> None:
    rule(db, rest_minutes_least=2, rest_minutes_most=30, place_per="person")
    (mine,) = lost(db, companions=())
    db.appointments.update_one({"_id": mine.id}, {"$set": {"place_ids": ["a", "b"]}})  # a party of two
    (other,) = booked_later(db)
    actions.cancel(db, other.reference, "person")
    a_minute(db)
    (place,) = db.places.find({"slot_id": other.slot_id})
    assert timedelta(minutes=1) < place["expires_at"] - clock.now() < timedelta(minutes=31)
    run_out(db, place["_id"])
    a_minute(db)
    assert book(db, other.slot_id).place_id == place["_id"]


def test_they_are_offered_places_in_the_order_in_which_people_are_moved(db: Database, office: model.Office) -> None:
    mine, others = lost(db, 3), booked_later(db, capacity=2)
    for one in others:
        actions.cancel(db, one.reference, "person")
    a_minute(db)
    assert [now(db, one).kept is not None for one in mine] == [True, True, False]
    a_minute(db)
    assert len(announced(db, "appointment.offered.v1")) == 2, "nobody is offered two"


def test_what_is_not_answered_in_time_is_the_next_ones_and_who_did_not_answer_is_in_line_no_more(
    db: Database, office: model.Office
) -> None:
    first, second = lost(db, 2)
    (other,) = booked_later(db)
    actions.cancel(db, other.reference, "person")
    a_minute(db)
    answer_late(db, first)
    with pytest.raises(refusals.KeptTooLong):
        actions.rebooking.take(db, first.reference)
    a_minute(db)
    assert now(db, first).kept is None
    assert now(db, second).kept is not None
    actions.rebooking.let_go(db, second.reference)
    a_minute(db)
    assert book(db, other.slot_id).slot_id == other.slot_id
    assert len(announced(db, "appointment.offered.v1")) == 2


def test_who_has_booked_again_by_themselves_is_not_offered_another(db: Database, office: model.Office) -> None:
    person = builders.a_person()
    (mine,) = lost(db, person=person)
    actions.book(db, builders.a_booking_request(slot_id=add_slot(db, hours=90), person=person), a_key())
    (other,) = booked_later(db)
    actions.cancel(db, other.reference, "person")
    a_minute(db)
    assert (now(db, mine).waits_until, announced(db, "appointment.offered.v1")) == (None, [])
    assert states(db, other.slot_id) == ["free"]


def test_who_books_again_while_a_place_is_kept_cannot_have_both(db: Database, office: model.Office) -> None:
    person = builders.a_person()
    (mine,), (other,) = lost(db, person=person), booked_later(db)
    actions.cancel(db, other.reference, "person")
    a_minute(db)
    actions.book(db, builders.a_booking_request(slot_id=add_slot(db, hours=90), person=person), a_key())
    with pytest.raises(refusals.HaveAnother):
        actions.rebooking.take(db, mine.reference)
    assert states(db, other.slot_id) == ["held"]
    assert now(db, mine).status == "cancelled"


def test_where_a_pathway_keeps_nothing_nobody_comes_before_others(db: Database, office: model.Office) -> None:
    rule(db, rebook_hours=0)
    (mine,), (other,) = lost(db), booked_later(db)
    actions.cancel(db, other.reference, "person")
    assert (mine.waits_until, states(db, other.slot_id)) == (None, ["free"])
    assert all("first_until" not in json.loads(said["value"]) for said in announced(db, "appointment.cancelled.v1"))


def test_where_no_other_time_is_offered_nobody_is_in_line(db: Database, office: model.Office) -> None:
    (mine,) = lost(db)
    assert mine.waits_until is not None
    plain = mine.call_off if mine.live else builders.an_appointment().call_off
    assert plain(builders.NOW, "m", "programme_ended").waits_until is None


def test_whom_a_calendar_concerns_keeps_their_time_until_they_take_another(db: Database, today: date) -> None:
    mine, full = not_given_any_more(db, today)
    assert now(db, mine).waits_until is not None
    actions.cancel(db, full[-1].reference, "person")
    a_minute(db)
    assert (now(db, mine).status, now(db, mine).slot_id) == ("booked", mine.slot_id)
    taken = actions.rebooking.take(db, mine.reference)
    assert taken.slot_id == full[-1].slot_id
    assert db.slots.find_one({"_id": mine.slot_id}) is None, "the last who had a place there has gone"


def test_a_calendar_that_gives_their_time_again_ends_their_line(db: Database, today: date) -> None:
    mine, full = not_given_any_more(db, today)
    bring(db, a_rule(places=1))
    actions.cancel(db, full[-1].reference, "person")
    a_minute(db)
    assert (now(db, mine).waits_until, now(db, mine).kept) == (None, None)
    assert announced(db, "appointment.offered.v1") == []


def test_who_cancels_what_was_theirs_leaves_what_was_kept_to_the_next(db: Database, today: date) -> None:
    mine, full = not_given_any_more(db, today)
    actions.cancel(db, full[-1].reference, "person")
    a_minute(db)
    actions.cancel(db, mine.reference, "person")
    a_minute(db)
    assert states(db, full[-1].slot_id) == ["free"]


def test_of_a_pathway_whose_places_are_drawn_a_place_taken_is_their_one_live_appointment(
    db: Database, office: model.Office
) -> None:
    (mine,), (other,) = lost(db), booked_later(db)
    rule(db, mode="request_window")
    actions.cancel(db, other.reference, "person")
    a_minute(db)
    actions.rebooking.take(db, mine.reference)
    assert live.cases(db, "orientation", mine.fingerprints) == [mine.case_id]


def test_an_erased_person_is_in_no_line(db: Database, office: model.Office) -> None:
    first, second = lost(db, 2)
    (other,) = booked_later(db)
    actions.cancel(db, other.reference, "person")
    a_minute(db)
    actions.erase(db, first.reference)
    a_minute(db)
    assert (now(db, first).waits_until, now(db, first).kept) == (None, None)
    assert now(db, second).kept is not None


def test_a_crowd_that_books_meanwhile_never_has_the_place_of_who_is_first(db: Database, office: model.Office) -> None:
    (mine,), (other,) = lost(db), booked_later(db)

    def one(number: int) -> object:
        if number == 0:
            return actions.cancel(db, other.reference, "person").status
        if number == 1:
            return a_minute(db)
        return book(db, other.slot_id).reference

    assert set(race(10, one)) == {"cancelled", None, refusals.SlotTaken}
    a_minute(db)
    assert actions.rebooking.take(db, mine.reference).slot_id == other.slot_id


def test_two_workers_at_once_keep_one_place_for_each_and_tell_nobody_twice(db: Database, office: model.Office) -> None:
    mine, others = lost(db, 3), booked_later(db, capacity=2)
    for other in others:
        actions.cancel(db, other.reference, "person")
    race(4, lambda _: rebooking.look(db))
    kept = [one.kept for one in (now(db, each) for each in mine) if one.kept]
    assert len({one.place_ids for one in kept}) == len(kept) == 2
    assert len(announced(db, "appointment.offered.v1")) == 2


def test_a_death_before_any_step_keeps_nothing_for_nobody_and_tells_nobody_twice(
    db: Database, office: model.Office
) -> None:
    (mine,), (other,) = lost(db), booked_later(db)
    actions.cancel(db, other.reference, "person")
    number = 1
    while between.die(db, rebooking.look, number):
        held = db.places.count_documents({"slot_id": other.slot_id, "holder": {"$exists": True}})
        assert held == (now(db, mine).kept is not None) == len(announced(db, "appointment.offered.v1"))
        with pytest.raises(refusals.SlotTaken):
            book(db, other.slot_id)
        number += 1
    assert number > 5
    assert now(db, mine).kept is not None
    number = 1
    while between.die(db, lambda db: rebooking.take(db, mine.reference), number):
        assert states(db, other.slot_id) == ["taken" if now(db, mine).live else "held"]
        number += 1
    assert number > 5
    assert (now(db, mine).slot_id, is_whole(db, other.slot_id)) == (other.slot_id, True)
    assert len(announced(db, "appointment.rescheduled.v1")) == 1


def test_whatever_happens_before_each_step_of_taking_it_somebody_has_the_place_or_it_is_kept(
    db: Database, office: model.Office
) -> None:
    number = 0
    while True:
        number += 1
        (mine,), (other,) = lost(db), booked_later(db, hours=100 + number)
        actions.cancel(db, other.reference, "person")
        a_minute(db)

        def take(own: Database, mine: model.Appointment = mine) -> None:
            race(1, lambda _: rebooking.take(own, mine.reference))

        def let_go(mine: model.Appointment = mine) -> None:
            race(1, lambda _: rebooking.let_go(db, mine.reference))

        more = between.run(db, take, number, let_go)
        after = now(db, mine)
        assert states(db, other.slot_id) == ["taken" if after.live else "held"], f"before command number {number}"
        assert is_whole(db, other.slot_id)
        db.places.delete_many({})
        db.slots.delete_many({})
        db.offices.update_one({"_id": "guatemala"}, {"$set": {"exceptions": {}}})
        if not more:
            break
    assert number > 5


def test_a_new_time_is_made_once_whoever_waits(db: Database, office: model.Office) -> None:
    lost(db)
    row = slot_row(capacity=2, hours=72)
    assert places.add(db, [row], {"orientation"}) == 1
    assert places.add(db, [row], {"orientation"}) == 0
    assert (of(db, row["_id"]), is_whole(db, row["_id"])) == ((2, 0, 0), True)


def test_a_day_after_no_worker_looked_any_more_the_places_are_everybodys(db: Database, office: model.Office) -> None:
    (_,), (other,) = lost(db), booked_later(db)
    actions.cancel(db, other.reference, "person")
    (place,) = db.places.find({"slot_id": other.slot_id})
    assert timedelta(hours=23) < place["expires_at"] - clock.now() <= timedelta(hours=24, seconds=5)
    run_out(db, place["_id"])
    assert book(db, other.slot_id).place_id == place["_id"]
    assert store.find(db, other.reference) is not None
