"""The step between the form that asks for a place and its request, in which the contact is verified: without
JavaScript, and what was typed is kept."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model
from tests.integration.booking import windows
from tests.integration.booking_pages import visitor
from tests.integration.booking_pages.test_requests import ASK, ask
from tests.integration.booking_pages.test_verification import newest, send

NEITHER = {"person.email": "", "channels": ["none"]}


@pytest.fixture(autouse=True)
def window(client: FlaskClient, db: Database) -> model.Window:
    return windows.an_open_one(db, verified=True)


def code_form(client: FlaskClient) -> dict[str, str]:
    """Of the two on the page."""
    form = client.get("/verify").text.partition('action="/verify/code"')[2]
    return visitor.hidden(form.partition("</form>")[0])


def give(client: FlaskClient, code: str, **changes: Any) -> Any:
    return client.post("/verify/code", data=code_form(client) | {"code": code} | changes)


def verified(client: FlaskClient, db: Database, **typed: Any) -> Any:
    assert ask(client, **typed).location == "/verify"
    assert send(client).location == "/verify"
    return give(client, newest(db))


def test_the_form_then_a_code_then_the_request(client: FlaskClient, db: Database) -> None:
    assert ask(client, availability=["morning"]).location == "/verify"
    assert not db.requests.count_documents({})
    page = client.get("/verify", headers={"Accept-Language": "en"}).text
    assert "so that nobody asks in your name" in page
    assert "Step 4" not in page
    assert "para que nadie pida en su nombre" in client.get("/verify", headers={"Accept-Language": "es"}).text
    assert send(client).location == "/verify"
    wrong = give(client, "00000000")
    assert wrong.status_code == 422
    assert not db.requests.count_documents({})
    assert give(client, newest(db)).location == "/request"
    (row,) = db.requests.find()
    assert (row["status"], row["availability"]) == ("received", ["morning"])
    assert row["reference"] in client.get("/request").text
    assert (db.verifications.find_one() or {})["used_by"] == row["request"]["scope"]
    assert "booking_draft" not in {one.key for one in client._cookies.values()}


def test_what_was_typed_is_kept_for_who_goes_back(client: FlaskClient) -> None:
    ask(client, **{"person.email": "ana@example.org", "availability": ["evening"]})
    page = client.get(ASK).text
    assert 'value="ana@example.org"' in page
    assert page.count("checked") >= 3
    assert 'href="/ask?pathway=orientation"' in client.get("/verify").text


def test_a_code_sent_twice_makes_one_request(client: FlaskClient, db: Database) -> None:
    ask(client)
    send(client)
    form = code_form(client) | {"code": newest(db)}
    draft = client.get_cookie("booking_draft")
    assert draft
    for _ in range(2):
        client.set_cookie("booking_draft", draft.value)
        assert client.post("/verify/code", data=form).location == "/request"
    client.delete_cookie("booking_draft")
    assert client.post("/verify/code", data=form).location == "/request"
    assert db.requests.count_documents({}) == 1


def test_the_form_sent_again_after_all_leads_to_the_request_that_is_there(client: FlaskClient, db: Database) -> None:
    form = {**visitor.hidden(client.get(ASK).text), **visitor.somebody(), "offices.first": "guatemala"}
    assert client.post("/ask", data=form).location == "/verify"
    send(client)
    assert give(client, newest(db)).location == "/request"
    assert client.post("/ask", data=form).location == "/request"
    assert db.requests.count_documents({}) == 1


def test_who_was_verified_and_goes_back_sends_other_answers_without_another_code(
    client: FlaskClient, db: Database
) -> None:
    mine = visitor.somebody()
    ask(client, **mine)
    send(client)
    assert give(client, newest(db), idempotency_key="of another window").location == ASK
    assert "en otra ventana" in client.get(ASK).text
    assert not db.requests.count_documents({})
    assert ask(client, **mine, availability=["evening"]).location == "/request"
    assert (db.requests.find_one() or {})["availability"] == ["evening"]


def test_another_contact_needs_another_code(client: FlaskClient, db: Database) -> None:
    ask(client)
    send(client)
    assert ask(client).location == "/verify"
    assert 'name="code"' not in client.get("/verify").text


def test_a_window_that_has_closed_meanwhile_is_said(client: FlaskClient, db: Database, window: model.Window) -> None:
    ask(client)
    send(client)
    actions.close_window(db, window.id)
    assert give(client, newest(db)).location == ASK
    assert "Ahora no está abierta ninguna ventana de solicitudes" in client.get(ASK).text
    assert not db.requests.count_documents({})


def test_only_who_has_verified_the_contact_on_file_is_told_that_they_have_asked(
    client: FlaskClient, db: Database
) -> None:
    mine = visitor.somebody()
    assert verified(client, db, **mine).location == "/request"
    stranger = client.application.test_client()
    assert ask(stranger, **mine).location == "/verify"
    assert ask(stranger).location == "/verify"
    owner = client.application.test_client()
    assert verified(owner, db, **mine).location == ASK
    assert "Ya tiene una solicitud" in owner.get(ASK).text


def test_who_has_neither_is_told_where_to_go(client: FlaskClient, db: Database) -> None:
    assert ask(client, **NEITHER).location == "/verify"
    page = client.get("/verify").text
    assert "llame a una oficina o vaya allí" in page
    assert 'href="tel:+50200000001"' in page
    assert "Abierta hasta" in page
    assert 'name="channel"' not in page
    assert "alguien pide por usted" in client.get(ASK).text, "before anything is typed"


def test_what_was_typed_can_be_deleted(client: FlaskClient) -> None:
    ask(client, **{"person.email": "ana@example.org"})
    client.post("/clear", data=visitor.hidden(client.get("/verify").text))
    assert "ana@example.org" not in client.get(ASK).text
    assert client.get("/verify").location == "/"


def test_a_booking_and_a_request_do_not_take_each_others_draft_for_their_own(client: FlaskClient) -> None:
    ask(client)
    assert client.get("/check").location == ASK
    assert client.get("/details").location == "/"
