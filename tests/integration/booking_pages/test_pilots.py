"""The pages of pilots: made, and reported on, with a chart that the browser may draw."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from shared import clock
from tests.integration.booking import conftest as bookings
from tests.integration.booking.slots import book
from tests.integration.booking_pages import leading, visitor

PATH = "/staff/pilots"


@pytest.fixture
def lead(app: Flask, db: Database) -> FlaskClient:
    return leading.signed_in(app, db, "programme")


def form(**changes: object) -> dict[str, object]:
    today = clock.now().date()
    return {
        "name": "Piloto <b>1</b>",
        "offices": ["guatemala"],
        "pathways": ["orientation"],
        "first": (today - timedelta(days=10)).isoformat(),
        "last": (today + timedelta(days=170)).isoformat(),
        "opens_on": today.isoformat(),
        "opens_at": "08:00",
        "plan.guatemala|orientation": "40",
    } | changes


def make(lead: FlaskClient, **changes: object):
    page = lead.get(f"{PATH}/new").text
    return lead.post(PATH, data=visitor.hidden(page) | form(**changes))


def test_a_pilot_is_made_and_its_report_has_tables_and_a_chart_with_its_text(lead: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, capacity=8)
    for _ in range(6):
        book(db, slot)
    where = make(lead).location
    page = lead.get(f"{where}?lang=en")
    assert "Piloto &lt;b&gt;1&lt;/b&gt;" in page.text
    assert re.search(r"<svg [^>]*role=\"img\" aria-labelledby", page.text)
    assert re.search(r"Week from .*: 8 offered, 6 booked, 0 refused\.", page.text)
    assert 'style="' not in page.text
    assert "Oficina Guatemala" in page.text
    assert "Español" in page.text
    assert "Por semana" in lead.get(f"{where}?lang=es").text
    table = lead.get(f"{where}/report.csv")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in table.headers["Content-Disposition"]
    assert where.rpartition("/")[2] in lead.get(PATH).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"offices": []}, "offices"),
        ({"last": "2020-01-01"}, "last"),
        ({"plan.guatemala|orientation": "many"}, "plan"),
        ({"plan.guatemala|orientation": "-3"}, "plan"),
        ({"opens_at": "noon"}, "opens_at"),
    ],
)
def test_what_is_not_right_is_named_and_what_was_typed_stays(
    lead: FlaskClient, changes: dict[str, object], field: str
) -> None:
    page = make(lead, **changes)
    assert page.status_code == 422
    assert f'href="#field-{field}"' in page.text
    assert "2020-01-01" in page.text or "08:00" in page.text or "noon" in page.text


def test_a_clerk_has_no_pilots(client: FlaskClient) -> None:
    visitor.sign_in(client)
    assert client.get(PATH).status_code == 403
    assert PATH not in client.get("/staff").text
