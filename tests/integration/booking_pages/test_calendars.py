"""The pages of an office's calendar: seen, changed row by row, with whom it concerns before it is done."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.booking import renewal, store
from shared import clock
from tests import builders
from tests.integration.booking.calendars import a_rule, bring
from tests.integration.booking.slots import book
from tests.integration.booking_pages import visitor

PAGE = "/staff/offices/guatemala/calendar"
NEW = {"from": "08:00", "to": "12:00", "minutes": "30", "places": "2", "days": ["mon", "tue"]}


@pytest.fixture
def supervisor(client: FlaskClient, db: Database) -> Iterator[FlaskClient]:
    """The clerk of the sample, who has become one."""
    db.accounts.update_one({"email": "clerk@sendero.test"}, {"$set": {"roles": ["supervisor"]}})
    visitor.sign_in(client)
    yield client
    db.accounts.update_one({"email": "clerk@sendero.test"}, {"$set": {"roles": ["clerk"]}})


def send(client: FlaskClient, kind: str = "opening", row: str = "", **typed: Any) -> TestResponse:
    """The form, up to whom it concerns."""
    form = {name.replace("_in_", "."): value for name, value in typed.items()}
    return visitor.post(client, f"{PAGE}/row", {"kind": kind, "row": row, "pathway": "orientation", **form}, PAGE)


def confirm(client: FlaskClient, page: TestResponse, **typed: Any) -> TestResponse:
    return client.post(f"{PAGE}/row", data=visitor.hidden(page.text) | typed | {"confirm": "yes"})


def test_hours_are_added_and_slots_follow(supervisor: FlaskClient, db: Database) -> None:
    assert "Horario" in supervisor.get(PAGE).text
    page = send(supervisor, **NEW, walk_ins="1")
    assert page.status_code == 200, page.text
    assert "No afecta a nadie" in page.text
    assert db.slots.count_documents({}) == 0
    answer = confirm(supervisor, page, days=NEW["days"])
    assert answer.status_code == 303, answer.text
    (rule,) = store.office(db, "guatemala").opening
    assert (rule["days"], rule["places"], rule["walk_ins"]) == (["mon", "tue"], 2, 1)
    assert db.slots.count_documents({}) > 0
    assert "08:00 – 12:00" in supervisor.get(PAGE).text
    assert db.audit.count_documents({"action": "calendar.change", "subject": "guatemala"}) == 1


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_changed(supervisor: FlaskClient, db: Database) -> None:
    page = send(supervisor, **NEW | {"to": "25:00", "places": "many", "days": []})
    assert page.status_code == 422
    for field in ("to", "places", "days"):
        assert f'href="#field-{field}"' in page.text
    assert store.office(db, "guatemala").opening == ()
    early = send(supervisor, **NEW | {"to": "07:00"})
    assert 'href="#field-to"' in early.text
    closed = send(supervisor, kind="closed", first="2031-02-03", reason_in_es="Obras")
    assert closed.status_code == 422
    assert 'href="#field-reason.en"' in closed.text


def test_whom_a_closed_day_concerns_is_shown_before_it_is_done(supervisor: FlaskClient, db: Database) -> None:
    bring(db, a_rule())
    day = builders.an_office().today(clock.now()) + timedelta(days=2)
    slot = next(row for row in db.slots.find() if builders.an_office().today(row["starts_at"]) == day)
    mine = book(db, slot["_id"])
    said = {"first": day.isoformat(), "reason_in_es": "Inundación", "reason_in_en": "Flood"}
    page = send(supervisor, kind="closed", **said)
    assert "1 cita" in page.text
    assert mine.reference not in page.text
    assert renewal.concerned(db) == []
    assert confirm(supervisor, page).status_code == 303
    assert renewal.concerned(db) == [mine.reference]
    assert "Inundación" in supervisor.get(PAGE).text


def test_a_row_is_changed_and_removed(supervisor: FlaskClient, db: Database) -> None:
    bring(db, a_rule())
    assert 'value="240"' in supervisor.get(f"{PAGE}/row?pathway=orientation&row=0").text
    fewer = NEW | {"places": "1"}
    page = send(supervisor, row="0", **fewer)
    assert confirm(supervisor, page, days=NEW["days"]).status_code == 303
    assert [rule["places"] for rule in store.office(db, "guatemala").opening] == [1]
    page = send(supervisor, row="0", remove="yes")
    assert confirm(supervisor, page).status_code == 303
    assert list(store.office(db, "guatemala").opening) == []


def test_who_looked_at_an_older_calendar_looks_again(supervisor: FlaskClient, db: Database) -> None:
    page = send(supervisor, **NEW)
    bring(db, a_rule(places=7))
    assert confirm(supervisor, page, days=NEW["days"]).status_code == 303
    assert "Otra persona cambió" in supervisor.get(PAGE).text
    assert [rule["places"] for rule in store.office(db, "guatemala").opening] == [7]


def test_extra_days_and_fewer_places_are_said_too(supervisor: FlaskClient, db: Database) -> None:
    extra = {"date": "2031-03-01", "from": "09:00", "to": "10:00", "minutes": "30", "places": "4"}
    assert confirm(supervisor, send(supervisor, kind="extra_days", **extra)).status_code == 303
    fewer = {"first": "2031-03-01", "places": "1"}
    assert confirm(supervisor, send(supervisor, kind="fewer_desks", **fewer)).status_code == 303
    found = store.office(db, "guatemala").exceptions
    assert [one["places"] for one in (*found["extra_days"], *found["fewer_desks"])] == [4, 1]
    assert "2031-03-01" in supervisor.get(PAGE).text


def test_a_holiday_of_the_office_shows_whom_it_concerns_before_it_is_one(supervisor: FlaskClient, db: Database) -> None:
    bring(db, a_rule())
    day = builders.an_office().today(clock.now()) + timedelta(days=2)
    slot = next(row for row in db.slots.find() if builders.an_office().today(row["starts_at"]) == day)
    mine = book(db, slot["_id"])
    said = {"name_in_es": "Fiesta patronal", "name_in_en": "Feast day"}
    page = send(supervisor, kind="own_holidays", date=f"{day:%m-%d}", **said)
    assert "1 cita" in page.text
    assert confirm(supervisor, page).status_code == 303
    assert renewal.concerned(db) == [mine.reference]
    (holiday,) = store.office(db, "guatemala").holidays["add"]
    assert holiday == {"date": f"{day:%m-%d}", "name": {"es": "Fiesta patronal", "en": "Feast day"}}
    assert supervisor.get(PAGE).text.count("Fiesta patronal") == 2, "as it was said, and among the next ones"
    page = send(supervisor, kind="own_holidays", row="0", remove="yes")
    assert confirm(supervisor, page).status_code == 303
    assert store.office(db, "guatemala").holidays["add"] == []
    assert renewal.concerned(db) == []


def test_holidays_of_a_country_come_with_its_code_but_for_those_that_are_worked_through(
    supervisor: FlaskClient, db: Database
) -> None:
    own = {"date": "10-07", "name_in_es": "Feria", "name_in_en": "Fair"}
    assert confirm(supervisor, send(supervisor, kind="own_holidays", **own)).status_code == 303
    assert confirm(supervisor, send(supervisor, kind="holidays", country="GT")).status_code == 303
    page = supervisor.get(f"{PAGE}?lang=en").text
    assert "<dd>Guatemala</dd>" in page
    assert "Christmas" in page
    assert confirm(supervisor, send(supervisor, kind="worked_through", date="12-25")).status_code == 303
    assert "Christmas" not in supervisor.get(f"{PAGE}?lang=en").text
    found = store.office(db, "guatemala").holidays
    assert (found["country"], found["remove"], [one["date"] for one in found["add"]]) == ("GT", ["12-25"], ["10-07"])
    assert confirm(supervisor, send(supervisor, kind="worked_through", row="0", remove="yes")).status_code == 303
    assert confirm(supervisor, send(supervisor, kind="holidays", country="")).status_code == 303
    found = store.office(db, "guatemala").holidays
    assert ("country" in found, found["remove"], len(found["add"])) == (False, [], 1)


def test_how_soon_and_how_far_ahead_is_said_of_a_service_or_left_to_what_holds_everywhere(
    supervisor: FlaskClient, db: Database
) -> None:
    bring(db, a_rule())
    pathway = store.pathway(db, "orientation")
    assert "como en todas las oficinas" in supervisor.get(PAGE).text
    page = send(supervisor, kind="limits", min_notice_minutes="90", horizon_days="40")
    assert "No afecta a nadie" in page.text
    assert confirm(supervisor, page).status_code == 303
    limits = store.office(db, "guatemala").limits_of(pathway)
    assert (limits.min_notice_minutes, limits.horizon_days) == (90, 40)
    last = max(row["starts_at"] for row in db.slots.find())
    assert last > clock.now() + timedelta(days=38), "times are made ahead at once"
    assert 'value="90"' in supervisor.get(f"{PAGE}/row?kind=limits&pathway=orientation").text
    page = send(supervisor, kind="limits", min_notice_minutes="0")
    assert confirm(supervisor, page).status_code == 303
    limits = store.office(db, "guatemala").limits_of(pathway)
    assert (limits.min_notice_minutes, limits.horizon_days) == (0, pathway.horizon_days)


def test_languages_are_those_of_the_office_and_of_hours_that_have_others(supervisor: FlaskClient, db: Database) -> None:
    form = supervisor.get(f"{PAGE}/row?kind=languages").text
    assert ('hreflang="en"' in form, form.count("hreflang=")) == (True, 1), "the page's own languages stay"
    page = send(supervisor, kind="languages", languages=["es", "mam"])
    assert confirm(supervisor, page, languages=["es", "mam"]).status_code == 303
    assert store.office(db, "guatemala").languages == ("es", "mam")
    assert "Mam" in supervisor.get("/offices?pathway=orientation").text
    for days, spoken in ((["mon", "tue"], []), (["wed"], ["quc"])):
        hours = NEW | {"days": days, "languages": spoken}
        page = send(supervisor, **hours)
        assert confirm(supervisor, page, days=days, languages=spoken).status_code == 303
    assert {tuple(row["languages"]) for row in db.slots.find()} == {("es", "mam"), ("quc",)}
    assert re.search('value="quc" checked', supervisor.get(f"{PAGE}/row?pathway=orientation&row=1").text)


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("holidays", {"country": "XX"}, "country"),
        ("holidays", {"country": "US", "subdivision": "nowhere"}, "subdivision"),
        ("holidays", {"country": "GT", "categories": "lazy"}, "categories"),
        ("own_holidays", {"date": "07-10-2027", "name_in_es": "Feria", "name_in_en": "Fair"}, "date"),
        ("own_holidays", {"date": "10-07", "name_in_es": "Feria"}, "name.en"),
        ("worked_through", {"date": "Christmas"}, "date"),
        ("worked_through", {}, "date"),
        ("limits", {"horizon_days": "9999"}, "horizon_days"),
        ("limits", {"min_notice_minutes": "soon"}, "min_notice_minutes"),
        ("languages", {}, "languages"),
        ("languages", {"languages": ["español"]}, "languages"),
        ("opening", NEW | {"languages": ["español"]}, "languages"),
    ],
)
def test_what_else_is_wrong_is_told_at_its_field_too(
    supervisor: FlaskClient, db: Database, kind: str, typed: dict[str, Any], field: str
) -> None:
    before = store.office(db, "guatemala")
    page = send(supervisor, kind=kind, **typed)
    assert page.status_code == 422
    assert f'href="#field-{field}"' in page.text
    assert f'id="field-{field}"' in page.text
    assert store.office(db, "guatemala") == before


def test_a_clerk_may_not(client: FlaskClient, db: Database) -> None:
    visitor.sign_in(client)
    assert client.get(PAGE).status_code == client.get(f"{PAGE}/row").status_code == 403
