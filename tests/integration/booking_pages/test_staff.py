"""The office's pages where somebody may not, or where it does not fit."""

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import store
from tests.integration.booking import conftest as bookings
from tests.integration.booking_pages import visitor


@pytest.fixture
def reference(client: FlaskClient, db: Database) -> str:
    return visitor.book(client.application.test_client(), bookings.add_slot(db, hours=0.5))


@pytest.fixture
def clerk(client: FlaskClient) -> FlaskClient:
    visitor.sign_in(client)
    return client


def asked(clerk: FlaskClient, reference: str, **changes: object) -> dict[str, object]:
    form = {
        "service": "protection",
        "priority": "high",
        "consent.partners": ["unhcr"],
        "consent.given_by": "person",
        "agreed": "yes",
        "note": "",
    }
    return visitor.hidden(clerk.get(f"/staff/appointments/{reference}/refer").text) | form | changes


def test_strangers_are_sent_to_the_login_page(client: FlaskClient, reference: str) -> None:
    for path in ("/staff", "/staff/offices/guatemala/day", f"/staff/appointments/{reference}/refer"):
        assert client.get(path).location.startswith("/login?next=/staff"), path


def test_an_operator_may_not(client: FlaskClient, reference: str) -> None:
    visitor.sign_in(client, "operator")
    assert client.get("/staff/offices/guatemala/day").status_code == 403
    assert visitor.post(client, f"/staff/appointments/{reference}/arrival", {}).status_code == 403


def test_an_appointment_of_another_office_is_not_there(clerk: FlaskClient, reference: str, db: Database) -> None:
    db.appointments.update_one({"reference": reference}, {"$set": {"office_id": "izabal"}})
    assert clerk.get(f"/staff/appointments/{reference}/refer").status_code == 404
    for what in ("arrival", "attendance", "absence", "refer"):
        assert visitor.post(clerk, f"/staff/appointments/{reference}/{what}", {}).status_code == 404, what
    assert db.audit.count_documents({"subject": reference, "outcome": "refused"}) == 5


def test_what_does_not_fit_is_told_on_the_list(clerk: FlaskClient, reference: str) -> None:
    answer = visitor.post(clerk, f"/staff/appointments/{reference}/absence", {})
    assert answer.location.endswith(f"#{reference}")
    assert "cuando llegue su momento" in clerk.get(answer.location).text


def test_the_list_shows_what_the_office_must_know(clerk: FlaskClient, reference: str, db: Database) -> None:
    problem = {"channel": "email", "reason": "failed", "at": store.appointment(db, reference).starts_at}
    db.appointments.update_one({"reference": reference}, {"$set": {"contact_problems": [problem]}})
    answer = visitor.post(clerk, f"/staff/appointments/{reference}/arrival", {})
    page = clerk.get(answer.location).text
    assert "correo electrónico: el mensaje no llegó" in page
    assert "ya llegó" in page
    assert db.audit.count_documents({"action": "office.day"})


def test_a_referral_sent_twice_is_one(clerk: FlaskClient, reference: str, db: Database) -> None:
    visitor.post(clerk, f"/staff/appointments/{reference}/arrival", {})
    form = asked(clerk, reference)
    for _ in range(2):
        assert clerk.post(f"/staff/appointments/{reference}/refer", data=form).status_code == 303
    assert len(bookings.announced(db, "referral.requested.v1")) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agreed": ""}, "agreed"),
        ({"consent.partners": []}, "consent.partners"),
        ({"consent.partners": ["nobody"]}, "consent.partners"),
        ({"consent.given_by": "clerk"}, "consent.given_by"),
        ({"consent.text_version": "2020-01"}, "consent.text_version"),
        ({"priority": ""}, "priority"),
    ],
)
def test_without_consent_there_is_no_referral(
    clerk: FlaskClient, reference: str, db: Database, changes: dict[str, object], field: str
) -> None:
    visitor.post(clerk, f"/staff/appointments/{reference}/arrival", {})
    answer = clerk.post(f"/staff/appointments/{reference}/refer", data=asked(clerk, reference, **changes))
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in answer.text
    assert store.appointment(db, reference).referrals == ()


def test_who_has_not_come_is_not_referred(clerk: FlaskClient, reference: str, db: Database) -> None:
    answer = clerk.post(f"/staff/appointments/{reference}/refer", data=asked(clerk, reference))
    assert answer.status_code == 409
    assert store.appointment(db, reference).referrals == ()


def test_the_consent_is_shown_in_the_persons_language(clerk: FlaskClient, reference: str, db: Database) -> None:
    page = clerk.get(f"/staff/appointments/{reference}/refer?lang=en").text
    assert 'lang="es"' in page
    assert "Usted puede decir que no" in page
    db.appointments.update_one({"reference": reference}, {"$set": {"language": "mam"}})
    assert "Have the text interpreted" in clerk.get(f"/staff/appointments/{reference}/refer").text


def test_what_went_wrong_leads_staff_back_to_their_work_and_everybody_else_to_the_start(client: FlaskClient) -> None:
    nothing = "/staff/appointments/SND-0000-0000"
    assert 'class="button" href="/"' in client.get("/appointments/nothing").text
    for account, work in (("clerk", "/staff"), ("operator", "/operations")):
        visitor.sign_in(client, account)
        assert f'class="button" href="{work}"' in client.get(nothing, headers={"Accept-Language": "en"}).text
