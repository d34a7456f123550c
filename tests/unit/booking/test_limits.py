"""How soon and how far ahead a time may be booked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking import model, refusals
from tests import builders
from tests.unit.booking.zones import zones

NOON = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # in Guatemala


def fits(starts_at: datetime, now: datetime = NOON, office: model.Office | None = None, **pathway: int) -> None:
    slot = builders.a_slot(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30))
    request = builders.a_booking_request()
    request.must_fit(slot, office or builders.an_office(), builders.a_pathway(**pathway), now)


def test_without_notice_a_time_may_be_booked_until_it_begins() -> None:
    fits(NOON + timedelta(seconds=1))
    with pytest.raises(refusals.SlotPast):
        fits(NOON)


def test_a_pathway_may_want_notice() -> None:
    fits(NOON + timedelta(minutes=90), min_notice_minutes=90)
    with pytest.raises(refusals.TooSoon):
        fits(NOON + timedelta(minutes=89), min_notice_minutes=90)


def test_the_last_day_is_counted_from_the_offices_today_and_opens_whole_at_its_midnight() -> None:
    last_moment = datetime(2026, 12, 8, 5, 59, tzinfo=UTC)  # two weeks from today, just before midnight
    fits(last_moment)
    with pytest.raises(refusals.TooFarAhead):
        fits(last_moment + timedelta(minutes=1))
    fits(last_moment + timedelta(minutes=1), now=datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    with pytest.raises(refusals.TooFarAhead):
        fits(last_moment + timedelta(minutes=1), now=datetime(2026, 11, 24, 5, 59, tzinfo=UTC))


def test_a_horizon_of_no_days_is_today() -> None:
    fits(NOON + timedelta(hours=11, minutes=59), horizon_days=0)
    with pytest.raises(refusals.TooFarAhead):
        fits(NOON + timedelta(hours=12), horizon_days=0)


def test_an_office_may_have_limits_of_its_own_for_a_pathway() -> None:
    office = builders.an_office(limits={"orientation": {"min_notice_minutes": 60}, "protection": {"horizon_days": 0}})
    with pytest.raises(refusals.TooSoon):
        fits(NOON + timedelta(minutes=30), office=office)
    fits(NOON + timedelta(days=2), office=office, horizon_days=2)
    with pytest.raises(refusals.TooFarAhead):
        fits(NOON + timedelta(days=3), office=office, horizon_days=2)


def test_an_office_that_is_closed_says_so_before_any_limit() -> None:
    with pytest.raises(refusals.IntakeClosed):
        fits(NOON + timedelta(days=90), office=builders.an_office(intake=model.Intake(open=False)))


@settings(max_examples=60, deadline=None)
@given(
    zones,
    st.integers(0, 11 * 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.integers(0, 60),
    st.integers(0, 90 * 24 * 60),
)
def test_what_a_listing_shows_is_what_a_booking_is_allowed(
    zone: str, now: datetime, horizon: int, minutes: int
) -> None:
    limits = model.Limits(30, horizon)
    starts_at = now + timedelta(minutes=minutes)
    earliest, end = limits.window(now, zone)
    try:
        limits.must_allow(starts_at, zone, now)
        allowed = True
    except (refusals.TooSoon, refusals.TooFarAhead):
        allowed = False
    assert allowed == (earliest <= starts_at < end)
    days = (builders.an_office(timezone=zone).today(starts_at) - builders.an_office(timezone=zone).today(now)).days
    assert allowed == (minutes >= 30 and days <= horizon)
