"""The page for a lost code: one answer to everybody."""

import re

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking.actions import lost_code
from shared import codes, mongo
from tests.integration.booking import conftest as bookings
from tests.integration.booking import windows
from tests.integration.booking.test_lost_code import work
from tests.integration.booking_pages import visitor


def ask(client: FlaskClient, **given: str):
    return visitor.post(client, "/lost-code", given, shown_at="/lost-code")


def test_it_is_found_where_the_code_is_asked_for(client: FlaskClient) -> None:
    assert 'href="/lost-code"' in client.get("/find").text
    assert "Perdí mi código" in client.get("/lost-code").text
    assert "I have lost my code" in client.get("/lost-code?lang=en").text


@pytest.mark.parametrize(
    "given", [{"reference": "snd 0000 0000"}, {"contact": "5123 4567"}, {"contact": "nobody@example.org"}]
)
def test_who_has_no_appointment_is_told_the_same(client: FlaskClient, db: Database, given: dict[str, str]) -> None:
    known = {"reference": visitor.book(client.application.test_client(), bookings.add_slot(db))}
    told = []
    for one in (given, known):
        answer = ask(client, **one)
        assert answer.location == "/find"
        told.append(re.findall("Si hay una cita o solicitud con este dato[^<]*", client.get("/find").text))
    assert told[0] == told[1] != []
    assert db.due.count_documents({"kind": lost_code.RENEW}) == 2


@pytest.mark.parametrize("given", [{}, {"reference": "Ana Pérez"}, {"contact": "Ana"}, {"contact": "ana@"}])
def test_what_is_neither_is_said_and_kept(client: FlaskClient, db: Database, given: dict[str, str]) -> None:
    answer = ask(client, **given)
    assert answer.status_code == 422
    assert f'href="#field-{next(iter(given), "reference")}"' in answer.text
    assert all(f'value="{value}"' in answer.text for value in given.values())
    assert not db.due.count_documents({"kind": lost_code.RENEW})


def test_asking_again_and_again_is_refused_in_words(client: FlaskClient) -> None:
    answers = [ask(client, reference="SND-0000-0000") for _ in range(lost_code.MOST_ASKED + 1)]
    assert answers[-1].status_code == 429
    assert "Ya pidió esto varias veces" in answers[-1].text


def test_the_new_code_opens_the_appointment_and_the_page_no_longer_shows_the_first(
    client: FlaskClient, db: Database
) -> None:
    reference = visitor.book(client, bookings.add_slot(db))
    keys = mongo.settings(db).access_key
    first, second = codes.code(keys, reference, 1), codes.code(keys, reference, 2)
    assert first in client.get("/appointment").text
    stranger = client.application.test_client()
    ask(stranger, reference=reference)
    work(db)
    assert first in client.get("/appointment").text, "it is still good"
    assert visitor.post(stranger, "/find", {"reference": reference, "code": second}).location == "/appointment"
    page = client.get("/appointment").text
    assert first not in page
    assert "el de nuestro último mensaje" in page
    assert second not in page


def test_the_new_code_opens_a_request_too(client: FlaskClient, db: Database) -> None:
    windows.an_open_one(db)
    request = windows.ask(db)
    assert ask(client, reference=request.reference).location == "/find"
    work(db)
    first, second = (codes.code(mongo.settings(db).access_key, request.reference, number) for number in (1, 2))
    for code in (first, second):
        opened = visitor.post(client, "/find", {"reference": request.reference, "code": code})
        assert opened.location == "/appointment"
    assert client.get("/request").status_code == 200
    assert visitor.post(client, "/find", {"reference": request.reference, "code": first}).status_code == 422
