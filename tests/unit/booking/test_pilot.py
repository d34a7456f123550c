"""A pilot's plan, and what its report may tell."""

import dataclasses
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking import refusals
from services.booking.model import pilot as rules
from services.booking.model.pilot import cells
from tests.unit.booking.pilots import a_pilot, counted


def test_a_pilot_counts_its_weeks_and_takes_part_by_each_offices_clock() -> None:
    pilot = a_pilot()
    assert (pilot.weeks, pilot.places_a_week) == (26, 40)
    assert pilot.bounds("America/Guatemala")[0] == datetime(2027, 1, 4, 6, tzinfo=UTC)
    assert pilot.intake_opens("America/Guatemala") == datetime(2026, 12, 14, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"offices": ("guatemala", "atlantis")}, "offices"),
        ({"pathways": ("weaving",)}, "pathways"),
        ({"last": date(2027, 1, 3)}, "last"),
        ({"last": date(2030, 1, 3)}, "last"),
        ({"opens_on": date(2027, 7, 5)}, "opens_on"),
        ({"plan": (rules.Planned("izabal", "orientation", 1),)}, "plan"),
        ({"plan": (rules.Planned("guatemala", "orientation", 1),) * 2}, "plan"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_by_field(changes: dict, field: str) -> None:
    offered = {"guatemala": ("orientation", "protection"), "izabal": ("orientation",)}
    a_pilot().must_fit(offered)
    with pytest.raises(refusals.UnfitPilot) as refused:
        a_pilot(**changes).must_fit(offered)
    assert list(refused.value.errors) == [field]


def test_a_report_tells_demand_waiting_attendance_and_what_became_of_referrals() -> None:
    waited = {1: 5, 3: 10, 9: 4, 20: 1}
    mine = counted(waited, 50, attended=12, missed=8, referral_accepted=6)
    found = rules.report(a_pilot(), {"office": {"guatemala": mine}, "language": {"es": mine}})
    told = found.total
    assert (told.counts["booked"], told.counts["attended"], told.counts["missed"]) == (20, 12, 8)
    assert (told.counts["referred"], told.counts["referral_accepted"]) == (6, 6)
    assert (told.median, told.p90, told.offered, told.planned) == (3, 9, 50, 26 * 40)
    assert found.tables["office"][0].counts == told.counts
    assert found.tables["language"][0].offered is None


def test_a_report_tells_what_was_asked_for_in_windows_and_how_often_no_place_was_left() -> None:
    asked = counted(asked=30, request_drawn=6, request_confirmed=9, request_waiting=15)
    mine = dataclasses.replace(asked, refused=3)
    found = rules.report(a_pilot(), {"office": {"guatemala": mine}, "language": {"es": asked}})
    assert (found.total.refused, found.total.counts["asked"], found.total.counts["request_waiting"]) == (3, 30, 15)
    assert found.tables["office"][0].refused == 3
    assert (found.tables["language"][0].refused, found.tables["language"][0].counts["request_confirmed"]) == (None, 9)


def test_a_few_requests_are_hidden_as_a_few_appointments_are() -> None:
    few = counted(asked=20, request_confirmed=3, request_waiting=17)
    told = rules.report(a_pilot(), {"office": {"guatemala": few}}).total.counts
    assert (told["asked"], told["request_confirmed"], told["request_waiting"]) == (20, None, None)


def test_small_groups_are_told_of_together_with_one_that_is_not() -> None:
    groups = {"es": counted(attended=50), "mam": counted(attended=3), "en": counted(attended=9)}
    found = rules.report(a_pilot(), {"office": {"guatemala": counted(attended=62)}, "language": groups})
    assert [(line.group, line.counts["booked"]) for line in found.tables["language"]] == [("es", 50), (cells.OTHER, 12)]


def test_where_only_small_groups_are_there_is_no_table() -> None:
    groups = {"es": counted(attended=3), "en": counted(attended=4)}
    found = rules.report(a_pilot(), {"office": {"guatemala": counted(attended=7)}, "language": groups})
    assert found.tables["language"] == ()
    assert found.total.counts["booked"] == 7


def test_a_number_under_five_is_hidden_and_so_is_what_would_give_it_away() -> None:
    mine = counted(attended=40, missed=2, cancelled_by_person=9)
    (line,) = rules.report(a_pilot(), {"office": {"guatemala": mine}}).tables["office"]
    assert {name for name, value in line.counts.items() if value is None} == {"missed", "cancelled_by_person"}
    assert line.counts["attended"] == 40
    assert line.counts["to_come"] == 0


def test_waiting_of_fewer_than_five_is_not_told() -> None:
    mine = counted({2: 4}, attended=4)
    found = rules.report(a_pilot(), {"office": {"guatemala": mine}})
    assert (found.total.median, found.total.p90) == (None, None)


numbers = st.integers(0, 12)
groups = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(counted, attended=numbers, missed=numbers, cancelled_by_person=numbers, referral_open=numbers),
    max_size=6,
)


@given(by_office=groups)
def test_nothing_that_is_hidden_can_be_worked_out_along_a_row_or_down_a_column(
    by_office: dict[str, rules.Counted],
) -> None:
    found = rules.report(a_pilot(), {"office": by_office})
    lines = [found.total, *found.tables["office"]]
    for line in lines:
        assert not any(0 < (value or 0) < cells.FEWEST for value in line.counts.values())
        for whole, parts in (("booked", rules.COUNTS[1:6]), ("referred", rules.COUNTS[7:])):
            hidden = [part for part in parts if line.counts[part] is None]
            if line.counts[whole] is None:
                assert hidden
            elif hidden:
                known = sum(line.counts[part] or 0 for part in parts)
                assert len(hidden) > 1
                assert line.counts[whole] - known >= cells.FEWEST
    for name in rules.COUNTS if found.tables["office"] else ():
        hidden = [line for line in found.tables["office"] if line.counts[name] is None]
        if found.total.counts[name] is not None and hidden:
            known = sum(line.counts[name] or 0 for line in found.tables["office"])
            assert len(hidden) > 1
            assert found.total.counts[name] - known >= cells.FEWEST
        if found.total.counts[name] is None:
            assert hidden


@given(sizes=st.dictionaries(st.text(max_size=3), st.integers(0, 30), max_size=8))
def test_what_is_merged_is_two_groups_and_five_people_or_all(sizes: dict[str, int]) -> None:
    small = cells.small(sizes)
    assert {group for group, size in sizes.items() if size < cells.FEWEST} <= small
    assert not small or small == set(sizes) or (len(small) > 1 and sum(sizes[one] for one in small) >= cells.FEWEST)
