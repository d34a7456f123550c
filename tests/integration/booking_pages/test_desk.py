"""The desk's pages: one appointment, found, put right and written about; somebody booked for; a day searched."""

import re
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import actions, model, people, store
from shared import clock, mongo
from tests import builders
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import visitor

BOOK = "/staff/book"


@pytest.fixture
def reference(client: FlaskClient, db: Database) -> str:
    return visitor.book(client.application.test_client(), bookings.add_slot(db, hours=0.5))


@pytest.fixture
def clerk(client: FlaskClient) -> FlaskClient:
    visitor.sign_in(client)
    return client


@pytest.fixture
def supervisor(client: FlaskClient, db: Database) -> Iterator[FlaskClient]:
    """The clerk of the sample, who has become one."""
    db.accounts.update_one({"email": "clerk@sendero.test"}, {"$set": {"roles": ["supervisor"]}})
    visitor.sign_in(client)
    yield client
    db.accounts.update_one({"email": "clerk@sendero.test"}, {"$set": {"roles": ["clerk"]}})


def form_for(clerk: FlaskClient, slot: str, **changes: object) -> dict[str, object]:
    page = clerk.get(f"{BOOK}?slot={slot}").text
    return visitor.hidden(page) | visitor.somebody(why="hotline") | changes


def miss(db: Database, reference: str) -> None:
    past = clock.now() - timedelta(minutes=40)
    db.appointments.update_one({"reference": reference}, {"$set": {"starts_at": past}})
    actions.miss(db, reference, bookings.CLERK)


def test_a_reference_leads_to_the_appointment_once_one_has_signed_in(
    client: FlaskClient, reference: str, db: Database
) -> None:
    asked = f"/staff/find?reference={reference}"
    login = client.get(asked).location
    assert login.startswith("/login?next=/staff/find")
    visitor.sign_in(client)
    typed = reference.lower().replace("-", " ")
    for path in (asked, f"/staff/find?reference={typed}"):
        found = client.get(path, follow_redirects=True)
        assert found.request.path == f"/staff/appointments/{reference}"
        assert reference in found.text
    assert db.audit.count_documents({"action": "appointment.see", "subject": reference}) == 4


def test_what_the_office_prepares_is_shown_where_it_is_known(clerk: FlaskClient, db: Database, reference: str) -> None:
    appointment = store.appointment(db, reference)
    known = people.get(db, appointment.person_id) or {}
    box = mongo.settings(db).seal_keys.seal(known | {"interpreter": "mam"}, appointment.person_id)
    db.people.update_one({"_id": appointment.person_id}, {"$set": {"sealed": box}})
    on = appointment.starts_at.astimezone(ZoneInfo(builders.GUATEMALA)).date()
    for path in (f"/staff/offices/guatemala/day?date={on}", f"/staff/appointments/{reference}"):
        assert "Intérprete: Mam" in clerk.get(path).text, path


def test_a_reference_of_another_office_is_unknown(clerk: FlaskClient, reference: str, db: Database) -> None:
    db.appointments.update_one({"reference": reference}, {"$set": {"office_id": "izabal"}})
    other = clerk.get(f"/staff/find?reference={reference}")
    unknown = clerk.get("/staff/find?reference=SND-0000-0000")
    assert other.status_code == unknown.status_code == 404
    told = [re.sub(r"SND[\w%-]*|[0-9a-f-]{36}", "", visitor.shown(answer.text)) for answer in (other, unknown)]
    assert told[0] == told[1]
    assert clerk.get(f"/staff/appointments/{reference}").status_code == 404


def test_arrival_noted_on_its_own_page_comes_back_to_it(clerk: FlaskClient, reference: str, db: Database) -> None:
    path = f"/staff/appointments/{reference}"
    answer = visitor.post(clerk, f"{path}/arrival", {"at": "appointment"}, shown_at=path)
    assert answer.location == path
    assert store.appointment(db, reference).status == model.ARRIVED


