"""An office's calendar into slots, by example. What holds for any calendar: test_calendar_properties.py."""

from datetime import UTC, date, datetime
from typing import Any

from services.booking import model
from tests.unit.booking.calendars import EVERY_DAY, MONDAY, a_calendar, a_rule, on_the_wall, slots

CHRISTMAS = date(2026, 12, 25)  # a Friday
REASON = {"es": "Inventario", "en": "Stocktaking"}


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


def test_a_buffer_lies_between_two_slots_and_not_after_the_last() -> None:
    found = slots({"minutes": 30, "buffer": 15, "to": "10:00"})
    assert on_the_wall(found) == ["08:00", "08:45", "09:30"]


def test_places_are_held_back_for_walk_ins_until_so_long_before() -> None:
    assert "walk_ins" not in slots({})[0]
    (never, *_), (one, *_) = slots({"walk_ins": 2}), slots({"walk_ins": 2, "walk_ins_free_minutes": 30})
    assert (never["walk_ins"], "walk_ins_until" in never) == (2, False)
    assert one["walk_ins_until"] == datetime(2026, 11, 23, 13, 30, tzinfo=UTC)
    fewer = a_calendar(a_rule(walk_ins=2), exceptions={"fewer_desks": [{"first": MONDAY.isoformat(), "places": 1}]})
    assert [slot["walk_ins"] for slot in fewer.slots(MONDAY)] == [1] * 4


def test_rules_hold_from_their_first_day_through_their_last() -> None:
    validity = {"valid_from": "2026-11-24", "valid_until": "2026-11-26"}
    days = [one["starts_at"].date() for one in slots({"days": EVERY_DAY, "to": "08:30"} | validity)]
    assert days == [date(2026, 11, day) for day in (24, 25, 26)]


def test_as_many_people_at_a_time_as_desks_and_languages_of_the_hours_or_of_the_office() -> None:
    (named,) = slots({"desks": ["1", "2"], "languages": ["mam"], "to": "08:30"})
    assert (named["capacity"], named["desks"], named["languages"]) == (2, ["1", "2"], ["mam"])
    (plain,) = slots({"to": "08:30"})
    assert (plain["capacity"], plain["desks"], plain["languages"]) == (3, [], ["es", "en"])


# --- holidays


def christmas_week(**office: Any) -> list[date]:
    calendar = a_calendar(a_rule(days=EVERY_DAY, to="08:30"), **office)
    return [one["starts_at"].date() for one in calendar.slots(date(2026, 12, 24), 3)]


def test_on_holidays_of_its_country_an_office_is_closed() -> None:
    assert christmas_week(holidays={"country": "GT"}) == [date(2026, 12, 24), date(2026, 12, 26)]
    assert CHRISTMAS in christmas_week()
    assert CHRISTMAS in christmas_week(holidays={"country": "IL"})


def test_an_office_adds_holidays_of_its_own_and_works_through_others() -> None:
    own = {"date": "12-24", "name": REASON}
    assert christmas_week(holidays={"add": [own], "country": "GT"}) == [date(2026, 12, 26)]
    assert CHRISTMAS in christmas_week(holidays={"country": "GT", "remove": ["12-25"]})
    assert CHRISTMAS in christmas_week(holidays={"country": "GT", "remove": ["2026-12-25"]})
    assert CHRISTMAS not in christmas_week(holidays={"country": "GT", "remove": ["2027-12-25"]})


def test_a_part_of_a_country_and_a_kind_of_holiday_can_be_chosen() -> None:
    monday = a_rule(days=EVERY_DAY, to="08:30")

    def is_open(day: date, **holidays: Any) -> bool:
        return bool(list(a_calendar(monday, holidays=holidays).slots(day)))

    cesar_chavez = date(2026, 3, 31)
    assert is_open(cesar_chavez, country="US")
    assert not is_open(cesar_chavez, country="US", subdivision="CA")
    assert not is_open(date(2026, 4, 3), country="US", categories=["public", "government"], subdivision="TX")


def test_hours_may_hold_on_holidays_too() -> None:
    rules = a_rule(days=EVERY_DAY, to="08:30", on_holidays=True), a_rule(days=EVERY_DAY, pathway="protection")
    found = list(a_calendar(*rules, holidays={"country": "GT"}).slots(CHRISTMAS))
    assert [one["pathway_id"] for one in found] == ["orientation"]


# --- exceptions


