"""Opening hours into slots."""

from datetime import UTC, date, datetime
from typing import Any

from services.booking import schedule
from tests import builders

MONDAY = date(2026, 11, 23)


def slots(rule: dict[str, Any], first: date = MONDAY, days: int = 7, timezone: str = builders.GUATEMALA) -> list[dict]:
    whole = {"pathway": "orientation", "days": ["mon"], "from": "08:00", "to": "10:00", "minutes": 30, "places": 3}
    return list(schedule.slots(builders.an_office(opening=(whole | rule,), timezone=timezone), first, days))


def test_hours_on_the_wall_become_instants() -> None:
    found = slots({})
    assert [one["starts_at"].hour * 60 + one["starts_at"].minute for one in found] == [840, 870, 900, 930]
    assert found[0]["starts_at"] == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    assert found[-1]["ends_at"] == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert found[0]["_id"] == "guatemala.orientation.20261123T140000Z"


def test_only_on_the_days_given_and_only_whole_slots() -> None:
    assert {one["starts_at"].date() for one in slots({"days": ["tue", "thu"]})} == {
        date(2026, 11, 24),
        date(2026, 11, 26),
    }
    assert len(slots({"minutes": 45})) == 2


def test_a_day_may_be_open_until_midnight() -> None:
    found = slots({"from": "00:00", "to": "24:00"}, days=1)
    assert len(found) == 48
    assert found[-1]["ends_at"] == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_has_no_slots() -> None:
    found = slots({"days": ["sun"], "from": "01:00", "to": "04:00"}, date(2027, 3, 28), 1, "Europe/Madrid")
    assert [one["starts_at"].strftime("%H:%M") for one in found] == ["00:00", "00:30", "01:00", "01:30"]


def test_an_hour_that_comes_twice_has_its_slots_once() -> None:
    found = slots({"days": ["sun"], "from": "01:00", "to": "04:00"}, date(2026, 10, 25), 1, "Europe/Madrid")
    starts = [one["starts_at"] for one in found]
    assert len(starts) == len(set(starts)) == 6
    assert starts == sorted(starts)