def test_a_name_is_looked_for_without_being_in_an_address(clerk: FlaskClient, db: Database, reference: str) -> None:
    appointment = store.appointment(db, reference)
    day = f"/staff/offices/guatemala/day?date={appointment.starts_at.date() - timedelta(days=1)}"
    page = clerk.get(day).text
    form = re.search(r'<form method="post" action="(/staff/offices/guatemala/day)"', page)
    assert form
    on = appointment.starts_at.astimezone(ZoneInfo(builders.GUATEMALA)).date().isoformat()
    found = visitor.post(clerk, form.group(1), {"date": on, "text": "ANA"}, shown_at=day)
    assert reference in found.text
    nobody = visitor.post(clerk, form.group(1), {"date": on, "text": "Rigoberta"}, shown_at=day)
    assert f'id="{reference}"' not in nobody.text
    assert "Nadie de la lista" in nobody.text


def test_a_day_is_narrowed_by_its_address(clerk: FlaskClient, db: Database, reference: str) -> None:
    on = store.appointment(db, reference).starts_at.astimezone(ZoneInfo(builders.GUATEMALA)).date()
    day = f"/staff/offices/guatemala/day?date={on}"
    assert f'id="{reference}"' in clerk.get(f"{day}&status=booked&pathway=orientation").text
    for narrow in ("status=missed", "pathway=protection"):
        assert f'id="{reference}"' not in clerk.get(f"{day}&{narrow}").text, narrow


def test_a_walk_in_is_booked_and_handed_reference_and_code(clerk: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, hours=-0.2)
    day = clerk.get("/staff/offices/guatemala/day").text
    assert "/staff/offices/guatemala/book" in day
    times = clerk.get("/staff/offices/guatemala/book?pathway=orientation").text
    if f"slot={slot}" not in times:  # it began before midnight
        times = clerk.get("/staff/offices/guatemala/book").text
    page = clerk.get(f"{BOOK}?slot={slot}").text
    assert re.search(r'value="walk_in" checked', page), "it has begun: so it is one"
    form = form_for(clerk, slot, why="walk_in")
    answer = clerk.post(BOOK, data=form)
    assert answer.status_code == 201, answer.text
    reference = re.search(r"SND-\w{4}-\w{4}", answer.text)
    assert reference
    appointment = store.appointment(db, reference.group())
    assert actions.code(db, appointment) in answer.text
    assert visitor.shown(clerk.post(BOOK, data=form).text) == visitor.shown(answer.text)
    assert db.appointments.count_documents({}) == 1
    assert "llegó sin cita" in clerk.get(f"/staff/appointments/{appointment.reference}").text


def test_what_is_wrong_is_told_and_nothing_typed_is_lost(clerk: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db)
    form = form_for(clerk, slot, why="", **{"person.email": "nonsense", "person.name": "Eva Xoc"})
    answer = clerk.post(BOOK, data=form)
    assert answer.status_code == 422
    assert 'href="#field-why"' in answer.text
    assert 'href="#field-person.email"' in answer.text
    assert 'value="Eva Xoc"' in answer.text
    assert visitor.hidden(answer.text)["idempotency_key"] == form["idempotency_key"]


def test_somebody_without_phone_and_email_is_booked_with_those_they_bring(clerk: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db)
    form = form_for(clerk, slot, channels=[], **{"person.email": ""})
    more = clerk.post(BOOK, data=form | {"add": "1"})
    assert 'name="companions.0.name"' in more.text
    luis = {
        f"companions.0.birth_date.{part}": value for part, value in (("day", "3"), ("month", "2"), ("year", "2015"))
    }
    answer = clerk.post(BOOK, data=form | {"companions.0.name": "Luis Ajú"} | luis)
    assert answer.status_code == 201, answer.text
    (made,) = store.of_slot(db, slot, "guatemala", store.slot(db, slot).starts_at)
    assert (made.party_size, made.channels) == (2, ())


def test_a_place_that_is_gone_is_told_on_the_page(clerk: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, capacity=1)
    form = form_for(clerk, slot)
    visitor.book(clerk.application.test_client(), slot)
    answer = clerk.post(BOOK, data=form)
    assert answer.status_code == 409
    assert "Alguien fue más rápido" in answer.text or 'class="errors"' in answer.text


