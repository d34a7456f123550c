"""The page of an office's intake, and what the public sees of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.booking import model, offers, store
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import visitor
from tests.wait import wait_until

PAGE = "/staff/offices/guatemala/intake"


@pytest.fixture
def supervisor(client: FlaskClient, db: Database) -> Iterator[FlaskClient]:
    """The clerk of the sample, who has become one."""
    db.accounts.update_one({"email": "clerk@sendero.test"}, {"$set": {"roles": ["supervisor"]}})
    visitor.sign_in(client)
    yield client
    db.accounts.update_one({"email": "clerk@sendero.test"}, {"$set": {"roles": ["clerk"]}})


def change(supervisor: FlaskClient, pathway: str = "", **typed: str) -> TestResponse:
    form = visitor.hidden(supervisor.get(f"{PAGE}?pathway={pathway}").text)
    return supervisor.post(
        PAGE, data=form | {"state": "open"} | {name.replace("_in_", "."): v for name, v in typed.items()}
    )


def test_a_service_is_closed_with_a_message_that_the_public_reads(supervisor: FlaskClient, db: Database) -> None:
    bookings.add_slot(db)
    answer = change(
        supervisor, "orientation", state="closed", message_in_es="Cerrado por inundación.", message_in_en="Flooded."
    )
    assert answer.status_code == 303, answer.text
    public = supervisor.application.test_client()
    page = public.get("/offices?pathway=orientation").text
    assert "Cerrado por inundación." in page
    assert "/times?pathway" not in page
    assert "Flooded." in public.get("/offices?pathway=orientation&lang=en").text
    assert not store.office(db, "guatemala").intakes["orientation"].open
    assert "cerrada" in supervisor.get(PAGE).text


def test_a_day_that_is_full_says_tomorrow(supervisor: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db)
    assert change(supervisor, "orientation", state="capped", most_per_day="1").status_code == 303
    heard = lambda: offers.office(db, "guatemala").caps_of("orientation")  # noqa: E731 - asked again and again
    wait_until(heard, offers.SECONDS + 2, "the limit is heard of")
    public = supervisor.application.test_client()
    other = supervisor.application.test_client()
    assert visitor.say(other, slot).location == "/check"
    checked = visitor.hidden(other.get("/check").text)
    visitor.book(public, slot)
    refused = other.post("/book", data=checked)
    assert refused.location == "/offices?pathway=orientation"
    wait_until(lambda: "mañana" in other.get("/offices?pathway=orientation").text, 3, "the day is full")


def test_from_and_until_are_the_offices_time(supervisor: FlaskClient, db: Database) -> None:
    opens = datetime(2040, 1, 9, 14, 0, tzinfo=UTC)
    answer = change(supervisor, opens_at="2040-01-09T08:00", closes_at="2040-01-13T17:30")
    assert answer.status_code == 303
    intake = store.office(db, "guatemala").intake
    assert (intake.opens_at, intake.closes_at) == (opens, opens + timedelta(days=4, hours=9, minutes=30))
    assert 'value="2040-01-09T08:00"' in supervisor.get(PAGE).text
    page = supervisor.application.test_client().get("/offices?pathway=orientation").text
    assert "Citas nuevas a partir del lunes 9 de enero, 08:00" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"state": "capped", "most_per_day": ""}, "most_per_day"),
        ({"state": "capped", "most_per_day": "0"}, "most_per_day"),
        ({"state": "perhaps"}, "state"),
        ({"opens_at": "mañana"}, "opens_at"),
        ({"message_in_es": "Solo en español"}, "message.en"),
        ({"opens_at": "2027-01-11T08:00", "closes_at": "2027-01-11T07:00"}, "closes_at"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    supervisor: FlaskClient, db: Database, typed: dict[str, str], field: str
) -> None:
    answer = change(supervisor, **typed)
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in answer.text
    assert store.office(db, "guatemala").intake == model.Intake()


def test_who_comes_second_sees_what_the_first_did_and_keeps_what_they_typed(
    supervisor: FlaskClient, db: Database
) -> None:
    form = visitor.hidden(supervisor.get(PAGE).text)
    assert supervisor.post(PAGE, data=form | {"state": "closed"}).status_code == 303
    typed = {"state": "capped", "most_per_day": "40"}
    second = supervisor.post(PAGE, data=form | typed)
    assert second.status_code == 409
    assert "Otra persona cambió la admisión" in second.text
    assert 'value="40"' in second.text
    assert not store.office(db, "guatemala").intake.open
    assert supervisor.post(PAGE, data=visitor.hidden(second.text) | typed).status_code == 303
    assert store.office(db, "guatemala").intake.most_per_day == 40


def test_a_clerk_may_not(client: FlaskClient, db: Database) -> None:
    visitor.sign_in(client)
    assert client.get(PAGE).status_code == 403
    assert visitor.post(client, PAGE, {"state": "closed"}).status_code == 403
    assert db.audit.count_documents({"outcome": "refused"}) == 2
