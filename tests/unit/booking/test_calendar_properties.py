"""What holds for any calendar, in any zone, on any day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking import model
from services.booking.model.calendar import wall
from tests import builders
from tests.unit.booking.zones import ODD_DAYS, is_odd, zones_and_days

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)
often = settings(max_examples=30, deadline=None)


def text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def hours(draw: st.DrawFn, until: int = 24) -> dict[str, Any]:
    opens = draw(st.integers(0, until * 12 - 1)) * 5
    closes = draw(st.integers(opens // 5 + 1, until * 12)) * 5
    return {
        "pathway": draw(st.sampled_from(["orientation", "protection"])),
        "from": text(opens),
        "to": text(closes),
        "minutes": draw(st.sampled_from([5, 20, 30, 45, 60, 90, 180])),
        "buffer": draw(st.sampled_from([0, 0, 5, 20])),
        "places": draw(st.integers(1, 4)),
    }


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    return draw(hours()) | {"days": draw(st.lists(st.sampled_from(WEEK), min_size=3, unique=True))}


@st.composite
def calendars(draw: st.DrawFn) -> tuple[model.Office, date]:
    """An office, and a day on which the clocks may change there."""
    zone, day = draw(zones_and_days)
    extra = draw(st.lists(hours().map(lambda one: one | {"date": day.isoformat()}), max_size=2))
    office = builders.an_office(
        timezone=zone,
        opening=tuple(draw(st.lists(rules(), min_size=1, max_size=4))),
        exceptions={"extra_days": extra},
        holidays={"country": draw(st.sampled_from([None, "GT", "ES", "US"]))},
    )
    return office, day


def all_hours(office: model.Office, day: date) -> list[dict[str, Any]]:
    """What the documents say of one day, but for holidays, which only take away."""
    usual = [rule for rule in office.opening if WEEK[day.weekday()] in rule["days"]]
    return [*usual, *(one for one in office.exceptions["extra_days"] if one["date"] == day.isoformat())]


def minutes_of(slot: dict[str, Any]) -> Iterator[datetime]:
    at = slot["starts_at"]
    while at < slot["ends_at"]:
        yield at.astimezone(ZoneInfo(slot["timezone"]))
        at += MINUTE


@often
@given(calendars())
def test_no_two_slots_of_one_pathway_overlap(made: tuple[model.Office, date]) -> None:
    office, day = made
    found = list(office.calendar.slots(day - timedelta(days=1), 3))
    for pathway in ("orientation", "protection"):
        mine = [slot for slot in found if slot["pathway_id"] == pathway]
        assert all(one["ends_at"] <= later["starts_at"] for one, later in zip(mine, mine[1:], strict=False))


@often
@given(calendars())
def test_every_minute_of_a_slot_lies_in_some_hours_of_its_pathway_and_length_by_the_wall_clock(
    made: tuple[model.Office, date],
) -> None:
    office, day = made
    for slot in office.calendar.slots(day):
        times = [at.strftime("%H:%M") for at in minutes_of(slot)]
        assert {at.date() for at in minutes_of(slot)} == {day}
        assert any(
            rule["pathway"] == slot["pathway_id"]
            and slot["ends_at"] - slot["starts_at"] == rule["minutes"] * MINUTE
            and all(rule["from"] <= at < rule["to"] for at in times)
            for rule in all_hours(office, day)
        ), (slot, times[0], times[-1])


@often
@given(rules(), zones_and_days)
def test_hours_alone_give_all_slots_that_fit_but_for_hours_that_are_missing(
    rule: dict[str, Any], where: tuple[str, date]
) -> None:
    zone, day = where
    office = builders.an_office(timezone=zone, opening=(rule | {"days": list(WEEK)},))
    found = list(office.calendar.slots(day))
    length = wall.minutes(rule["to"]) - wall.minutes(rule["from"])
    fitting = max((length + rule["buffer"]) // (rule["minutes"] + rule["buffer"]), 0)
    assert len(found) <= fitting if is_odd(zone, day) else len(found) == fitting
    step = (rule["minutes"] + rule["buffer"]) * MINUTE
    assert all(later["starts_at"] - one["starts_at"] >= step for one, later in zip(found, found[1:], strict=False))


@settings(max_examples=150, deadline=None)
@given(hours(until=5), st.sampled_from(ODD_DAYS))
def test_where_clocks_change_nobody_is_seen_outside_the_hours_or_before_it_is_their_turn(
    night: dict[str, Any], where: tuple[str, date]
) -> None:
    zone, day = where
    office = builders.an_office(timezone=zone, opening=(night | {"days": list(WEEK)},))
    free_from = datetime.min.replace(tzinfo=UTC)
    for slot in office.calendar.slots(day):
        assert all(night["from"] <= at.strftime("%H:%M") < night["to"] for at in minutes_of(slot))
        assert slot["ends_at"] - slot["starts_at"] == night["minutes"] * MINUTE
        assert slot["starts_at"] >= free_from
        free_from = slot["ends_at"] + night["buffer"] * MINUTE


@often
@given(calendars())
def test_a_calendar_gives_the_same_ids_each_time_and_none_twice(made: tuple[model.Office, date]) -> None:
    office, day = made
    once = [slot["_id"] for slot in office.calendar.slots(day, 3)]
    one_by_one = [slot["_id"] for number in range(3) for slot in office.calendar.slots(day + timedelta(days=number))]
    assert once == one_by_one
    assert len(set(once)) == len(once)
    assert all(
        slot["_id"].endswith(f"{slot['starts_at'].astimezone(UTC):.%Y%m%dT%H%M%SZ}")
        for slot in office.calendar.slots(day)
    )


@often
@given(zones_and_days, st.integers(-5, 5), st.integers(0, 5))
def test_no_slot_lies_outside_the_validity_of_its_rule(where: tuple[str, date], begins: int, lasts: int) -> None:
    zone, day = where
    first = day + timedelta(days=begins)
    last = first + timedelta(days=lasts)
    rule = {
        "pathway": "orientation",
        "days": list(WEEK),
        "from": "10:00",
        "to": "11:00",
        "minutes": 60,
        "places": 1,
        "valid_from": first.isoformat(),
        "valid_until": last.isoformat(),
    }
    office = builders.an_office(timezone=zone, opening=(rule,))
    found = [slot["starts_at"].astimezone(ZoneInfo(zone)).date() for slot in office.calendar.slots(day, 3)]
    assert found == [one for one in (day + timedelta(days=number) for number in range(3)) if first <= one <= last]
