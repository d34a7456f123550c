"""The pages of request windows: planned by a form, followed, looked at by an officer of privacy, seeded by two."""

import html
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, store
from services.booking.model import draw
from shared import clock
from tests import builders
from tests.integration.booking import conftest as bookings
from tests.integration.booking import windows
from tests.integration.booking_pages import leading, visitor

PATH = "/staff/windows"


@pytest.fixture
def lead(app: Flask, db: Database) -> FlaskClient:
    return leading.signed_in(app, db, "programme")


@pytest.fixture
def officer(app: Flask, db: Database) -> FlaskClient:
    return leading.signed_in(app, db, "privacy")


@pytest.fixture
def drawn(db: Database, app: Flask) -> None:
    windows.be_drawn(db)


def form(**changes: Any) -> dict[str, Any]:
    here = clock.now().astimezone(ZoneInfo(builders.GUATEMALA))
    return {
        "pathway": "orientation",
        "offices": ["guatemala"],
        "opens_at": f"{here + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "closes_at": f"{here + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "from": f"{here + timedelta(days=3):%Y-%m-%d}",
        "until": f"{here + timedelta(days=6):%Y-%m-%d}",
        "waiting": "40",
        "minimums.medical": "1",
        "confirm_hours": "12",
        "seed": "drand",
    } | changes


def plan(client: FlaskClient, **changes: Any):
    page = client.get(f"{PATH}/new").text
    return client.post(PATH, data=visitor.hidden(page) | form(**changes))


def a_closed_one(db: Database) -> model.Request:
    """Three who are alike and one who is not."""
    windows.an_open_one(db)
    windows.ask_many(db, 3)
    odd = windows.ask(db, availability=("evening",))
    actions.close_window(db, "w-1")
    return odd


def test_a_window_is_planned_by_a_form_and_the_same_form_again_makes_no_second_one(
    lead: FlaskClient, db: Database, drawn: None
) -> None:
    bookings.add_slot(db, capacity=3, hours=24 * 5)
    assert "Todavía no ha habido ninguna" in lead.get(f"{PATH}?lang=es").text
    filled = visitor.hidden(lead.get(f"{PATH}/new").text) | form()
    first, again = lead.post(PATH, data=filled), lead.post(PATH, data=filled)
    assert (first.status_code, first.location) == (303, again.location)
    window = store.windows.newest(db)[0]
    assert db.windows.count_documents({}) == 1
    assert window.rule == draw.Rule(40, 60, {"medical": 1})
    assert (window.confirm_hours, window.offices) == (12, ("guatemala",))
    assert isinstance(window.source, draw.Drand)
    opens_at = window.opens_at.astimezone(ZoneInfo(builders.GUATEMALA))
    assert f"{opens_at:%Y-%m-%dT%H:%M}" == filled["opens_at"]
    assert [slot.places for slot in store.draws.capacity(db, window.id)] == [3]
    assert db.audit.count_documents({"action": "window.plan", "subject": window.id, "actor.kind": "staff"}) == 1
    page = lead.get(f"{first.location}?lang=en").text
    assert "It opens on" in page
    assert "40 % / 60 %" in page
    assert window.id in lead.get(PATH).text


def test_two_officers_give_what_they_committed_to_with_the_plan(lead: FlaskClient, db: Database, drawn: None) -> None:
    bookings.add_slot(db, capacity=3, hours=24 * 5)
    first, second = windows.OFFICERS.commitments
    assert plan(lead, seed="officers", first=first, second=second).status_code == 303
    assert store.windows.newest(db)[0].source == windows.OFFICERS


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pathway": ""}, "pathway"),
        ({"offices": []}, "offices"),
        ({"offices": ["nowhere"]}, "offices"),
        ({"opens_at": "soon"}, "opens_at"),
        ({"closes_at": "2020-01-01T08:00"}, "closes_at"),
        ({"from": ""}, "from"),
        ({"until": "2020-01-01"}, "offices"),
        ({"waiting": "140"}, "waiting"),
        ({"waiting": "half"}, "waiting"),
        ({"minimums.medical": "some"}, "minimums.medical"),
        ({"minimums.medical": "90"}, "minimums"),
        ({"confirm_hours": "0"}, "confirm_hours"),
        ({"waitlist_until": "2020-01-01T08:00"}, "waitlist_until"),
        ({"seed": "dice"}, "seed"),
        ({"seed": "officers", "first": "a", "second": "b"}, "first"),
    ],
)
def test_what_is_not_right_is_named_in_the_readers_language_and_what_was_typed_stays(
    lead: FlaskClient, db: Database, drawn: None, changes: dict[str, Any], field: str
) -> None:
    bookings.add_slot(db, capacity=3, hours=24 * 5)
    lead.get(f"{PATH}?lang=es")
    answer = plan(lead, **changes)
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in answer.text
    assert f'id="field-{field}"' in answer.text
    assert "Hay algo que corregir" in answer.text
    for name, text in changes.items():
        typed = [text] if isinstance(text, str) and name not in ("pathway", "seed") else []
        assert all(f'value="{html.escape(one)}"' in answer.text for one in typed)
    assert db.windows.count_documents({}) == db.places.count_documents({"state": "reserved"}) == 0


@pytest.mark.parametrize("change", [{}, {"pathways": ["protection"]}], ids=["none at all", "none of these"])
def test_where_no_office_gives_a_drawn_service_the_page_says_what_to_do_and_takes_no_form(
    lead: FlaskClient, db: Database, drawn: None, change: dict[str, Any]
) -> None:
    sent = visitor.hidden(lead.get(f"{PATH}/new").text) | form()
    if change:
        db.offices.update_many({}, {"$set": change})
    else:
        db.offices.delete_many({})
    for said, answer in ((200, lead.get(f"{PATH}/new?lang=en")), (422, lead.post(PATH, data=sent))):
        assert answer.status_code == said
        assert "Whoever runs this system enters the offices" in answer.text
        assert 'name="opens_at"' not in answer.text
        assert "There is something to correct" not in answer.text
    assert "Quien administra este sistema registra" in lead.get(f"{PATH}/new?lang=es").text
    assert not db.windows.count_documents({})


