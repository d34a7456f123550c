"""A time held by page while its person checks what they typed."""

import re
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from pymongo.database import Database

from shared import clock
from tests import builders
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import visitor


def test_the_time_is_kept_until_the_hour_that_the_page_says(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, capacity=1)
    form = visitor.somebody()
    assert visitor.say(client, slot, **form).location == "/check"
    page = client.get("/check").text
    said = re.search(r"Le guardamos esta hora hasta las (\d\d:\d\d) \(hora de Guatemala\)", page)
    (hold,) = db.holds.find()
    assert said
    assert said.group(1) == f"{hold['expires_at'].astimezone(ZoneInfo(builders.GUATEMALA)):%H:%M}"
    stranger = client.application.test_client()
    leads_to = visitor.say(stranger, slot).location
    assert leads_to.startswith("/times?")
    assert "Otra persona reservó antes esa hora" in stranger.get(leads_to).text
    assert client.get(f"/details?slot={slot}").status_code == 200, "it is theirs, though no place is free"
    assert visitor.say(client, slot, **form | {"person.name": "Ana María"}).location == "/check"
    assert [row["_id"] for row in db.holds.find()] == [hold["_id"]], "other answers, the same hold"
    assert client.post("/book", data=visitor.hidden(client.get("/check").text)).location == "/appointment"
    assert bookings.states(db, slot) == ["taken"]


def test_a_hold_that_ran_out_is_claimed_again_when_it_is_booked(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, capacity=1)
    visitor.say(client, slot)
    bookings.run_out(db, f"{slot}.001")
    page = client.get("/check").text
    assert "Le guardamos" not in page
    assert client.post("/book", data=visitor.hidden(page)).location == "/appointment"
    assert bookings.states(db, slot) == ["taken"]


def test_a_hold_that_ran_out_and_is_somebody_elses_leads_back_to_the_times(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, capacity=1)
    visitor.say(client, slot)
    form = visitor.hidden(client.get("/check").text)
    bookings.run_out(db, f"{slot}.001")
    visitor.book(client.application.test_client(), slot)
    assert client.post("/book", data=form).location.startswith("/times?")
    assert bookings.states(db, slot) == ["taken"]


def test_who_chooses_another_time_or_deletes_what_they_typed_holds_the_first_no_more(
    client: FlaskClient, db: Database
) -> None:
    first, second = bookings.add_slot(db), bookings.add_slot(db, hours=3)
    form = visitor.somebody()
    visitor.say(client, first, **form)
    assert bookings.states(db, first).count("held") == 1
    visitor.say(client, second, **form)
    assert (bookings.states(db, first).count("held"), bookings.states(db, second).count("held")) == (0, 1)
    visitor.post(client, "/clear", {})
    assert bookings.states(db, second) == ["free"] * 3


def test_where_nothing_more_can_be_held_it_is_booked_without(client: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, capacity=2)
    for number in range(2):
        visitor.say(client if number else client.application.test_client(), slot)
    page = client.get("/check").text
    assert "Le guardamos" not in page
    assert client.post("/book", data=visitor.hidden(page)).location == "/appointment"
    bookings.rule(db, hold_minutes=0)
    other = bookings.add_slot(db, hours=4)
    assert visitor.book(client.application.test_client(), other)


def test_one_cookie_carries_the_draft_and_its_hold(client: FlaskClient, db: Database) -> None:
    answer = visitor.say(client, bookings.add_slot(db))
    assert len([one for one in answer.headers.getlist("Set-Cookie") if one.startswith("booking_draft=")]) == 1
    (hold,) = db.holds.find()
    assert hold["expires_at"] > clock.now()
