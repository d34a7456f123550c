"""Who is moved first, and where to."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.booking import model
from services.booking.model import moving
from tests import builders
from tests.builders import NOW


def appointment(reference: str, hours: float, **changes: Any) -> model.Appointment:
    start = NOW + timedelta(hours=hours)
    return builders.an_appointment(
        id=reference, reference=reference, starts_at=start, slot_id=f"old-{hours}", **changes
    )


def slot(hours: float, free: int = 1, **changes: Any) -> model.Slot:
    values = {"id": f"s{hours}", "starts_at": NOW + timedelta(hours=hours), "free": free}
    return builders.a_slot(**values | changes)


def moved(appointments: list[model.Appointment], slots: list[model.Slot]) -> dict[str, str | None]:
    return {one.reference: to for one, to in moving.moves(appointments, slots, NOW)}


def test_who_would_set_out_comes_first_then_needs_then_the_day() -> None:
    far, needs, near, nearest = (
        appointment(name, hours) for name, hours in zip("abcd", (200, 300, 60, 5), strict=True)
    )
    assert [one.reference for one in moving.order([far, needs, near, nearest], {"b"}, NOW)] == ["d", "c", "b", "a"]


def test_each_is_given_the_nearest_place_after_their_own() -> None:
    slots = [slot(4), slot(20, free=2), slot(30)]
    assert moved([appointment("a", 5), appointment("b", 6), appointment("c", 7), appointment("d", 8)], slots) == {
        "a": "s20",
        "b": "s20",
        "c": "s30",
        "d": None,
    }


def test_nobody_is_sent_to_another_office_or_to_another_service() -> None:
    elsewhere = [slot(20, office_id="izabal"), slot(21, pathway_id="protection")]
    assert moved([appointment("a", 5)], elsewhere) == {"a": None}


@given(
    starts=st.lists(st.integers(1, 50), max_size=12),
    slots=st.dictionaries(st.integers(1, 60), st.integers(0, 3), max_size=8),
)
def test_no_place_is_given_twice_and_nobody_who_could_be_moved_is_left(
    starts: list[int], slots: dict[int, int]
) -> None:
    people = [appointment(f"p{number}", hours) for number, hours in enumerate(starts)]
    offered = [slot(hours, free) for hours, free in slots.items()]
    found = moved(moving.order(people, (), NOW), offered)
    left = {f"s{hours}": free - list(found.values()).count(f"s{hours}") for hours, free in slots.items()}
    assert all(number >= 0 for number in left.values())
    for one in people:
        if found[one.reference] is None:
            assert not any(left[each.id] > 0 and each.starts_at > one.starts_at for each in offered)
