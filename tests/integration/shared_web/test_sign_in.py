"""Accounts, sessions, keys, roles and offices."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from shared import auth, clock
from shared.web import throttling
from tests.integration.shared_web.conftest import csrf, sign_in

EN = {"Accept-Language": "en"}


def test_a_right_password_signs_in_and_leads_on(client: FlaskClient, accounts: Path, db: Database) -> None:
    answer = sign_in(client, "clerk")
    assert (answer.status_code, answer.location) == (303, "/staff")
    page = client.get("/staff", headers=EN).text
    assert "Sample clerk" in page
    assert "Sign out" in page
    assert db.audit.count_documents({"action": "sign in", "outcome": "allowed"}) == 1


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(
    client: FlaskClient, accounts: Path, db: Database
) -> None:
    wrong, unknown = sign_in(client, "clerk", "wrong"), sign_in(client, "nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert (
        wrong.text.replace("clerk@", "").replace("nobody@", "").split("csrf_token")[0]
        == unknown.text.replace("clerk@", "").replace("nobody@", "").split("csrf_token")[0]
    )
    assert [row["outcome"] for row in db.audit.find({"action": "sign in"})] == ["refused", "refused"]
    assert "sendero.test" not in json.dumps(list(db.audit.find()), default=str)


@pytest.mark.usefixtures("still")
def test_wrong_tries_are_slowed_down_and_the_owner_gets_in_after_the_delay(
    client: FlaskClient, accounts: Path, db: Database
) -> None:
    statuses = [sign_in(client, "clerk", "wrong").status_code for _ in range(throttling.FREE + 2)]
    assert statuses[-1] == 429
    slowed = sign_in(client, "clerk")
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) >= 1
    assert sign_in(client, "operator").status_code == 303
    db.throttles.update_many({}, {"$set": {"until": clock.now() - timedelta(seconds=1)}})
    assert sign_in(client, "clerk").status_code == 303


@pytest.mark.usefixtures("still")
def test_tries_from_elsewhere_do_not_hold_up_the_owner(app: flask.Flask, accounts: Path) -> None:
    assert sign_in(app.test_client(), "clerk").status_code == 303
    stranger = app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    for _ in range(throttling.FREE + 2):
        last = sign_in(stranger, "clerk", "wrong")
    assert last.status_code == 429
    another = app.test_client()
    another.environ_base["REMOTE_ADDR"] = "198.51.100.1"
    assert sign_in(another, "clerk", "wrong").status_code == 429
    assert sign_in(app.test_client(), "clerk").status_code == 303


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_signing_in_leads_only_to_our_own_pages(client: FlaskClient, accounts: Path, target: str) -> None:
    form = {"email": "clerk@sendero.test", "password": "sendero-demo", "csrf_token": csrf(client), "next": target}
    assert client.post("/login", data=form).location == "/staff"


def test_a_form_without_its_token_changes_nothing(client: FlaskClient, accounts: Path) -> None:
    form = {"email": "clerk@sendero.test", "password": "sendero-demo"}
    answer = client.post("/login", data=form, headers=EN)
    assert answer.status_code == 400
    assert "This form is no longer valid" in answer.text
    assert client.get("/staff").status_code == 303


def test_a_post_from_another_site_is_refused(client: FlaskClient, accounts: Path) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Authorization": "Basic U05EOng="}
    assert client.post("/api/v1/stays/callback", headers=headers).status_code == 400


def test_the_api_with_a_cookie_needs_the_csrf_header(client: FlaskClient, accounts: Path) -> None:
    sign_in(client, "clerk")
    refused = client.post("/api/v1/stays/north/book", headers=EN)
    assert (refused.status_code, refused.json["type"]) == (400, "urn:sendero:csrf")
    token = client.get("/api/v1/session").json["csrf_token"]
    assert client.post("/api/v1/stays/north/book", headers={"X-CSRFToken": token}).status_code == 200


def test_a_script_uses_a_key_and_needs_no_token(client: FlaskClient, accounts: Path, db: Database) -> None:
    key = auth.give_key(db, "clerk@sendero.test")
    headers = {"Authorization": f"Bearer {key}"}
    assert client.post("/api/v1/stays/north/book", headers=headers).status_code == 200
    assert client.get("/api/v1/session", headers=headers).json["kind"] == "script"
    assert key not in json.dumps(list(db.account_keys.find()), default=str)
    auth.disable(db, "clerk@sendero.test")
    answer = client.get("/api/v1/stays/north/book", headers=headers)
    assert (answer.status_code, answer.json["type"]) == (401, "urn:sendero:wrong-key")


def test_a_stranger_gets_401_on_the_api_and_the_login_on_a_page(client: FlaskClient) -> None:
    answer = client.get("/api/v1/stays/north/book", headers=EN)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    page = client.get("/staff?day=1")
    assert (page.status_code, page.location) == (303, "/login?next=/staff?day%3D1")


def test_a_role_that_may_not_is_refused_and_audited(client: FlaskClient, accounts: Path, db: Database) -> None:
    sign_in(client, "operator")
    answer = client.get("/api/v1/stays/north/book", headers=EN)
    assert (answer.status_code, answer.json["type"]) == (403, "urn:sendero:forbidden")
    assert client.get("/staff").status_code == 403
    rows = list(db.audit.find({"outcome": "refused"}).sort("_id", 1))
    assert [row["action"] for row in rows] == ["GET /api/v1/stays/<office>/book", "GET /staff"]
    assert all(row["actor"]["kind"] == "staff" for row in rows)


def test_a_clerk_sees_only_the_offices_of_the_account(client: FlaskClient, accounts: Path, db: Database) -> None:
    sign_in(client, "clerk")
    assert client.get("/api/v1/stays/north/book").status_code == 200
    assert client.get("/api/v1/stays/south/book").status_code == 403
    assert db.audit.find_one({"outcome": "refused"})["ids"] == {"office_id": "south"}


def age(client: FlaskClient, **back: int) -> None:
    with client.session_transaction() as session:
        for name, seconds in back.items():
            session[name] -= seconds


@pytest.mark.parametrize(
    ("back", "why"),
    [({"seen": 31 * 60}, "idle"), ({"since": 13 * 3600}, "old"), ({"version": 1}, "revoked")],
)
def test_a_session_ends_with_a_clear_reason(
    client: FlaskClient, accounts: Path, back: dict[str, int], why: str
) -> None:
    sign_in(client, "clerk")
    age(client, **back)
    page = client.get("/staff")
    assert (page.status_code, page.location) == (303, f"/login?next=/staff&why={why}")
    said = client.get(page.location, headers=EN).text
    assert "Please sign in again." in said
    assert client.get("/staff").location == "/login?next=/staff"


def test_an_ended_session_is_401_on_the_api(client: FlaskClient, accounts: Path) -> None:
    sign_in(client, "clerk")
    age(client, seen=31 * 60)
    answer = client.get("/api/v1/stays/north/book", headers=EN)
    assert (answer.status_code, answer.json["type"]) == (401, "urn:sendero:session-ended")


@pytest.mark.parametrize("change", [auth.disable, lambda db, email: auth.set_password(db, email, "another-password")])
def test_an_account_that_changes_is_signed_out_at_once(
    client: FlaskClient, accounts: Path, db: Database, change: Any
) -> None:
    sign_in(client, "clerk")
    assert client.get("/staff").status_code == 200
    change(db, "clerk@sendero.test")
    assert client.get("/staff").location.endswith("why=revoked")


def test_signing_out_ends_it(client: FlaskClient, accounts: Path) -> None:
    sign_in(client, "clerk")
    token = client.get("/api/v1/session").json["csrf_token"]
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303
    assert client.get("/staff").status_code == 303


def test_loading_accounts_again_keeps_a_changed_password_and_follows_the_roles(
    client: FlaskClient, accounts: Path, db: Database
) -> None:
    auth.set_password(db, "clerk@sendero.test", "changed-by-owner")
    rows = json.loads(accounts.read_text())
    rows["accounts"][0]["roles"] = ["clerk", "supervisor"]
    accounts.write_text(json.dumps(rows))
    assert auth.load_file(db, accounts) == 3
    assert db.accounts.find_one({"email": "clerk@sendero.test"})["roles"] == ["clerk", "supervisor"]
    assert sign_in(client, "clerk").status_code == 401
    assert sign_in(client, "clerk", "changed-by-owner").status_code == 303
    auth.load_file(db, accounts, reset_passwords=True)
    assert client.get("/staff").location.endswith("why=revoked")
    assert sign_in(client, "clerk").status_code == 303


def test_a_role_that_does_not_exist_is_refused_before_anything_is_loaded(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text('{"accounts": [{"email": "x@x.test", "name": "x", "password": "x", "roles": ["king"]}]}')
    with pytest.raises(ValueError, match="king"):
        auth.load_file(db, path)
    assert db.accounts.count_documents({}) == 0
