"""What an office's calendar may say, what is refused, and where."""

from typing import Any

import pytest
from marshmallow import ValidationError

from services.booking import calendar_schemas

REASON = {"es": "Inventario", "en": "Stocktaking"}
HOURS = {"pathway": "orientation", "from": "08:00", "to": "12:00", "minutes": 30}
CLOSED = {"first": "2027-01-04", "reason": REASON}


def a_rule(**changes: Any) -> dict[str, Any]:
    places = {} if "desks" in changes else {"places": 2}
    return HOURS | {"days": ["mon", "tue"]} | places | changes


def an_office(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    office = {"id": "guatemala", "timezone": "America/Guatemala", "pathways": ["orientation", "protection"]}
    return office | {"opening": list(rules)} | changes


def faults(office: dict[str, Any]) -> dict[str, str]:
    """Each field at fault, dotted, with the first thing that is said of it."""
    with pytest.raises(ValidationError) as refused:
        calendar_schemas.of_office(office)
    return dict(flat(refused.value.messages_dict))


def flat(messages: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(messages, dict):
        return [one for name, inner in messages.items() for one in flat(inner, f"{path}.{name}".lstrip("."))]
    return [(path, messages[0])]


def test_a_whole_calendar_is_taken_as_it_is() -> None:
    office = an_office(
        a_rule(buffer=5, valid_from="2027-01-01", valid_until=None, languages=["es", "mam"]),
        a_rule(pathway="protection", desks=["1", "Sala A"], on_holidays=True),
        holidays={
            "country": "US",
            "subdivision": "TX",
            "categories": ["public"],
            "add": [{"date": "10-07", "name": REASON}, {"date": "2027-02-28", "name": REASON}],
            "remove": ["02-29", "2027-12-25"],
        },
        exceptions={
            "closed": [CLOSED | {"last": "2027-01-08", "pathways": ["protection"], "from": "10:00", "to": "24:00"}],
            "extra_days": [HOURS | {"date": "2027-01-09", "places": 1}],
            "fewer_desks": [{"first": "2027-01-11", "without": ["1"]}, {"first": "2027-01-12", "places": 0}],
        },
        limits={"protection": {"min_notice_minutes": 60, "horizon_days": 7}},
    )
    assert calendar_schemas.of_office(office | {"name": "not of the calendar"}) == office


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"days": ["monday"]}, "days.0"),
        ({"days": []}, "days"),
        ({"days": ["mon", "mon"]}, "days"),
        ({"from": "8:00"}, "from"),
        ({"to": "24:30"}, "to"),
        ({"from": "12:00", "to": "08:00"}, "to"),
        ({"from": "08:00", "to": "08:00"}, "to"),
        ({"minutes": 300}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": "30"}, "minutes"),
        ({"buffer": -1}, "buffer"),
        ({"places": 0}, "places"),
        ({"places": 2, "desks": ["1"]}, "places"),
        ({"desks": []}, "desks"),
        ({"desks": ["1", "1"]}, "desks"),
        ({"languages": ["español"]}, "languages.0"),
        ({"valid_from": "2027-02-30"}, "valid_from"),
        ({"valid_from": "20270201"}, "valid_from"),
        ({"valid_from": "2027-02-02", "valid_until": "2027-02-01"}, "valid_until"),
        ({"pathway": "resettlement"}, "pathway"),
        ({"walk_ins": -1}, "walk_ins"),
        ({"walk_ins": 400}, "walk_ins"),
        ({"walk_ins_free_minutes": -1}, "walk_ins_free_minutes"),
        ({"place": 2}, "place"),
    ],
)
def test_a_row_of_hours_that_is_not_right_is_refused_at_its_field(change: dict[str, Any], field: str) -> None:
    assert list(faults(an_office(a_rule(**change)))) == [f"opening.0.{field}"]