def test_a_drawn_service_that_no_office_gives_is_named_beside_one_that_an_office_gives(
    lead: FlaskClient, db: Database, drawn: None
) -> None:
    db.pathways.update_one({"_id": "protection"}, {"$set": {"mode": model.REQUEST_WINDOW}})
    assert "No office gives this service yet." in lead.get(f"{PATH}/new?lang=en").text
    for pathway in ("protection", "nothing"):
        answer = plan(lead, pathway=pathway)
        assert answer.status_code == 422
        assert 'href="#field-pathway"' in answer.text


def test_a_window_beside_an_earlier_one_is_refused_and_reserves_nothing(
    lead: FlaskClient, db: Database, drawn: None
) -> None:
    bookings.add_slot(db, capacity=3, hours=24 * 5)
    assert plan(lead).status_code == 303
    bookings.add_slot(db, capacity=2, hours=24 * 5 + 1)
    again = plan(lead)
    assert again.status_code == 422
    assert 'href="#field-opens_at"' in again.text
    assert db.places.count_documents({"state": "reserved"}) == 3


def test_who_may_not_plan_sees_how_it_stands_and_no_form(
    client: FlaskClient, db: Database, drawn: None, officer: FlaskClient
) -> None:
    windows.an_open_one(db)
    visitor.sign_in(client)
    for staff in (client, officer):
        page = staff.get(f"{PATH}?lang=en").text
        assert "It closes on" in page
        assert f"{PATH}/new" not in page
        assert staff.get(f"{PATH}/w-1").status_code == 200
        assert staff.get(f"{PATH}/new").status_code == 403
    assert client.get(f"{PATH}/w-1/alone").status_code == 403
    assert client.get(f"{PATH}/nothing").status_code == 404


def test_an_officer_of_privacy_sees_the_rows_that_are_alone_and_releases_them(
    officer: FlaskClient, lead: FlaskClient, db: Database
) -> None:
    odd = a_closed_one(db)
    assert f'href="{PATH}"' in officer.get("/staff").text, "where a sign-in leads"
    assert "Look at these rows" in officer.get(f"{PATH}/w-1?lang=en").text
    assert f"{PATH}/w-1/alone" not in lead.get(f"{PATH}/w-1").text
    page = officer.get(f"{PATH}/w-1/alone").text
    assert odd.entry_id in page
    assert "1 row" in page
    released = officer.post(f"{PATH}/w-1/release", data=visitor.hidden(page))
    assert released.location == f"{PATH}/w-1"
    window = store.windows.get(db, "w-1")
    assert window.state == "committed"
    after = officer.get(f"{PATH}/w-1").text
    assert "Released" in after
    assert store.draws.get(db, "w-1")["hash"] in after
    assert db.audit.count_documents({"action": {"$in": ["draw.alone", "draw.release"]}, "outcome": "allowed"}) == 2
    again = officer.post(f"{PATH}/w-1/release", data=visitor.hidden(page))
    assert (again.location, store.windows.get(db, "w-1").version) == (f"{PATH}/w-1", window.version)


def test_the_seed_is_told_by_two_people_each_on_their_own_page(
    officer: FlaskClient, lead: FlaskClient, db: Database
) -> None:
    a_closed_one(db)
    actions.release(db, "w-1", windows.PRIVACY)
    assert 'name="value"' not in lead.get(f"{PATH}/w-1").text
    db.windows.update_one({}, {"$set": {"committed_at": clock.now() - draw.PAUSE}})
    page = lead.get(f"{PATH}/w-1?lang=en").text
    wrong = lead.post(f"{PATH}/w-1/seed", data=visitor.hidden(page) | {"value": "c" * 64})
    assert wrong.status_code == 422
    assert "This is not what was committed to." in wrong.text
    assert f'value="{"c" * 64}"' in wrong.text
    assert lead.post(f"{PATH}/w-1/seed", data=visitor.hidden(page) | {"value": "short"}).status_code == 422
    assert lead.post(f"{PATH}/w-1/seed", data=visitor.hidden(page) | {"value": windows.SECOND}).status_code == 303
    mine = lead.get(f"{PATH}/w-1").text
    assert "Somebody else has to tell the other one" in mine
    assert windows.SECOND not in mine
    page = officer.get(f"{PATH}/w-1?lang=en").text
    assert "a second one is missing" in page
    assert officer.post(f"{PATH}/w-1/seed", data=visitor.hidden(page) | {"value": windows.FIRST}).status_code == 303
    windows.run_due(db)
    assert store.windows.get(db, "w-1").state == "applied"
    page = lead.get(f"{PATH}/w-1").text
    assert "4 of 4" in page
    assert "offered, not answered yet: 2" in page
    assert "on the waitlist: 2" in page


def test_nothing_is_told_before_the_pause_is_over(lead: FlaskClient, db: Database) -> None:
    a_closed_one(db)
    actions.release(db, "w-1", windows.PRIVACY)
    page = lead.get(f"{PATH}/w-1").text
    early = lead.post(f"{PATH}/w-1/seed", data=visitor.hidden(page) | {"value": windows.FIRST})
    assert early.status_code == 303
    assert 'class="notice notice-problem"' in lead.get(early.location).text
    assert store.windows.get(db, "w-1").told == ()
