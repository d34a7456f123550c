"""More places of a slot, or fewer; and who is concerned."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.booking import model
from services.booking.model import capacity
from tests import builders


def an_appointment(reference: str, hours: int, status: str = model.BOOKED) -> model.Appointment:
    """Booked after so many hours."""
    entry = {"at": builders.NOW + timedelta(hours=hours), "status": "booked", "by": "person"}
    return builders.an_appointment(reference=reference, history=(entry,), status=status)


def references(*appointments: model.Appointment, places: int) -> list[str]:
    return [one.reference for one in capacity.beyond(appointments, places)]


def test_who_booked_last_is_the_first_to_be_moved() -> None:
    booked = an_appointment("second", 2), an_appointment("third", 3), an_appointment("first", 1)
    assert references(*booked, places=3) == []
    assert references(*booked, places=1) == ["third", "second"]
    assert references(*booked, places=0) == ["third", "second", "first"]


def test_who_has_come_takes_up_a_place_and_is_not_moved_and_who_has_cancelled_does_neither() -> None:
    here, gone = an_appointment("here", 3, model.ARRIVED), an_appointment("gone", 4, model.CANCELLED)
    booked = an_appointment("first", 1), an_appointment("second", 2)
    assert references(*booked, here, gone, places=2) == ["second"]
    assert references(*booked, here, gone, places=0) == ["second", "first"]


def test_the_first_free_places_stay_and_missing_numbers_come_first() -> None:
    assert capacity.change({4}, {1, 2, 3, 5}, 3) == capacity.Change((), (3, 5), 0)
    assert capacity.change({3}, {5}, 4) == capacity.Change((1, 2), (), 0)


def test_what_is_kept_for_somebody_goes_after_what_is_free_and_before_what_somebody_has() -> None:
    assert capacity.change({1}, {2}, 2, kept=(4, 3)) == capacity.Change((), (3, 2), 0)
    assert capacity.change({1}, {2}, 1, kept=(4, 3)) == capacity.Change((), (4, 3, 2), 0)
    assert capacity.change({1}, {2}, 6, kept=(4, 3)) == capacity.Change((5, 6), (), 0)


NUMBERS = st.sets(st.integers(1, 12))


@given(NUMBERS, NUMBERS, NUMBERS, st.integers(0, 12))
def test_afterwards_there_are_as_many_as_wanted_or_all_that_somebody_has(
    used: set[int], others: set[int], promised: set[int], wanted: int
) -> None:
    kept = promised - used
    free = others - used - kept
    change = capacity.change(used, free, wanted, tuple(kept))
    assert set(change.remove) <= free | kept
    assert not set(change.add) & (used | free | kept)
    left = len(used) + len(free) + len(kept) + len(set(change.add)) - len(change.remove)
    assert left == wanted + change.over_by == max(wanted, len(used))
    assert not (change.add and change.remove)
