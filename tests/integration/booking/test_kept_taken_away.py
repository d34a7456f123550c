"""A place that was kept for who comes before others, taken away by the office as well: they are in line again."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, capacity, model, refusals, store
from services.booking.actions import mass_cancellation, rebooking
from shared import clock
from tests.integration.booking import between
from tests.integration.booking.calendars import a_rule, bring
from tests.integration.booking.cancelling import approved, work
from tests.integration.booking.conftest import add_slot, announced, race, rule, states
from tests.integration.booking.first_in_line import LATER, a_minute, booked_later, lost, now
from tests.integration.booking.slots import book, is_whole, of


def kept(db: Database, people: int = 1, hours: float = LATER) -> tuple[list[model.Appointment], str]:
    """People who lost theirs, by start, and the one time of which a place is kept for each."""
    mine, others = lost(db, people), booked_later(db, people, hours)
    for one in others:
        actions.cancel(db, one.reference, "person")
    a_minute(db)
    assert all(now(db, one).kept for one in mine)
    return mine, others[0].slot_id


def in_line(db: Database, one: model.Appointment) -> bool:
    found = now(db, one)
    return found.kept is None and found.waits_until is not None and clock.now() < found.waits_until


def is_kept_or_in_line(db: Database, one: model.Appointment) -> bool:
    """Exactly one of both, as the places say too."""
    held = db.places.count_documents({"holder": one.holder, "state": "held"})
    return (held == 1) == (now(db, one).kept is not None) == (not in_line(db, one))


def around(db: Database, slot_id: str) -> dict[str, Any]:
    """The range of a mass cancellation that has this time alone."""
    return {"first": store.slot(db, slot_id).starts_at - timedelta(minutes=1), "days": 1 / 24}


def test_many_cancelled_there_put_them_back_where_they_were(db: Database, office: model.Office) -> None:
    (first,), slot = kept(db)
    second = book(db, add_slot(db, capacity=1, hours=LATER + 10))
    approved(db, first=second.starts_at - timedelta(minutes=1), days=1 / 24, rebook=True)
    work(db)
    assert in_line(db, second)
    approved(db, **around(db, slot))
    work(db)
    assert in_line(db, first)
    with pytest.raises(refusals.KeptForNobody):
        actions.rebooking.take(db, first.reference)
    (other,) = booked_later(db, hours=LATER + 100)
    actions.cancel(db, other.reference, "person")
    with pytest.raises(refusals.SlotTaken):
        book(db, other.slot_id)
    a_minute(db)
    assert (now(db, first).kept is not None, now(db, second).kept) == (True, None)
    assert actions.rebooking.take(db, first.reference).slot_id == other.slot_id


def test_a_calendar_that_does_not_give_that_time_any_more_puts_them_back_before_what_it_adds(
    db: Database, office: model.Office
) -> None:
    (mine,) = lost(db)
    bring(db, a_rule(places=1))
    a_minute(db)
    was = now(db, mine).kept
    assert was is not None
    bring(db, a_rule(places=2), closed=[office.today(was.starts_at)])
    assert in_line(db, mine)
    assert not db.places.count_documents({"number": 2, "state": "free"}), "what is added is theirs first"
    a_minute(db)
    again = now(db, mine).kept
    assert again is not None
    assert again.slot_id != was.slot_id


def test_fewer_places_take_what_is_kept_from_who_was_offered_it_last_and_nothing_from_who_has_booked(
    db: Database, office: model.Office
) -> None:
    (first, second), slot = kept(db, 2)
    later = {"kept.answer_by": clock.now() + timedelta(hours=47)}
    db.appointments.update_one({"_id": first.id}, {"$set": later})
    capacity.change(db, slot, 1)
    assert (in_line(db, first), in_line(db, second)) == (False, True)
    assert (is_whole(db, slot), of(db, slot)) == (True, (1, 0, 0))
    capacity.change(db, slot, 2)
    other = book(db, slot)
    capacity.change(db, slot, 1)
    assert in_line(db, first)
    assert (is_whole(db, slot), states(db, slot)) == (True, ["taken"])
    assert store.appointment(db, other.reference).live


def test_a_party_of_which_one_place_is_taken_away_leaves_the_others_to_the_next(
    db: Database, office: model.Office
) -> None:
    rule(db, place_per="person")
    (mine,), others = lost(db), booked_later(db, 2)
    db.appointments.update_one({"_id": mine.id}, {"$set": {"place_ids": ["a", "b"]}})
    for one in others:
        actions.cancel(db, one.reference, "person")
    a_minute(db)
    assert states(db, others[0].slot_id) == ["held", "held"]
    capacity.change(db, others[0].slot_id, 1)
    assert in_line(db, mine)
    assert db.places.count_documents({"holder": {"$regex": "^first"}}) == 0
    assert (is_whole(db, others[0].slot_id), states(db, others[0].slot_id)) == (True, ["held"])


def test_a_death_before_any_step_of_many_cancelled_there_leaves_it_kept_or_them_in_line(
    db: Database, office: model.Office
) -> None:
    (mine,), slot = kept(db)
    one = approved(db, **around(db, slot))
    for number in itertools.count(1):
        died = between.die(db, lambda own: mass_cancellation.go_on(own, one.id), number)
        assert is_kept_or_in_line(db, mine), f"before the command number {number}"
        if not died:
            break
    assert number > 10
    work(db)
    assert (in_line(db, mine), db.slots.count_documents({"_id": slot})) == (True, 0)
    assert len(announced(db, "appointment.offered.v1")) == 1


LOOKS = "a worker looks"
HAPPENS: dict[str, Callable[[Database, str], Any]] = {
    "they take it": rebooking.take,
    "they leave it": rebooking.let_go,
    LOOKS: lambda db, _: rebooking.look(db),
}


@pytest.mark.parametrize(
    ("what", "how"),
    [("they take it", "withdrawn"), ("they take it", "resized"), ("they leave it", "withdrawn"), (LOOKS, "resized")],
)
def test_whatever_happens_before_each_step_they_have_it_or_left_it_or_are_in_line(
    db: Database, office: model.Office, what: str, how: str
) -> None:
    became = set()
    for number in itertools.count(1):
        (mine,), slot = kept(db, hours=LATER + number)

        def take_away(own: Database, slot: str = slot) -> None:
            if how == "withdrawn":
                capacity.withdraw(own, [slot])
            else:
                capacity.change(own, slot, 0)

        def happen(mine: model.Appointment = mine) -> None:
            race(1, lambda _: HAPPENS[what](db, mine.reference))

        more = between.run(db, take_away, number, happen)
        after, said = now(db, mine), f"before the command number {number}"
        assert is_whole(db, slot), said
        assert states(db, slot) == (["taken"] if after.live else []), said
        assert after.kept is None, said
        assert after.live or in_line(db, mine) or what == "they leave it", said
        became.add("has it" if after.live else "in line" if in_line(db, mine) else "left it")
        db.places.delete_many({})
        db.slots.delete_many({})
        db.appointments.update_many({}, {"$set": {"waits": False, "waits_until": None}})
        db.offices.update_one({"_id": "guatemala"}, {"$set": {"exceptions": {}}})
        if not more:
            break
    assert number > 4
    assert "in line" in became
