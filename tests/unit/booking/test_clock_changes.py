"""Days with 23 and 25 hours. In Madrid clocks go at 02:00 on 2027-03-28 to 03:00, at 03:00 on 2026-10-25 to 02:00."""

from datetime import date, timedelta

import pytest

from services.booking.model.calendar import wall
from tests import builders
from tests.unit.booking.calendars import EVERY_DAY, MONDAY, on_the_wall, slots


def test_an_hour_that_the_clocks_skip_has_no_slots() -> None:
    found = slots({"days": ["sun"], "from": "01:00", "to": "04:00"}, date(2027, 3, 28), 1, "Europe/Madrid")
    assert [one["starts_at"].strftime("%H:%M") for one in found] == ["00:00", "00:30", "01:00", "01:30"]


def test_an_hour_that_comes_twice_has_its_slots_once() -> None:
    found = slots({"days": ["sun"], "from": "01:00", "to": "04:00"}, date(2026, 10, 25), 1, "Europe/Madrid")
    starts = [one["starts_at"] for one in found]
    assert len(starts) == len(set(starts)) == 6
    assert starts == sorted(starts)


def test_who_is_still_seen_when_the_clocks_go_forward_is_not_overtaken_by_the_next() -> None:
    rule = {"days": ["sun"], "from": "01:00", "to": "05:00", "minutes": 45}
    found = slots(rule, date(2027, 3, 28), 1, "Europe/Madrid")
    assert on_the_wall(found) == ["01:00", "01:45", "04:00"]
    assert on_the_wall(found, "ends_at") == ["01:45", "03:30", "04:45"]


def test_the_buffer_is_kept_when_the_clocks_go_forward() -> None:
    rule = {"days": ["sun"], "from": "01:30", "to": "05:00", "minutes": 30, "buffer": 20}
    found = slots(rule, date(2027, 3, 28), 1, "Europe/Madrid")
    assert on_the_wall(found) == ["01:30", "04:00"]  # the first ends at 03:00: the one at 03:10 would be too soon


def test_nobody_is_seen_after_the_wall_shows_that_the_office_has_closed() -> None:
    rule = {"days": ["sun"], "from": "01:30", "to": "02:30", "minutes": 60}
    assert slots(rule, date(2027, 3, 28), 1, "Europe/Madrid") == []  # it would last until 03:30
    assert len(slots(rule, date(2027, 3, 21), 1, "Europe/Madrid")) == 1


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [
        ("Africa/Cairo", date(2026, 4, 24), 23),  # begins at 01:00
        ("America/Havana", date(2026, 3, 8), 23),  # begins at 01:00
        ("America/Havana", date(2026, 11, 1), 25),  # its first hour comes twice
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kathmandu", date(2026, 11, 23), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),  # a day that never was
    ],
)
def test_an_office_that_is_always_open_has_each_time_that_its_wall_shows_once(
    timezone: str, day: date, hours: float
) -> None:
    found = slots({"days": EVERY_DAY, "from": "00:00", "to": "24:00"}, day, 1, timezone)
    assert len(found) == min(hours, 24) * 2
    assert len(set(on_the_wall(found))) == len(found)


def test_a_day_is_24_hours_but_for_those_on_which_clocks_change() -> None:
    def length(timezone: str, day: date) -> timedelta:
        begin, end = wall.day_bounds(timezone, day)
        return end - begin

    assert length("Europe/Madrid", date(2027, 3, 28)) == timedelta(hours=23)
    assert length("Europe/Madrid", date(2026, 10, 25)) == timedelta(hours=25)
    assert length(builders.GUATEMALA, MONDAY) == timedelta(hours=24)
