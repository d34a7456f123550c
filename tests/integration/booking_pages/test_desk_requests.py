"""The desk's page of a request for a place that is drawn: found where appointments are, read, withdrawn."""

import re

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, store
from tests.integration.booking import windows
from tests.integration.booking.conftest import CLERK, a_key
from tests.integration.booking_pages import visitor
from tests.integration.booking_pages.test_ask_for import PATH as ASK_FOR
from tests.integration.booking_pages.test_ask_for import form_for


@pytest.fixture
def clerk(client: FlaskClient, db: Database) -> FlaskClient:
    windows.an_open_one(db, verified=True)
    visitor.sign_in(client)
    return client


def asked(db: Database, **changes: object) -> model.Request:
    return actions.ask_for(db, windows.asked(**changes), "hotline", a_key(), CLERK)[0]


def withdraw(clerk: FlaskClient, request: model.Request, **form: str) -> object:
    path = f"/staff/requests/{request.reference}"
    return visitor.post(clerk, f"{path}/withdrawal", form, shown_at=path)


def test_a_reference_leads_to_the_request_and_all_that_was_asked(clerk: FlaskClient, db: Database) -> None:
    request = asked(db, availability=("morning",), needs=(), interpreter="mam", channels=())
    typed = request.reference.lower().replace("-", " ")
    for language, texts in (
        ("es", ("Mañana", "Intérprete: Mam", "lo pidió por teléfono", "No se puede escribir a esta persona")),
        ("en", ("Morning", "Interpreter: Mam", "asked by phone", "Nobody can write to this person")),
    ):
        headers = {"Accept-Language": language}
        found = clerk.get(f"/staff/find?reference={typed}", headers=headers, follow_redirects=True)
        assert found.request.path == f"/staff/requests/{request.reference}"
        for text in (request.reference, "Ana", *texts):
            assert text in found.text, text
    assert db.audit.count_documents({"action": "request.see", "subject": request.reference}) == 4


def test_of_another_office_it_is_unknown_like_what_there_is_not(clerk: FlaskClient, db: Database) -> None:
    request = asked(db)
    db.requests.update_one({"_id": request.id}, {"$set": {"offices": ["izabal"]}})
    for path, nothing in (("/staff/find?reference={}", "SND-0000-0000"), ("/staff/requests/{}", "SND-0000-0000")):
        answers = [clerk.get(path.format(one)) for one in (request.reference, nothing)]
        assert [one.status_code for one in answers] == [404, 404]
        told = [re.sub(r"SND[\w%-]*|[0-9a-f-]{36}", "", visitor.shown(one.text)) for one in answers]
        assert told[0] == told[1]


def test_it_is_withdrawn_for_the_person_and_who_did_it_and_why_is_shown(clerk: FlaskClient, db: Database) -> None:
    request = asked(db)
    path = f"/staff/requests/{request.reference}"
    without = withdraw(clerk, request)
    assert without.status_code == 422
    assert 'href="#field-why"' in without.text
    form = visitor.hidden(clerk.get(path).text) | {"why": "at_the_office"}
    for _ in range(2):
        assert clerk.post(f"{path}/withdrawal", data=form).location == path
    page = clerk.get(path).text
    assert "la solicitud se retiró" in page
    assert "retirada: lo pidió en la oficina (Sample clerk)" in re.sub(r"(<[^>]+>|\s)+", " ", page)
    assert "/withdrawal" not in page
    assert store.requests.with_reference(db, request.reference).status == "withdrawn"


def test_an_offered_place_is_shown_and_a_confirmed_one_is_its_appointment(clerk: FlaskClient, db: Database) -> None:
    request = asked(db)
    form = visitor.hidden(clerk.get(f"/staff/requests/{request.reference}").text) | {"why": "hotline"}
    windows.drawn(db)
    page = clerk.get(f"/staff/requests/{request.reference}", headers={"Accept-Language": "en"}).text
    assert "The person confirms the place with reference and code before" in page
    assert "(the draw)" in page
    actions.confirm_request(db, request.reference)
    leads = clerk.post(f"/staff/requests/{request.reference}/withdrawal", data=form, follow_redirects=True)
    assert leads.request.path == f"/staff/appointments/{request.reference}"
    assert "ya es una cita" in leads.text
    assert store.appointment(db, request.reference).status == "booked"


def test_whoever_has_asked_for_somebody_opens_the_request_from_there(clerk: FlaskClient, db: Database) -> None:
    answer = clerk.post(ASK_FOR, data=form_for(clerk))
    (row,) = db.requests.find()
    assert f'href="/staff/requests/{row["reference"]}"' in answer.text


def test_who_cannot_be_written_to_is_handed_a_new_code(clerk: FlaskClient, db: Database) -> None:
    request, other = asked(db, channels=()), asked(db)
    path = f"/staff/requests/{request.reference}"
    shown = clerk.post(f"{path}/code", data=visitor.hidden(clerk.get(path).text))
    newest = store.requests.with_reference(db, request.reference)
    assert newest.code_number == 2
    for text in ("Un código nuevo", request.reference, actions.newest_code(db, newest)):
        assert text in shown.text
    path = f"/staff/requests/{other.reference}"
    page = clerk.get(path).text
    assert f"{path}/code" not in page
    told = clerk.post(f"{path}/code", data=visitor.hidden(page), follow_redirects=True)
    assert "el código nuevo va allí" in told.text
