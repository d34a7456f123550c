"""The desk's page that asks for a place that is drawn, for somebody: without a code, with who and why."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, people, store
from tests.integration.booking import windows
from tests.integration.booking_pages import visitor

TIMES = "/staff/offices/guatemala/book?pathway=orientation"
PATH = "/staff/offices/guatemala/ask"
ASK = f"{PATH}?pathway=orientation"
NEITHER = {"person.email": "", "channels": ["none"]}


@pytest.fixture
def window(client: FlaskClient, db: Database) -> model.Window:
    return windows.an_open_one(db, verified=True)


@pytest.fixture
def clerk(client: FlaskClient) -> FlaskClient:
    visitor.sign_in(client)
    return client


def form_for(clerk: FlaskClient, **changes: Any) -> dict[str, Any]:
    hidden = visitor.hidden(clerk.get(ASK).text)
    return {**hidden, **visitor.somebody(why="hotline"), "offices.first": "guatemala", **changes}


@pytest.mark.usefixtures("window")
def test_somebody_without_phone_and_email_is_asked_for_and_handed_reference_and_code(
    clerk: FlaskClient, db: Database
) -> None:
    assert 'href="/staff/offices/guatemala/ask?pathway=orientation"' in clerk.get(TIMES).text
    assert 'value="guatemala" selected' in clerk.get(ASK).text, "theirs comes first until they choose another"
    form = form_for(clerk, **NEITHER, access_needs=["wheelchair"], interpreter="mam")
    answer = clerk.post(PATH, data=form)
    assert answer.status_code == 201, answer.text
    (row,) = db.requests.find()
    request = store.requests.with_reference(db, row["reference"])
    assert request.reference in answer.text
    assert actions.request_code(db, request) in answer.text
    assert "No se puede escribir a esta persona" in answer.text
    assert (request.history[0]["by"], request.history[0]["why"]) == ("office", "hotline")
    known = people.get(db, request.person_id) or {}
    assert (known["needs"], known["interpreter"]) == (["wheelchair"], "mam")
    assert visitor.shown(clerk.post(PATH, data=form).text) == visitor.shown(answer.text)
    assert db.requests.count_documents({}) == db.audit.count_documents({"action": "request.ask"}) == 1
    person = clerk.application.test_client()
    given = {"reference": request.reference, "code": actions.request_code(db, request)}
    assert visitor.post(person, "/find", given).location == "/appointment"
    assert request.reference in person.get("/request").text


@pytest.mark.usefixtures("window")
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(clerk: FlaskClient, db: Database) -> None:
    form = form_for(clerk, why="", **{"person.email": "nonsense", "person.name": "Eva Xoc", "offices.first": ""})
    answer = clerk.post(PATH, data=form)
    assert answer.status_code == 422
    for field in ("why", "person.email", "offices.first"):
        assert f'href="#field-{field}"' in answer.text
        assert f'id="field-{field}"' in answer.text
    assert 'value="Eva Xoc"' in answer.text
    assert visitor.hidden(answer.text)["idempotency_key"] == form["idempotency_key"]
    more = clerk.post(PATH, data=form | {"add": "1"})
    assert 'name="companions.0.name"' in more.text
    assert not db.requests.count_documents({})


@pytest.mark.usefixtures("window")
def test_who_has_asked_already_gets_the_neutral_answer(clerk: FlaskClient, db: Database) -> None:
    mine = visitor.somebody()
    assert clerk.post(PATH, data=form_for(clerk, **mine)).status_code == 201
    again = clerk.post(PATH, data=form_for(clerk, **mine))
    assert again.status_code == 409
    (row,) = db.requests.find()
    assert row["reference"] not in again.text


def test_where_no_window_is_open_the_page_says_when_the_next_one_is(clerk: FlaskClient, db: Database) -> None:
    windows.be_drawn(db)
    english = {"Accept-Language": "en"}
    assert "The next one is announced here" in clerk.get(ASK, headers=english).text
    windows.plan(db)
    page = clerk.get(ASK, headers=english).text
    assert "The next one opens on" in page
    assert 'name="person.name"' not in page
    form = {"pathway": "orientation", "offices.first": "guatemala", "idempotency_key": "k" * 20}
    sent = visitor.post(clerk, PATH, {**visitor.somebody(why="hotline"), **form})
    assert (sent.status_code, 'name="person.name"' in sent.text) == (409, False)


def test_a_service_that_is_booked_or_of_another_office_is_not_asked_for(clerk: FlaskClient, db: Database) -> None:
    assert "/ask" not in clerk.get(TIMES).text
    for pathway in ("orientation", "protection", "nothing", ""):
        assert clerk.get(f"{PATH}?pathway={pathway}").status_code == 404
    db.offices.insert_one({**(db.offices.find_one() or {}), "_id": "izabal"})
    assert clerk.get("/staff/offices/izabal/ask?pathway=orientation").status_code == 403


@pytest.mark.usefixtures("window")
def test_both_languages_and_how_they_asked_is_chosen(clerk: FlaskClient) -> None:
    for language, text in (("en", "How did the person ask?"), ("es", "¿Cómo lo pidió la persona?")):
        page = clerk.get(ASK, headers={"Accept-Language": language}).text
        assert text in page
    assert set(re.findall('name="why" value="([a-z_]+)"', page)) == set(model.ON_BEHALF)
