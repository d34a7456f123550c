"""The pages of a service whose places are drawn, without a browser: asked, changed, confirmed, withdrawn, checked."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, people, store
from tests.integration.booking import conftest as bookings
from tests.integration.booking import windows
from tests.integration.booking_pages import visitor

ASK = "/ask?pathway=orientation"


@pytest.fixture
def window(client: FlaskClient, db: Database) -> model.Window:
    return windows.an_open_one(db, (2,))


def ask(client: FlaskClient, **changes: Any) -> Any:
    form = {"pathway": "orientation", "offices.first": "guatemala", **visitor.somebody(), **changes}
    hidden = visitor.hidden(client.get(ASK).text)
    return client.post("/ask", data={**hidden, **form})


def reference_on(page: str) -> str:
    found = re.search(r"SND-\w{4}-\w{4}", page)
    assert found
    return found.group()


def test_the_rule_is_told_and_when_to_ask(client: FlaskClient, db: Database) -> None:
    windows.be_drawn(db)
    assert client.get("/offices?pathway=orientation").location == ASK
    page = client.get(ASK, headers={"Accept-Language": "en"}).text
    assert "No window is open now." in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    window = windows.plan(db)
    assert "The next one opens on" in client.get(ASK, headers={"Accept-Language": "en"}).text
    actions.open_window(db, window.id)
    for language, text in (("en", "50 % go to those who waited longest"), ("es", "el 50 % es para quienes más")):
        assert text in client.get(ASK, headers={"Accept-Language": language}).text


@pytest.mark.usefixtures("window")
def test_a_place_is_asked_for_once_however_often_it_is_sent(client: FlaskClient, db: Database) -> None:
    page = client.get(ASK).text
    form = {**visitor.hidden(page), **visitor.somebody(), "offices.first": "guatemala", "availability": ["morning"]}
    for _ in range(2):
        assert client.post("/ask", data=form).location == "/request"
    shown = client.get("/request").text
    request = store.requests.with_reference(db, reference_on(shown))
    assert actions.request_code(db, request) in shown
    assert request.entry_id in shown
    assert request.choices == ("guatemala/morning",)
    assert db.requests.count_documents({}) == 1


@pytest.mark.usefixtures("window")
def test_what_is_wrong_is_said_and_what_was_typed_stays(client: FlaskClient) -> None:
    answer = ask(client, **{"offices.first": "", "person.name": "", "person.email": "ana@example.org"})
    assert answer.status_code == 422
    assert 'href="#field-offices.first"' in answer.text
    assert 'href="#field-person.name"' in answer.text
    assert 'value="ana@example.org"' in answer.text
    more = ask(client, add="1")
    assert more.status_code == 200
    assert 'name="companions.0.name"' in more.text


@pytest.mark.usefixtures("window")
def test_who_has_neither_phone_nor_email_asks_too_and_is_told_to_look_here(client: FlaskClient, db: Database) -> None:
    assert ask(client, **{"person.email": "", "channels": ["none"]}).location == "/request"
    (row,) = db.requests.find()
    assert row["channels"] == []
    page = client.get("/request").text
    assert "No podemos escribirle." in page
    assert "le escribimos" not in page.partition("<main")[2]
    contradicts = ask(client, channels=["none"])
    assert contradicts.status_code == 422
    assert 'href="#field-channels"' in contradicts.text


@pytest.mark.usefixtures("window")
def test_what_the_office_must_prepare_is_asked_and_kept_sealed_with_the_person(
    client: FlaskClient, db: Database
) -> None:
    wanted = {"access_needs": ["wheelchair", "hearing"], "interpreter": "mam"}
    wrong = ask(client, **wanted, **{"person.name": ""})
    assert wrong.status_code == 422
    assert re.search('value="wheelchair"[^>]* checked', wrong.text)
    assert re.search('value="mam"[^>]* selected', wrong.text)
    assert ask(client, **wanted).location == "/request"
    (row,) = db.requests.find()
    assert (row["needs"], "wheelchair" in str(row)) == ([], False)
    known = people.get(db, row["person_id"]) or {}
    assert (known["needs"], known["interpreter"]) == (["wheelchair", "hearing"], "mam")


def test_a_booking_and_a_request_ask_for_the_same_of_a_person(client: FlaskClient, db: Database) -> None:
    booking = set(re.findall('name="([a-z_.]+)"', client.get(f"/details?slot={bookings.add_slot(db)}").text))
    windows.an_open_one(db)
    asking = set(re.findall('name="([a-z_.]+)"', client.get(ASK).text))
    assert booking - {"slot"} <= asking | {"needs"}
    assert {"person.name", "person.email", "channels", "language", "interpreter", "access_needs"} <= asking


@pytest.mark.usefixtures("window")
def test_whoever_asks_again_gets_a_neutral_answer(client: FlaskClient) -> None:
    mine = visitor.somebody()
    assert ask(client, **mine).location == "/request"
    again = ask(client, **mine)
    assert again.status_code == 409
    assert "SND-" not in again.text.partition("<main")[2]


@pytest.mark.usefixtures("window")
def test_a_request_is_changed_and_withdrawn(client: FlaskClient, db: Database) -> None:
    ask(client)
    page = client.get("/request/change").text
    assert 'value="guatemala" selected' in page
    child = {"companions.0.name": "Luis", "companions.0.birth_date.day": "3", "companions.0.birth_date.month": "2"}
    form = {**visitor.hidden(page), "offices.first": "guatemala", "availability": ["evening"], **child}
    missing = client.post("/request/change", data=form)
    assert missing.status_code == 422
    changed = client.post("/request/change", data={**form, "companions.0.birth_date.year": "2015"})
    assert changed.location == "/request"
    (row,) = db.requests.find()
    assert (row["availability"], row["party_size"]) == (["evening"], 2)
    assert 'value="Luis"' in client.get("/request/change").text
    assert visitor.post(client, "/request/withdrawal", {}, shown_at="/request/withdrawal").location == "/request"
    assert client.get("/request/withdrawal").location == client.get("/request/change").location == "/request"
    assert db.requests.find_one({})["status"] == "withdrawn"


def test_offices_beyond_the_three_that_the_form_has_stay_and_it_says_so(client: FlaskClient, db: Database) -> None:
    ids = ("guatemala", "izabal", "peten", "quiche", "jalapa")
    office = db.offices.find_one() or {}
    db.offices.insert_many([{**office, "_id": id, "name": f"Oficina {id}"} for id in ids[1:]])
    windows.an_open_one(db, offices=ids)
    request = windows.ask(db, offices=ids)
    given = {"reference": request.reference, "code": actions.request_code(db, request)}
    visitor.post(client, "/find", given)
    for language, text in (("en", "These offices were named as well"), ("es", "También nombró estas oficinas")):
        page = client.get("/request/change", headers={"Accept-Language": language}).text
        assert re.search(f"{text}[^<]*: Oficina quiche, Oficina jalapa", page)
    form = {**visitor.hidden(page), "offices.first": "peten", "offices.second": "jalapa"}
    wrong = client.post("/request/change", data=form | {"interpreter": "no language"})
    assert re.search(f"{text}[^<]*: Oficina quiche[.]", wrong.text)
    assert client.post("/request/change", data=form).location == "/request"
    assert windows.again(db, request).offices == ("peten", "jalapa", "quiche")
    assert client.post("/request/change", data=form | {"offices.second": ""}).location == "/request"
    assert windows.again(db, request).offices == ("peten",), "all it names is on the form"


@pytest.mark.usefixtures("window")
def test_what_the_office_must_prepare_is_changed_with_it(client: FlaskClient, db: Database) -> None:
    ask(client, access_needs=["wheelchair"], interpreter="mam")
    assert "Mam" in client.get("/request").text
    page = client.get("/request/change").text
    assert re.search('value="wheelchair"[^>]* checked', page)
    assert re.search('value="mam"[^>]* selected', page)
    form = {**visitor.hidden(page), "offices.first": "guatemala"}
    for field, wrong in (("access_needs", ["gold"]), ("interpreter", "no language")):
        refused = client.post("/request/change", data=form | {field: wrong})
        assert refused.status_code == 422
        assert f'href="#field-{field}"' in refused.text
    changed = client.post("/request/change", data=form | {"access_needs": ["sight"], "interpreter": "kek"})
    assert changed.location == "/request"
    (row,) = db.requests.find()
    known = people.get(db, row["person_id"]) or {}
    assert (known["needs"], known["interpreter"]) == (["sight"], "kek")
    assert "Q&#39;eqchi&#39;" in client.get("/request").text
    assert client.post("/request/change", data=form).location == "/request"
    known = people.get(db, row["person_id"]) or {}
    assert (known["needs"], known["interpreter"]) == ([], None)


@pytest.mark.usefixtures("window")
def test_a_language_that_no_list_has_is_kept_when_something_else_changes(client: FlaskClient, db: Database) -> None:
    request = windows.ask(db, interpreter="rus")
    given = {"reference": request.reference, "code": actions.request_code(db, request)}
    assert visitor.post(client, "/find", given).location == "/appointment"
    assert re.search('value="rus"[^>]* selected', client.get("/request/change").text)


@pytest.mark.usefixtures("window")
def test_a_drawn_place_is_found_by_reference_and_code_and_confirmed(client: FlaskClient, db: Database) -> None:
    request = windows.ask(db)
    code = actions.request_code(db, request)
    wrong = visitor.post(client, "/find", {"reference": request.reference, "code": "00000000"})
    assert wrong.status_code == 422
    windows.drawn(db)
    assert visitor.post(client, "/find", {"reference": request.reference, "code": code}).location == "/appointment"
    assert client.get("/appointment").location == "/request"
    page = client.get("/request", headers={"Accept-Language": "en"}).text
    assert "There is a place for you." in page
    confirmed = client.post("/request/confirmation", data=visitor.hidden(page))
    assert confirmed.location == "/appointment"
    assert request.reference in client.get("/appointment").text
    assert client.get("/request").location == "/appointment"
    assert client.post("/request/confirmation", data=visitor.hidden(page)).location == "/appointment"


@pytest.mark.usefixtures("window")
def test_too_late_to_confirm_is_said(client: FlaskClient, db: Database) -> None:
    ask(client)
    windows.drawn(db)
    (request,) = windows.with_status(db, "allocated")
    page = client.get("/request").text
    windows.let_run_out(db, request)
    assert client.post("/request/confirmation", data=visitor.hidden(page)).location == "/request"
    assert "Terminó el tiempo para confirmar" in client.get("/request").text


@pytest.mark.parametrize("path", ["/request", "/request/change", "/request/withdrawal"])
def test_a_request_that_is_not_open_here_is_looked_for(client: FlaskClient, path: str) -> None:
    assert client.get(path).location == "/find"


@pytest.mark.usefixtures("window")
def test_a_draw_shows_its_hash_its_files_and_its_figures(client: FlaskClient, db: Database) -> None:
    windows.ask_many(db, 7)
    english = {"Accept-Language": "en"}
    before = client.get("/draws/w-1", headers=english).text
    assert "/api/v1/draws/w-1/rule" in before
    assert "/api/v1/draws/w-1/entries" not in before
    assert "50 % go to those who waited longest" in before
    assert "<dt>Places</dt><dd>2</dd>" in before
    windows.drawn(db)
    page = client.get("/draws/w-1", headers=english).text
    assert store.draws.get(db, "w-1")["hash"] in page
    assert "/api/v1/draws/w-1/result" in page
    assert "Of 7 requests 2 were drawn." in page
    assert "That is 28.6 %." in page
    assert "w-1" in client.get("/draws").text
    assert client.get("/draws/w-9").status_code == 404
    for language in ("es", "en"):
        assert client.get("/draws/w-1", headers={"Accept-Language": language}).status_code == 200
