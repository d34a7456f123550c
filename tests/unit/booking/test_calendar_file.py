"""The calendar file."""

from icalendar import Calendar

from services.booking import calendar_file
from tests import builders


def event(**changes: object):
    raw = calendar_file.of(builders.an_appointment(**changes), builders.an_office())
    calendar = Calendar.from_ical(raw)
    return raw.decode(), calendar.walk("VEVENT")[0], calendar


def test_it_carries_the_time_with_its_zone() -> None:
    _, found, calendar = event()
    assert found["dtstart"].dt == builders.an_appointment().starts_at
    assert found["dtstart"].params["TZID"] == builders.GUATEMALA
    assert calendar.walk("VTIMEZONE")


def test_it_is_discreet() -> None:
    text, _, _ = event(pathway_id="protection")
    for word in ("protec", "asil", "asylum", "orient", "refug", "Ana", "+502"):
        assert word.lower() not in text.lower()


def test_a_later_file_replaces_an_earlier_one() -> None:
    _, booked, _ = event()
    _, cancelled, _ = event(status="cancelled", version=2)
    assert booked["uid"] == cancelled["uid"]
    assert int(cancelled["sequence"]) > int(booked["sequence"])
    assert (booked["status"], cancelled["status"]) == ("CONFIRMED", "CANCELLED")
