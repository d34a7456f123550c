"""The staff's and the operators' pages: who sees what, and the withdrawal of a consent."""

import json
import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.referrals import actions, store
from shared import auth
from tests.integration.referrals.conftest import UNHCR, opened, work
from tests.referrals import a_consent, a_partner, person_details


class Staff:
    """Somebody who is signed in, in a browser without JavaScript."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str):
        return self.client.get(path, headers={"Accept": "text/html", "Accept-Language": "en"})

    def post(self, path: str, page: str, **fields: str):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)[1]
        headers = {"Accept": "text/html", "Accept-Language": "en"}
        return self.client.post(path, data=fields | {"csrf_token": token}, headers=headers, follow_redirects=True)


@pytest.fixture
def sign_in(db: Database, made, tmp_path):
    def enter(*roles: str, offices: tuple[str, ...] = ()) -> Staff:
        account = {"email": "who@sendero.test", "name": "Who", "password": "sendero-demo"}
        file = tmp_path / "accounts.json"
        file.write_text(json.dumps({"accounts": [account | {"roles": roles, "offices": offices}]}))
        auth.load_file(db, file)
        staff = Staff(made.test_client())
        answer = staff.post("/login", "/login", email="who@sendero.test", password="sendero-demo")
        assert answer.status_code == 200
        return staff

    return enter


class Text(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text(response) -> str:
    return " ".join(" ".join(Text(response.text).parts).split())


def test_strangers_are_asked_to_sign_in(db, client):
    for path in ("/referrals", "/referrals/x", "/partners", "/partners/unhcr"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/login")


def test_a_clerk_sees_the_referrals_of_the_own_offices_with_steps_and_reasons(db, sign_in):
    referral = opened(db)
    actions.decline(db, referral.id, "capacity", UNHCR)
    clerk = sign_in("clerk", offices=("guatemala",))
    assert "SND-7K3M-Q2XA" in text(clerk.get("/referrals"))
    page = text(clerk.get(f"/referrals/{referral.id}"))
    for shown in ("Offered", "Declined", "Has no free place", "Was asked before", "Choice 2", "iom (sample)"):
        assert shown in page


def test_a_clerk_of_another_office_sees_none_of_it(db, sign_in):
    referral = opened(db)
    clerk = sign_in("clerk", offices=("izabal",))
    assert "SND-7K3M-Q2XA" not in clerk.get("/referrals").text
    for path in ("", "/withdrawal"):
        assert clerk.get(f"/referrals/{referral.id}{path}").status_code == 404
    assert clerk.post(f"/referrals/{referral.id}/withdrawal", "/referrals").status_code == 404
    assert store.referral(db, referral.id).consent.stands


def test_a_referral_looked_at_is_audited_and_so_is_a_refusal(db, sign_in):
    referral = opened(db)
    sign_in("clerk", offices=("guatemala",)).get(f"/referrals/{referral.id}")
    stranger = sign_in("clerk", offices=("izabal",))
    stranger.get(f"/referrals/{referral.id}")
    stranger.post(f"/referrals/{referral.id}/withdrawal", "/referrals")
    rows = db.audit.find({"subject": referral.id, "actor.kind": "staff"}).sort("_id", 1)
    assert [(row["action"], row["outcome"]) for row in rows] == [
        ("see_referral", "allowed"),
        ("see_referral", "refused"),
        ("change_referral", "refused"),
    ]


def test_no_page_names_the_person(db, sign_in, person):
    actions.change_person(db, person, 2, person_details())
    referral = opened(db)
    admin = sign_in("admin")
    for path in ("/referrals", f"/referrals/{referral.id}", f"/referrals/{referral.id}/withdrawal", "/partners/unhcr"):
        assert "Ana" not in admin.get(path).text


def test_a_consent_is_withdrawn_after_it_was_confirmed(db, sign_in):
    referral = opened(db)
    clerk = sign_in("clerk", offices=("guatemala",))
    page = f"/referrals/{referral.id}/withdrawal"
    assert "unhcr (sample) is told" in text(clerk.get(page))
    assert store.referral(db, referral.id).consent.stands
    for _ in range(2):  # a double click withdraws once
        done = clerk.post(page, "/referrals")
        assert "Consent withdrawn" in text(done)
    assert db.outbox.count_documents({"type": "consent.withdrawn.v1"}) == 1
    assert db.audit.count_documents({"action": "withdraw_consent"}) == 1
    assert clerk.get(page).status_code == 303


def test_a_form_from_elsewhere_withdraws_nothing(db, sign_in):
    referral = opened(db)
    clerk = sign_in("clerk", offices=("guatemala",))
    answer = clerk.client.post(f"/referrals/{referral.id}/withdrawal", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert store.referral(db, referral.id).consent.stands


def test_an_operator_looks_and_changes_nothing(db, sign_in):
    referral = opened(db)
    operator = sign_in("operator")
    page = operator.get(f"/referrals/{referral.id}")
    assert "Withdraw the consent" not in page.text
    assert operator.post(f"/referrals/{referral.id}/withdrawal", "/referrals").status_code == 403
    assert db.audit.count_documents({"outcome": "refused"}) == 1


def test_staff_looks_for_a_partner_again(db, sign_in):
    referral = opened(db, consent=a_consent(partners=("ngo",)))
    clerk = sign_in("clerk", offices=("guatemala",))
    page = f"/referrals/{referral.id}"
    assert "Still nobody can take it" in text(clerk.post(f"{page}/routing", page))
    store.save_partner(db, a_partner("ngo"))
    assert "A partner was found" in text(clerk.post(f"{page}/routing", page))


def test_operators_see_partners_deliveries_and_the_exceptions_from_the_check_of_targets(db, sign_in, webhook):
    opened(db)
    webhook.then(500)
    work(db)
    operator = sign_in("operator")
    page = text(operator.get("/partners"))
    assert "127.0.0.1" in page
    assert "unhcr (sample)" in page
    shown = text(operator.get("/partners/unhcr"))
    assert webhook.url in shown
    assert "500 (" in shown
    assert "500 (" not in text(operator.get("/partners/unhcr?state=delivered"))
    assert operator.get("/partners/nobody").status_code == 404


def test_a_clerk_does_not_see_the_partners(db, sign_in):
    clerk = sign_in("clerk", offices=("guatemala",))
    assert clerk.get("/partners").status_code == 403


def test_the_pages_are_in_spanish_too(db, sign_in):
    referral = opened(db)
    admin = sign_in("admin")
    page = admin.client.get(f"/referrals/{referral.id}?lang=es", headers={"Accept": "text/html"})
    assert "Derivación de SND-7K3M-Q2XA" in text(page)
    assert "Ofrecida" in text(page)
