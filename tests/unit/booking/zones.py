"""Zones all over the world, and days there; among them many on which the clocks change."""

from datetime import date, timedelta
from zoneinfo import available_timezones

from hypothesis import strategies as st

from services.booking.model.calendar import wall

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
WITH_CHANGES = (
    "Africa/Cairo",
    "America/Havana",
    "America/New_York",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Madrid",
)


def is_odd(zone: str, day: date) -> bool:
    """Not 24 hours long."""
    begin, end = wall.day_bounds(zone, day)
    return end - begin != timedelta(days=1)


ODD_DAYS = [
    (zone, day)
    for zone in WITH_CHANGES
    for day in (date(2026, 1, 1) + timedelta(days=number) for number in range(365))
    if is_odd(zone, day)
]

zones = st.sampled_from(ZONES)
zones_and_days = st.one_of(st.sampled_from(ODD_DAYS), st.tuples(zones, st.dates(date(2024, 1, 1), date(2035, 12, 31))))
