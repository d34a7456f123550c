"""Slots made ahead as calendars give them, and brought to another calendar."""

from datetime import date, timedelta

import pytest
from pymongo.database import Database

from services.booking import places, refusals, renewal, store, upkeep
from shared import clock
from tests.integration.booking.calendars import EVERY_DAY, HORIZON, a_rule, bring, day_of, insist, slots_on
from tests.integration.booking.conftest import add_slot, race, states
from tests.integration.booking.slots import book


def is_as_the_calendar_says(db: Database) -> bool:
    """As far as nobody has booked."""
    office, now = store.office(db, "guatemala"), clock.now()
    given = {
        slot["_id"]: slot["capacity"]
        for slot in office.calendar.slots(office.today(now), HORIZON + 2)
        if slot["starts_at"] > now
    }
    there = {row["_id"]: row["capacity"] for row in db.slots.find()}
    numbers = {id: db.places.count_documents({"slot_id": id}) for id in there}
    return there == given == numbers and db.places.count_documents({}) == sum(given.values())


def test_slots_are_made_to_the_horizon_and_a_day_beyond_once(db: Database, today: date) -> None:
    made = bring(db)
    assert (made.new, made.withdrawn, made.resized) == (db.slots.estimated_document_count(), 0, 0)
    assert made.new >= (HORIZON + 1) * 6
    assert max(day_of(row) for row in db.slots.find()) == today + timedelta(days=HORIZON + 1)
    assert upkeep.renew_slots(db) == renewal.Renewal()
    assert is_as_the_calendar_says(db)


def test_many_who_renew_at_once_make_each_slot_once(db: Database, today: date) -> None:
    bring(db, a_rule(minutes=480))
    db.slots.delete_many({})
    db.places.delete_many({})
    race(5, lambda _: upkeep.renew_slots(db))
    assert is_as_the_calendar_says(db)


def test_what_opens_at_midnight_is_not_listed_before(db: Database, today: date) -> None:
    bring(db)
    office, far = store.office(db, "guatemala"), today + timedelta(days=30)
    listed = store.free_slots(db, "guatemala", "orientation", today, far)
    assert max(office.today(one.starts_at) for one in listed) == today + timedelta(days=HORIZON)
    assert len(listed) == len(store.free_times(db, office, "orientation", today, far))
    (beyond, *_) = slots_on(db, today + timedelta(days=HORIZON + 1))
    with pytest.raises(refusals.TooFarAhead):
        book(db, beyond)


def test_a_horizon_that_comes_nearer_takes_no_slot_away(db: Database, today: date) -> None:
    bring(db)
    before = db.slots.estimated_document_count()
    assert bring(db, limits={"orientation": {"horizon_days": 0}}) == renewal.Renewal()
    assert db.slots.estimated_document_count() == before


def test_a_day_that_is_closed_loses_its_slots_where_nobody_has_booked(db: Database, today: date) -> None:
    tomorrow = today + timedelta(days=1)
    bring(db)
    first, second, *_ = slots_on(db, tomorrow)
    mine = book(db, second)
    assert bring(db, closed=[tomorrow]) == renewal.Renewal(withdrawn=6)
    assert slots_on(db, tomorrow) == [second]
    assert (states(db, first), states(db, second)) == ([], ["taken"])
    assert renewal.concerned(db, "guatemala") == [mine.reference]
    assert store.free_slots(db, "guatemala", "orientation", tomorrow, tomorrow) == []
    with pytest.raises(refusals.SlotTaken):
        places.claim(db, first, "late")
    assert bring(db, closed=[tomorrow]) == renewal.Renewal()
    assert bring(db) == renewal.Renewal(new=5, resized=1)
    assert renewal.concerned(db) == []
    assert store.slot(db, second).free == 2


def test_fewer_and_more_desks_change_the_places_of_slots_that_are_there(db: Database, today: date) -> None:
    bring(db, a_rule(places=2))
    tomorrow = today + timedelta(days=1)
    slot = slots_on(db, tomorrow)[0]
    first, second = book(db, slot), book(db, slot)
    few = {"fewer_desks": [{"first": tomorrow.isoformat(), "places": 1}]}
    assert bring(db, a_rule(places=2), exceptions=few) == renewal.Renewal(resized=6)
    assert (states(db, slot), renewal.concerned(db)) == (["taken", "taken"], [second.reference])
    found = bring(db, a_rule(places=4))
    assert (found.new, found.withdrawn, found.resized) == (0, 0, db.slots.estimated_document_count())
    assert (states(db, slot), renewal.concerned(db)) == (["free", "free", "taken", "taken"], [])
    assert first.place_id != second.place_id


def test_another_length_keeps_the_slot_with_its_start_and_the_end_that_was_promised(db: Database, today: date) -> None:
    bring(db)
    first, second, *_ = slots_on(db, today + timedelta(days=1))
    kept, moved = book(db, first), book(db, second)
    bring(db, a_rule(minutes=360))
    assert renewal.concerned(db) == [moved.reference]
    slot = store.slot(db, first)
    assert slot.ends_at - slot.starts_at == timedelta(hours=6)
    assert store.appointment(db, kept.reference).ends_at == kept.ends_at
    assert states(db, first) == ["free", "free", "taken"]


def test_languages_and_desks_are_told_of_slots_that_are_there(db: Database, today: date) -> None:
    bring(db)
    rule = {name: value for name, value in a_rule().items() if name != "places"}
    bring(db, rule | {"desks": ["1", "2", "3"], "languages": ["mam"]})
    slot = store.slot(db, slots_on(db, today + timedelta(days=1))[0])
    assert (slot.capacity, slot.free, slot.desks, slot.languages) == (3, 3, ("1", "2", "3"), ("mam",))


def test_a_slot_made_by_hand_is_nothing_to_the_calendar(db: Database, today: date) -> None:
    mine = add_slot(db, hours=5.01)
    bring(db)
    bring(db, closed=[today + timedelta(days=number) for number in range(9)])
    assert [row["_id"] for row in db.slots.find()] == [mine]
    assert states(db, mine) == ["free"] * 3


def test_slots_that_an_earlier_release_made_are_the_calendars(db: Database, today: date) -> None:
    bring(db)
    db.slots.update_many({}, {"$unset": {"calendar": "", "desks": "", "languages": ""}})
    assert upkeep.renew_slots(db) == renewal.Renewal()
    assert bring(db, closed=[today + timedelta(days=1)]).withdrawn == 6


def test_a_closed_intake_makes_no_slots_and_still_withdraws(db: Database, today: date) -> None:
    bring(db, a_rule(days=[EVERY_DAY[(today + timedelta(days=1)).weekday()]]))
    db.offices.update_one({"_id": "guatemala"}, {"$set": {"intake.open": False}})
    found = bring(db, closed=[today + timedelta(days=1)])
    assert (found.new, found.withdrawn) == (0, 6)


def test_what_has_begun_stays(db: Database, today: date) -> None:
    begun = add_slot(db, hours=-0.01)
    db.slots.update_one({"_id": begun}, {"$set": {"calendar": True}})
    bring(db)
    assert states(db, begun) == ["free"] * 3


def test_of_two_calendars_at_once_the_one_that_is_kept_is_the_one_that_slots_follow(db: Database, today: date) -> None:
    bring(db)
    rules = [a_rule(minutes=minutes, places=places) for minutes, places in ((240, 1), (360, 3), (480, 2), (240, 4))]
    for _ in range(3):
        race(4, lambda who: insist(db, rules[who], closed=[today + timedelta(days=who % 3)]))
        assert is_as_the_calendar_says(db)
