"""A mass cancellation as a rule: whose decision it is, and which times it closes."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking import refusals
from services.booking.model import MassCancellation, Proposal
from services.booking.model.calendar import closed_too, read
from tests import builders
from tests.builders import GUATEMALA, NOW

ZONES = [GUATEMALA, "Europe/Madrid", "America/New_York", "Pacific/Chatham"]


def one(**changes: Any) -> MassCancellation:
    made = MassCancellation("m", "guatemala", NOW, NOW + timedelta(days=1), "office_closed", False, "a", NOW, {})
    return dataclasses.replace(made, **changes)


def test_somebody_else_approves_and_only_once() -> None:
    with pytest.raises(refusals.OwnProposal):
        one().approve("a", NOW)
    approved = one().approve("b", NOW)
    assert (approved.state, approved.decided_by, approved.version) == ("running", "b", 2)
    for decide in (lambda: approved.approve("c", NOW), lambda: approved.object("c", NOW)):
        with pytest.raises(refusals.DecidedAlready):
            decide()


def test_what_is_past_is_not_approved_and_who_proposed_it_may_take_it_back() -> None:
    with pytest.raises(refusals.RangePast):
        one().approve("b", NOW + timedelta(days=1))
    assert one().object("a", NOW).state == "objected"


def test_only_what_runs_is_stopped() -> None:
    stopped = one(state="running", total=9, done=4, failed=("x",)).stop(NOW)
    assert (stopped.state, stopped.left) == ("stopped", 4)
    with pytest.raises(refusals.NotRunning):
        one().stop(NOW)


def test_whole_days_are_the_offices_and_the_last_is_one_of_them() -> None:
    begins_at, ends_at = Proposal(date(2026, 11, 24), date(2026, 11, 25), "office_closed").range(GUATEMALA, NOW)
    assert (begins_at, ends_at) == (datetime(2026, 11, 24, 6, tzinfo=UTC), datetime(2026, 11, 26, 6, tzinfo=UTC))
    found = one(begins_at=begins_at, ends_at=ends_at, pathway_id="orientation").closures(GUATEMALA)
    assert found == [{"first": "2026-11-24", "last": "2026-11-25", "pathways": ["orientation"]}]


def test_hours_of_the_first_and_the_last_day_are_closed_only_in_part() -> None:
    begins_at, ends_at = datetime(2026, 11, 24, 19, tzinfo=UTC), datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
    assert one(begins_at=begins_at, ends_at=ends_at).closures(GUATEMALA) == [
        {"first": "2026-11-24", "last": "2026-11-24", "from": "13:00", "to": "24:00"},
        {"first": "2026-11-25", "last": "2026-11-26"},
        {"first": "2026-11-27", "last": "2026-11-27", "from": "00:00", "to": "09:30"},
    ]


@given(
    zone=st.sampled_from(ZONES),
    begin=st.integers(0, 60 * 24 * 400),
    length=st.integers(30, 60 * 24 * 9),
)
def test_the_closed_times_take_every_slot_of_the_range(zone: str, begin: int, length: int) -> None:
    begins_at = NOW + timedelta(minutes=begin)
    ends_at = begins_at + timedelta(minutes=length)
    hours = {"pathway": "orientation", "from": "00:00", "to": "24:00", "minutes": 60, "places": 1}
    office = {"id": "guatemala", "timezone": zone, "opening": [{"days": ["mon", "wed", "sun"], **hours}]}
    extra = [{"date": wall_day(begins_at, zone), **hours}]
    closed = one(begins_at=begins_at, ends_at=ends_at).closures(zone)
    reason = {"es": "-", "en": "-"}
    exceptions = closed_too({"extra_days": extra}, [row | {"reason": reason} for row in closed])
    first = date.fromisoformat(wall_day(begins_at, zone)) - timedelta(days=1)
    days = length // (60 * 24) + 4
    slots = list(read(office | {"exceptions": exceptions}).slots(first, days))
    assert not [slot for slot in slots if begins_at <= slot["starts_at"] < ends_at]


def wall_day(at: datetime, zone: str) -> str:
    return builders.an_office(timezone=zone).today(at).isoformat()


def test_an_extra_day_beside_what_is_closed_stays() -> None:
    hours = {"pathway": "orientation", "from": "08:00", "to": "12:00", "minutes": 30, "places": 1}
    exceptions = {"extra_days": [{"date": "2027-01-09", **hours}, {"date": "2027-01-16", **hours}], "closed": []}
    found = closed_too(exceptions, [{"first": "2027-01-09", "last": "2027-01-09", "from": "11:00", "to": "24:00"}])
    assert [row["date"] for row in found["extra_days"]] == ["2027-01-16"]
