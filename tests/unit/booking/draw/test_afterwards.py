"""After the draw: offers and their deadlines, the waitlist, what waiting is carried over."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking import refusals
from services.booking.model import draw
from services.booking.model.draw import allocation, confirmation, waitlist
from tests.unit.booking.draw import draws

NOW = draws.CLOSE


def deadline(left: timedelta, **longest: timedelta) -> timedelta:
    return confirmation.confirm_by(NOW, NOW + left, **longest) - NOW


def test_an_offer_stands_for_23_hours_when_the_day_is_far():
    assert deadline(timedelta(days=14)) == timedelta(hours=23)
    assert deadline(timedelta(hours=46)) == timedelta(hours=23)
    assert deadline(timedelta(days=14), longest=timedelta(hours=12)) == timedelta(hours=12)


def test_an_offer_is_shorter_as_the_day_nears_and_leaves_as_much_time_to_come():
    assert deadline(timedelta(hours=10)) == timedelta(hours=5)
    assert deadline(timedelta(hours=2)) == timedelta(hours=1)


def test_what_begins_within_two_hours_is_offered_to_nobody():
    for left in (timedelta(minutes=119), timedelta(0), timedelta(days=-1)):
        with pytest.raises(refusals.TooNear):
            deadline(left)


@given(left=st.timedeltas(timedelta(hours=2), timedelta(days=60)), later=st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_deadline_is_to_the_minute_before_the_day_and_never_later_for_a_nearer_one(left, later):
    by = confirmation.confirm_by(NOW, NOW + left)
    assert NOW + timedelta(minutes=59) <= by < NOW + left
    assert (by.second, by.microsecond) == (0, 0)
    assert by <= confirmation.confirm_by(NOW, NOW + left + later)


def test_who_is_not_drawn_carries_their_waiting_over():
    assert confirmation.carried_over(2, drawn=False, confirmed=False) == 3
    assert confirmation.carried_over(2, drawn=True, confirmed=True) == 0
    assert confirmation.carried_over(2, drawn=False, confirmed=True) == 0  # from the waitlist


def test_letting_a_place_go_neither_costs_waiting_nor_saves_it_up():
    assert confirmation.carried_over(2, drawn=True, confirmed=False) == 2


def test_a_party_has_waited_as_long_as_its_newest_adult():
    assert confirmation.of_party([4, 0, 2]) == 0


# --- the waitlist


def test_the_waitlist_is_in_the_shares_of_the_rule():
    newcomers, waiters = draws.people(20), draws.people(40, waited=1)[20:]
    waited = {entry.id for entry in waiters}
    outcomes = allocation.allocate(newcomers + waiters, [draws.a_slot(places=4)], draw.Rule(100, 0), "key")
    line = sorted((one.waitlist, one.id) for one in outcomes if one.waitlist)
    assert [id in waited for _, id in line] == [True] * 16 + [False] * 20


def test_a_place_goes_to_the_first_in_line_whom_it_suits_whole():
    slot = draws.a_slot(office="guatemala", part="morning")
    elsewhere = draws.an_entry("a", choices=("xela", "guatemala/afternoon"))
    family = draws.an_entry("b", party=3)
    early = draws.an_entry("c", choices=("xela", "guatemala/morning"))
    line = [elsewhere, family, early, draws.an_entry("d")]
    assert waitlist.next_for(slot, 3, line) is family
    assert waitlist.next_for(slot, 2, line) is early
    assert waitlist.next_for(slot, 2, [elsewhere, family]) is None


def test_a_place_that_a_minimum_lacks_goes_to_the_first_who_states_the_need():
    slot, other = draws.a_slot(), draws.an_entry("a")
    needy = draws.an_entry("b", needs=("medical",))
    assert waitlist.next_for(slot, 1, [other, needy], lacking={"medical"}) is needy
    assert waitlist.next_for(slot, 1, [other, needy], lacking={"young"}) is other
    assert waitlist.next_for(slot, 1, [other, needy]) is other
