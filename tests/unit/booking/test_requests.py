"""A request and its window, pure: what each step decides, and what it refuses."""

from datetime import date, timedelta

import pytest

from services.booking import model, refusals
from services.booking.model import draw
from services.booking.model import requests as rules
from services.booking.model import window as states
from tests import builders

NOW = builders.NOW
HOUR = timedelta(hours=1)


def test_parts_of_the_day_become_choices_and_any_time_is_the_office() -> None:
    two = builders.a_request(offices=("a", "b"), availability=("evening", "morning"))
    assert two.choices == ("a/evening", "a/morning", "b/evening", "b/morning")
    for every in ((), rules.PARTS):
        assert builders.a_request(offices=("a", "b"), availability=every).choices == ("a", "b")


def test_a_reminder_comes_when_a_third_of_the_time_is_left_or_six_hours() -> None:
    offered = builders.an_offered_request()
    assert offered.confirm_by is not None
    assert offered.confirm_by - offered.remind_at() == timedelta(hours=6)
    short = builders.an_offered_request(confirm_by=NOW + 3 * HOUR)
    assert short.remind_at() == NOW + 2 * HOUR


def test_an_offer_is_confirmed_before_its_time_and_expires_from_then_on() -> None:
    offered = builders.an_offered_request()
    end = offered.confirm_by
    assert end is not None
    assert offered.confirm(end - timedelta(milliseconds=1)).status == "confirmed"
    with pytest.raises(refusals.OfferExpired):
        offered.confirm(end)
    with pytest.raises(refusals.WrongState):
        offered.expire(1, end - timedelta(milliseconds=1))
    expired = offered.expire(1, end)
    assert (expired.status, expired.place_ids, expired.confirm_by) == ("expired", (), None)


def test_an_old_deadline_does_not_end_a_later_offer() -> None:
    again = builders.an_offered_request(offers=2)
    with pytest.raises(refusals.WrongState):
        again.expire(1, NOW + 48 * HOUR)
    with pytest.raises(refusals.WrongState):
        again.reminded_of(1, NOW)
    reminded = again.reminded_of(2, NOW)
    with pytest.raises(refusals.WrongState):
        reminded.reminded_of(2, NOW)


@pytest.mark.parametrize(
    ("step", "carried"),
    [
        (lambda drawn: drawn.confirm(NOW), (0, 0)),
        (lambda drawn: drawn.expire(1, NOW + 48 * HOUR), (2, 5)),
        (lambda drawn: drawn.withdraw(NOW, "person", True), (2, 5)),
    ],
)
def test_waiting_begins_anew_when_confirmed_and_stays_when_drawn(step, carried) -> None:
    drawn = builders.an_offered_request(waited=2, waited_each=(2, 5))
    assert step(drawn).carried_over() == carried


def test_who_is_not_drawn_has_waited_one_window_more_each_for_themselves() -> None:
    asked = builders.a_request(waited=0, waited_each=(0, 5))
    waits = asked.waits(NOW, 7)
    assert waits.carried_over() == (1, 6)
    assert waits.ends_without(NOW).carried_over() == (1, 6)
    assert asked.withdraw(NOW, "person", True).carried_over() == (0, 5)


def test_who_comes_along_counts_from_eighteen_on() -> None:
    person = builders.a_person()
    grown, child = model.Companion("A", date(2008, 11, 23)), model.Companion("B", date(2008, 11, 24))
    assert rules.adults(person, (grown, child), date(2026, 11, 23)) == [person, grown]


def test_a_window_goes_one_way() -> None:
    window = builders.a_window().becomes(states.OPEN)
    for state in (states.OPEN, states.PLANNED):
        with pytest.raises(refusals.Changed):
            window.becomes(state)


def test_a_source_that_could_be_known_by_now_gives_way_to_a_later_round() -> None:
    window = builders.a_window()
    assert window.seed_after(NOW) == window.source
    late = window.seed_after(NOW + HOUR)
    assert isinstance(late, draw.Drand)
    assert NOW + HOUR + draw.PAUSE <= late.comes_at < NOW + HOUR + draw.PAUSE + timedelta(seconds=4)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "no id"}, "id"),
        ({"opens_at": NOW}, "closes_at"),
        ({"closes_at": NOW - 2 * HOUR}, "closes_at"),
        ({"waitlist_until": NOW}, "waitlist_until"),
        ({"confirm_hours": 0}, "confirm_hours"),
    ],
)
def test_a_window_that_could_not_be_held_is_refused(changes, field) -> None:
    with pytest.raises(refusals.UnfitWindow) as refused:
        states.plan(builders.a_window(**changes), [NOW + timedelta(days=5)], NOW - HOUR)
    assert set(refused.value.errors) == {field}


@pytest.mark.parametrize(("lasts", "status"), [(True, "waitlisted"), (False, "not_allocated")])
def test_who_lost_an_offer_by_the_office_has_waited_one_window_more_and_no_place_any_more(lasts, status) -> None:
    back = builders.an_offered_request().taken_back(NOW, "job-1", waitlist_lasts=lasts)
    assert (back.status, back.waitlist, back.place_ids, back.slot_id) == (status, 0, (), None)
    assert back.carried_over() == (1,)
    assert (back.history[-1]["by"], back.history[-1]["mass_cancellation"]) == ("office", "job-1")
    with pytest.raises(refusals.WrongState):
        back.taken_back(NOW, "job-1", waitlist_lasts=lasts)


@pytest.mark.parametrize(("starts", "field"), [([], "offices"), ([NOW + timedelta(days=1)], "from")])
def test_places_must_be_there_and_not_too_soon(starts, field) -> None:
    with pytest.raises(refusals.UnfitWindow) as refused:
        states.plan(builders.a_window(), starts, NOW - HOUR)
    assert set(refused.value.errors) == {field}