def test_a_time_of_another_office_is_not_booked(clerk: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db)
    form = form_for(clerk, slot)
    db.slots.update_one({"_id": slot}, {"$set": {"office_id": "izabal"}})
    assert clerk.get(f"{BOOK}?slot={slot}").location is not None or clerk.get(f"{BOOK}?slot={slot}").status_code == 404
    assert clerk.post(BOOK, data=form).status_code in (303, 404)
    assert db.appointments.count_documents({}) == 0


def test_a_missed_one_is_put_right_with_a_reason(supervisor: FlaskClient, db: Database, reference: str) -> None:
    miss(db, reference)
    path = f"/staff/appointments/{reference}"
    without = visitor.post(supervisor, f"{path}/correction", {"status": "attended"}, shown_at=path)
    assert without.status_code == 422
    assert 'href="#field-reason"' in without.text
    done = visitor.post(supervisor, f"{path}/correction", {"status": "attended", "reason": "came_late"}, shown_at=path)
    assert done.location == path
    page = supervisor.get(path).text
    assert "llegó tarde" in page
    assert "Sample clerk" in page, "who did it"
    assert store.appointment(db, reference).status == model.ATTENDED


def test_a_clerk_is_not_offered_what_a_supervisor_does(clerk: FlaskClient, db: Database, reference: str) -> None:
    miss(db, reference)
    assert "/correction" not in clerk.get(f"/staff/appointments/{reference}").text
    assert "/intake" not in clerk.get("/staff/offices/guatemala/day").text


def test_a_note_is_kept_and_shown(clerk: FlaskClient, db: Database, reference: str) -> None:
    path = f"/staff/appointments/{reference}"
    form = visitor.hidden(clerk.get(path).text) | {"text": "Prefiere hablar en mam.\nLlamar antes."}
    for _ in range(2):
        assert clerk.post(f"{path}/notes", data=form).location == f"{path}#notes"
    page = clerk.get(path).text
    assert page.count("Prefiere hablar en mam.") == 1
    assert db.case_notes.count_documents({}) == 1
    empty = visitor.post(clerk, f"{path}/notes", {"text": " ", "idempotency_key": "k" * 20}, shown_at=path)
    assert empty.status_code == 422


def test_the_table_of_roles_is_a_page(clerk: FlaskClient) -> None:
    page = clerk.get("/staff/roles").text
    assert "Abrir, limitar y cerrar la admisión" in page
    assert "programa" in page


def test_who_cannot_be_written_to_is_handed_a_new_code_at_the_desk(clerk: FlaskClient, db: Database) -> None:
    slot = bookings.add_slot(db, hours=2)
    nobody = {"person.email": "", "channels": []}
    assert clerk.post(BOOK, data=form_for(clerk, slot) | nobody).status_code == 201
    (row,) = db.appointments.find()
    page = f"/staff/appointments/{row['reference']}"
    for language, heading, still in (
        ("es", "Un código nuevo", "El código anterior sirve"),
        ("en", "A new code", "The code before this one"),
    ):
        headers = {"Accept-Language": language}
        assert heading in clerk.get(page, headers=headers).text
        shown = clerk.post(f"{page}/code", data=visitor.hidden(clerk.get(page).text), headers=headers)
        assert shown.status_code == 200
        for text in (heading, still, row["reference"]):
            assert text in shown.text
    newest = store.appointment(db, row["reference"])
    assert actions.newest_code(db, newest) in shown.text


def test_a_new_code_of_who_can_be_written_to_goes_there(clerk: FlaskClient, db: Database, reference: str) -> None:
    page = f"/staff/appointments/{reference}"
    shown = clerk.get(page).text
    assert f"{page}/code" not in shown
    told = clerk.post(f"{page}/code", data=visitor.hidden(shown), follow_redirects=True)
    assert told.request.path == page
    assert "el código nuevo va allí" in told.text