def with_exceptions(*rules: dict[str, Any], days: int = 1, first: date = MONDAY, **exceptions: Any) -> list[dict]:
    rules = rules or (a_rule(),)
    return list(a_calendar(*rules, exceptions=exceptions, holidays={"country": "GT"}).slots(first, days))


def test_closed_days_have_no_slots() -> None:
    closed = {"first": "2026-11-23", "last": "2026-11-24", "reason": REASON}
    found = with_exceptions(a_rule(days=EVERY_DAY, to="08:30"), days=3, closed=[closed])
    assert [one["starts_at"].date() for one in found] == [date(2026, 11, 25)]


def test_closed_hours_take_every_slot_that_they_touch() -> None:
    closed = {"first": "2026-11-23", "from": "08:45", "to": "09:30", "reason": REASON}
    assert on_the_wall(with_exceptions(closed=[closed])) == ["08:00", "09:30"]


def test_a_closing_may_be_of_some_pathways_only() -> None:
    closed = {"first": "2026-11-23", "pathways": ["protection"], "reason": REASON}
    found = with_exceptions(a_rule(), a_rule(pathway="protection"), closed=[closed])
    assert {one["pathway_id"] for one in found} == {"orientation"}


def test_an_extra_day_is_open_also_on_a_holiday_and_on_a_day_without_hours() -> None:
    extra = {"pathway": "orientation", "from": "09:00", "to": "10:00", "minutes": 20, "places": 1}
    days = [extra | {"date": "2026-12-25"}, extra | {"date": "2026-12-26"}]
    found = with_exceptions(a_rule(days=["fri"]), first=CHRISTMAS, days=2, extra_days=days)
    assert on_the_wall(found) == ["09:00", "09:20", "09:40"] * 2


def test_fewer_desks_mean_fewer_places_and_none_means_none() -> None:
    desks = a_rule(desks=["1", "2", "3"], to="09:30")
    missing = {"first": "2026-11-23", "without": ["1"]}
    found = with_exceptions(desks, fewer_desks=[missing, missing | {"without": ["3"], "from": "08:30"}])
    assert [(one["capacity"], one["desks"]) for one in found] == [(2, ["2", "3"]), (1, ["2"]), (1, ["2"])]
    assert with_exceptions(desks, fewer_desks=[missing | {"without": ["1", "2", "3"]}]) == []
    few = {"first": "2026-11-23", "places": 2}
    assert [one["capacity"] for one in with_exceptions(a_rule(to="08:30"), fewer_desks=[few])] == [2]
    assert with_exceptions(a_rule(), fewer_desks=[few | {"places": 0}]) == []


def test_fewer_places_than_were_never_there_are_not_more() -> None:
    few = {"first": "2026-11-23", "places": 9}
    assert [one["capacity"] for one in with_exceptions(a_rule(to="08:30"), fewer_desks=[few])] == [3]


# --- closed days, as they are told


def test_closed_days_are_told_with_their_reason_in_each_language() -> None:
    rules = a_rule(days=EVERY_DAY), a_rule(days=EVERY_DAY, pathway="protection")
    closed = {"first": "2026-12-24", "pathways": ["protection"], "reason": REASON}
    calendar = a_calendar(*rules, holidays={"country": "GT"}, exceptions={"closed": [closed]})
    assert calendar.closed_days(date(2026, 12, 20), 10) == [
        model.ClosedDay(date(2026, 12, 24), REASON, ("protection",)),
        model.ClosedDay(CHRISTMAS, {"es": "Día de Navidad", "en": "Christmas Day"}, ("orientation", "protection")),
    ]


def test_a_holiday_is_told_in_the_countrys_own_words_where_there_are_no_others() -> None:
    (told,) = a_calendar(a_rule(days=EVERY_DAY), holidays={"country": "PT"}).closed_days(CHRISTMAS, 1)
    assert told.reason == {"es": "Dia de Natal", "en": "Christmas Day"}


def test_days_that_are_closed_every_week_or_open_after_all_are_not_told() -> None:
    extra = {"pathway": "orientation", "date": "2026-12-25", "from": "09:00", "to": "10:00", "minutes": 20, "places": 1}
    for rule, exceptions in (
        (a_rule(days=["mon"]), {}),
        (a_rule(days=EVERY_DAY, on_holidays=True), {}),
        (a_rule(days=EVERY_DAY), {"extra_days": [extra]}),
    ):
        calendar = a_calendar(rule, holidays={"country": "GT"}, exceptions=exceptions)
        assert calendar.closed_days(CHRISTMAS, 1) == []
