"""Who comes before others when places come free."""

import dataclasses
from datetime import timedelta

import pytest

from services.booking import model, refusals
from services.booking.model import rebooking
from tests import builders
from tests.builders import NOW
from tests.unit.booking.test_moving import slot

PATHWAY = builders.a_pathway()


def lost(reference: str = "a", hours: float = 5, **changes: object) -> model.Appointment:
    start = NOW + timedelta(hours=hours)
    one = builders.an_appointment(id=reference, reference=reference, starts_at=start, slot_id=f"old-{hours}")
    off = one.call_off(NOW, "m", "office_closed", rebooking.waits_until(NOW, PATHWAY))
    return dataclasses.replace(off, **changes)  # type: ignore[arg-type]


def kept(hours: float = 200) -> model.Appointment:
    return rebooking.keep(lost(), NOW, slot(hours), ("p.001",), PATHWAY)


def test_they_are_first_for_thirty_days_and_a_place_is_kept_for_two() -> None:
    assert rebooking.waits_until(NOW, PATHWAY) == NOW + timedelta(days=30)
    one = kept().kept
    assert one is not None
    assert one.answer_by == NOW + timedelta(hours=48)


def test_of_a_time_that_is_near_half_of_what_is_left_is_to_answer() -> None:
    one = kept(hours=30).kept
    assert one is not None
    assert one.answer_by == NOW + timedelta(hours=15)


def test_each_is_chosen_for_the_nearest_time_after_their_own_and_one_place_is_one_persons() -> None:
    waiting = [lost("a", 5), lost("b", 6), lost("c", 7)]
    chosen = rebooking.choose(waiting, set(), [slot(30), slot(40), slot(4)], NOW)
    assert [(one.reference, to) for one, to in chosen] == [("a", "s30"), ("b", "s40")]


def test_whose_time_in_line_is_over_is_not_chosen() -> None:
    over = lost(waits_until=NOW)
    assert rebooking.choose([over], set(), [slot(30)], NOW) == []
    with pytest.raises(refusals.WrongState):
        rebooking.keep(over, NOW, slot(30), ("p.001",), PATHWAY)


def test_taken_it_is_booked_again_with_the_same_reference_and_nobody_counts_it_as_their_change() -> None:
    taken = rebooking.take(kept(), NOW)
    assert (taken.status, taken.place_ids, taken.kept, taken.waits_until) == ("booked", ("p.001",), None, None)
    assert (taken.changes, taken.reference, rebooking.was_taken(taken)) == (0, "a", True)
    assert taken.history[-1]["before"]["starts_at"] == NOW + timedelta(hours=5)


def test_after_the_time_to_answer_it_is_not_kept_any_more() -> None:
    with pytest.raises(refusals.KeptTooLong):
        rebooking.take(kept(), NOW + timedelta(hours=48))
    with pytest.raises(refusals.KeptForNobody):
        rebooking.take(rebooking.let_go(kept()), NOW)


def test_who_lets_it_go_is_in_line_no_more() -> None:
    assert not rebooking.is_waiting(rebooking.let_go(kept()), NOW)


def test_whose_kept_place_is_taken_away_is_in_line_again_where_they_were() -> None:
    back = rebooking.comes_back(kept(), NOW + timedelta(hours=47))
    assert (back.kept, back.waits_until, rebooking.is_waiting(back, NOW)) == (None, NOW + timedelta(days=30), True)
    chosen = rebooking.choose([lost("b", 6), back], set(), [slot(300)], NOW)
    assert [one.reference for one, _ in chosen] == ["a"]


def test_they_are_so_for_no_shorter_than_they_would_have_had_to_answer() -> None:
    nearly_over = lost(waits_until=NOW + timedelta(hours=1))
    one = rebooking.keep(nearly_over, NOW, slot(200), ("p.001",), PATHWAY)
    assert rebooking.comes_back(one, NOW + timedelta(hours=2)).waits_until == NOW + timedelta(hours=48)


def test_who_had_not_answered_in_time_is_in_line_no_more_although_it_was_taken_away() -> None:
    assert not rebooking.is_waiting(rebooking.comes_back(kept(), NOW + timedelta(hours=48)), NOW)
    with pytest.raises(refusals.WrongState):
        rebooking.comes_back(lost(), NOW)


def test_who_is_offered_no_other_appointment_by_their_office_is_in_no_line_by_it() -> None:
    off = rebooking.keep(rebooking.waits(builders.an_appointment(), NOW, PATHWAY), NOW, slot(200), ("p.001",), PATHWAY)
    back = rebooking.comes_back(off.call_off(NOW, "m", "programme_ended"), NOW)
    assert (back.kept, back.waits_until) == (None, None)


def test_what_is_kept_for_somebody_stays_kept_when_their_own_time_is_cancelled_too() -> None:
    booked = rebooking.waits(builders.an_appointment(), NOW, PATHWAY)
    one = rebooking.keep(booked, NOW, slot(200), ("p.001",), PATHWAY)
    assert one.call_off(NOW, "m", "office_closed").kept == one.kept
    assert one.cancel(NOW, "person").kept is None


def test_a_pathway_that_keeps_nothing_has_nobody_in_line() -> None:
    assert rebooking.waits_until(NOW, builders.a_pathway(rebook_hours=0)) is None