def test_hours_need_either_places_or_desks() -> None:
    assert list(faults(an_office(HOURS | {"days": ["mon"]}))) == ["opening.0.places"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"timezone": "America/Guatemala City"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"holidays": {"country": "XX"}}, "holidays.country"),
        ({"holidays": {"country": "gt"}}, "holidays.country"),
        ({"holidays": {"country": "US", "subdivision": "ZZ"}}, "holidays.subdivision"),
        ({"holidays": {"country": "GT", "categories": ["bank"]}}, "holidays.categories"),
        ({"holidays": {"country": "US", "categories": ["half_day"]}}, "holidays.categories"),
        ({"holidays": {"remove": ["13-01"]}}, "holidays.remove.0"),
        ({"holidays": {"add": [{"date": "2027-1-1", "name": REASON}]}}, "holidays.add.0.date"),
        ({"holidays": {"add": [{"date": "01-01", "name": {"es": "x"}}]}}, "holidays.add.0.name.en"),
        ({"exceptions": {"closed": [{"first": "2027-01-04"}]}}, "exceptions.closed.0.reason"),
        ({"exceptions": {"closed": [CLOSED | {"last": "2027-01-03"}]}}, "exceptions.closed.0.last"),
        ({"exceptions": {"closed": [CLOSED | {"from": "24:00"}]}}, "exceptions.closed.0.to"),
        ({"exceptions": {"closed": [CLOSED | {"pathways": ["x"]}]}}, "exceptions.closed.0.pathways"),
        ({"exceptions": {"fewer_desks": [{"first": "2027-01-04"}]}}, "exceptions.fewer_desks.0.without"),
        (
            {"exceptions": {"fewer_desks": [{"first": "2027-01-04", "without": ["9"]}]}},
            "exceptions.fewer_desks.0.without",
        ),
        ({"limits": {"resettlement": {"horizon_days": 3}}}, "limits.resettlement"),
        ({"limits": {"protection": {"horizon_days": -1}}}, "limits.protection.value.horizon_days"),
    ],
)
def test_what_is_unknown_or_the_wrong_way_round_is_refused_at_its_field(change: dict[str, Any], field: str) -> None:
    assert list(faults(an_office(a_rule(), **change))) == [field]


@pytest.mark.parametrize(
    "later",
    [
        {},
        {"from": "11:30", "to": "13:00"},
        {"days": ["tue", "wed"]},
        {"valid_from": "2027-01-04"},
        {"valid_from": "2027-01-05", "valid_until": "2027-01-05"},  # one Tuesday
    ],
)
def test_two_rows_of_one_pathway_must_not_overlap(later: dict[str, Any]) -> None:
    assert list(faults(an_office(a_rule(), a_rule(**later)))) == ["opening.1.from"]


@pytest.mark.parametrize(
    "later",
    [
        {"from": "12:00", "to": "13:00"},
        {"days": ["wed", "sun"]},
        {"pathway": "protection"},
        {"valid_from": "2027-01-06", "valid_until": "2027-01-10"},  # no Monday or Tuesday among them
        {"valid_from": "2028-01-01"},
    ],
)
def test_two_rows_that_never_meet_may_stand_together(later: dict[str, Any]) -> None:
    assert calendar_schemas.of_office(an_office(a_rule(valid_until="2027-12-31"), a_rule(**later)))


def test_a_desk_serves_one_pathway_at_a_time() -> None:
    rows = a_rule(desks=["1", "2"]), a_rule(pathway="protection", desks=["2", "3"])
    assert list(faults(an_office(*rows))) == ["opening.1.desks"]
    assert calendar_schemas.of_office(an_office(rows[0], rows[1] | {"days": ["wed"]}))


def test_an_extra_day_must_not_meet_the_hours_that_the_day_has_anyway() -> None:
    on_monday = HOURS | {"date": "2027-01-04", "places": 1}
    for extra_days, at_fault in (
        ([on_monday], {"exceptions.extra_days.0.from"}),
        ([on_monday | {"from": "13:00", "to": "14:00"}], set()),
        ([on_monday | {"date": "2027-01-06"}] * 2, {"exceptions.extra_days.1.from"}),
    ):
        office = an_office(a_rule(), exceptions={"extra_days": extra_days})
        assert set(faults(office)) == at_fault if at_fault else calendar_schemas.of_office(office)


def test_an_extra_day_on_a_holiday_is_no_contradiction_but_on_a_closed_day_it_is() -> None:
    extra = {"extra_days": [HOURS | {"date": "2026-12-25", "places": 1}]}
    office = an_office(a_rule(days=["fri"]), holidays={"country": "GT"}, exceptions=extra)
    assert calendar_schemas.of_office(office)
    closed = {"closed": [{"first": "2026-12-24", "last": "2026-12-26", "reason": REASON}]}
    assert list(faults(office | {"exceptions": extra | closed})) == ["exceptions.extra_days.0.date"]


def test_all_that_is_at_odds_is_told_at_once() -> None:
    office = an_office(a_rule(), a_rule(), a_rule(pathway="nowhere"), limits={"elsewhere": {}})
    assert set(faults(office)) == {"opening.1.from", "opening.2.pathway", "limits.elsewhere"}
