"""Accounts made, disabled and given passwords and keys, by page and by command."""

import json
import re
from pathlib import Path
from typing import Any

import flask
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from pymongo.database import Database

from shared import auth, commands, mongo
from shared.auth import accounts as kept
from shared.settings import Settings
from tests.integration.shared_web.conftest import csrf, sign_in

CLERK, ADMIN = "clerk@sendero.test", "admin@sendero.test"
LONG = "long enough a password"


@pytest.fixture
def admin(client: FlaskClient, accounts: Path) -> FlaskClient:
    client.get("/login?lang=en")
    assert sign_in(client, "admin").status_code == 303
    return client


def post(client: FlaskClient, path: str, **form: Any) -> Any:
    return client.post(path, data=form | {"csrf_token": csrf(client)})


def id_of(db: Database, email: str) -> str:
    return db.accounts.find_one({"email": email})["_id"]


def audited(db: Database) -> list[tuple[str, str]]:
    return [(row["actor"]["kind"], row["action"]) for row in db.audit.find({"action": {"$not": {"$regex": "^sign"}}})]


def shown_password(page: Any) -> str:
    found = re.search(r"<code>([^<]+)</code>", page.text)
    assert found
    return found[1]


# by page


def test_only_administrators_see_the_accounts(client: FlaskClient, accounts: Path, db: Database) -> None:
    assert client.get("/accounts").location.startswith("/login")
    sign_in(client, "operator")
    for path in ("/accounts", "/accounts/new"):
        assert client.get(path).status_code == 403
    assert post(client, f"/accounts/{id_of(db, CLERK)}/disabling").status_code == 403
    assert not db.accounts.find_one({"email": CLERK})["disabled"]
    assert "/accounts" not in client.get("/operations").text


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_list_says_who_may_what_and_when_they_came_last(admin: FlaskClient, language: str) -> None:
    page = admin.get(f"/accounts?lang={language}").text
    for shown in (CLERK, "Sample clerk", "north", {"es": "nunca", "en": "never"}[language]):
        assert shown in page
    assert "argon2" not in page


def test_an_account_is_made_with_a_password_that_is_shown_once(admin: FlaskClient, db: Database) -> None:
    form = {"email": " New@Sendero.test ", "name": "New  Clerk", "roles": ["clerk"], "offices": "north, south"}
    page = post(admin, "/accounts/new", **form)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    made = db.accounts.find_one({"email": "new@sendero.test"})
    assert (made["name"], made["roles"], made["offices"]) == ("New Clerk", ["clerk"], ["north", "south"])
    password = shown_password(page)
    assert password not in admin.get("/accounts").text
    assert password not in repr(made)
    stranger = admin.application.test_client()
    assert sign_in(stranger, "new", password).status_code == 303
    assert audited(db) == [("staff", "make account")]


@pytest.mark.parametrize(
    ("change", "field", "status"),
    [
        ({"email": "nothing"}, "email", 422),
        ({"name": " "}, "name", 422),
        ({"roles": []}, "roles", 422),
        ({"roles": ["king"]}, "roles", 422),
        ({"offices": "north <x>"}, "offices", 422),
        ({"email": CLERK.upper()}, "email", 409),
    ],
)
def test_what_is_wrong_with_a_new_account_is_told_at_its_field(
    admin: FlaskClient, db: Database, change: dict[str, Any], field: str, status: int
) -> None:
    form = {"email": "new@sendero.test", "name": "New", "roles": ["clerk"], "offices": ""}
    page = post(admin, "/accounts/new", **form | change)
    assert page.status_code == status
    assert f'href="#field-{field}"' in page.text
    assert db.accounts.count_documents({}) == 3


def test_who_is_disabled_is_out_at_once_and_in_again_when_enabled(
    admin: FlaskClient, app: flask.Flask, db: Database
) -> None:
    clerk, key = app.test_client(), auth.give_key(db, CLERK)
    sign_in(clerk, "clerk")
    assert post(admin, f"/accounts/{id_of(db, CLERK)}/disabling").location == "/accounts"
    assert f"{CLERK} is signed out everywhere" in admin.get("/accounts").text
    assert clerk.get("/staff").location.endswith("why=revoked")
    assert sign_in(clerk, "clerk").status_code == 401
    assert clerk.get("/api/v1/session", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    post(admin, f"/accounts/{id_of(db, CLERK)}/enabling")
    assert sign_in(clerk, "clerk").status_code == 303
    assert audited(db) == [("script", "give key"), ("staff", "disable account"), ("staff", "enable account")]


def test_nobody_disables_themselves(admin: FlaskClient, db: Database) -> None:
    assert f"{id_of(db, ADMIN)}/disabling" not in admin.get("/accounts").text
    post(admin, f"/accounts/{id_of(db, ADMIN)}/disabling")
    assert "Nobody can disable their own account" in admin.get("/accounts").text
    assert not db.accounts.find_one({"email": ADMIN})["disabled"]


def test_a_new_password_ends_the_old_one(admin: FlaskClient, app: flask.Flask, db: Database) -> None:
    clerk = app.test_client()
    sign_in(clerk, "clerk")
    password = shown_password(post(admin, f"/accounts/{id_of(db, CLERK)}/password"))
    assert clerk.get("/staff").location.endswith("why=revoked")
    assert sign_in(clerk, "clerk").status_code == 401
    assert sign_in(clerk, "clerk", password).status_code == 303
    assert audited(db) == [("staff", "set password")]


def test_a_form_from_elsewhere_and_an_account_that_is_not_there_change_nothing(
    admin: FlaskClient, db: Database
) -> None:
    assert admin.post(f"/accounts/{id_of(db, CLERK)}/password").status_code == 400
    assert post(admin, "/accounts/nobody/password").status_code == 404
    assert audited(db) == []


def test_the_header_and_an_error_lead_to_the_start_page_and_a_sign_in_to_the_work(
    client: FlaskClient, accounts: Path
) -> None:
    assert '<a class="home" href="/">' in client.get("/").text
    assert '<a class="button" href="/">' in client.get("/nothing-here", headers={"Accept": "text/html"}).text
    form = {"email": CLERK, "password": "sendero-demo", "csrf_token": csrf(client)}
    assert client.post("/login", data=form).location == "/staff"


# by command


@pytest.fixture
def run(db: Database, settings: Settings, accounts: Path) -> Any:
    cli = commands.group(
        commands.Service("inn", lambda: settings, lambda db: None, {}, {}, collections={}), "The inn's."
    )

    def call(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(cli, words, obj=db, input=typed)

    return call


def test_an_account_is_disabled_and_enabled_by_command(run: Any, db: Database) -> None:
    assert run("account-disable", CLERK).exit_code == 0
    assert db.accounts.find_one({"email": CLERK})["disabled"]
    assert run("account-enable", CLERK.upper()).exit_code == 0
    assert not db.accounts.find_one({"email": CLERK})["disabled"]
    assert audited(db) == [("script", "disable account"), ("script", "enable account")]


def test_a_password_comes_from_standard_input_and_is_never_an_argument(run: Any, db: Database) -> None:
    done = run("account-password", CLERK, typed=f"{LONG}\n")
    assert done.exit_code == 0
    assert LONG not in done.output
    assert kept.verified(db, CLERK, LONG)
    assert run("account-password", CLERK, "a password").exit_code == 2
    assert run("account-password", CLERK, typed="short\n").exit_code == 2
    assert kept.verified(db, CLERK, LONG)


def test_a_key_is_printed_once(run: Any, db: Database) -> None:
    key = run("account-key", CLERK, "--name", "the day's list").stdout.strip()
    found = kept.by_key(db, key)
    assert found is not None
    assert found["email"] == CLERK
    row = db.account_keys.find_one({})
    assert row["name"] == "the day's list"
    assert key not in repr(row)
    assert run("account-key", CLERK).exit_code == 2


def test_an_account_that_is_not_there_is_said_to_be_none(run: Any) -> None:
    done = run("account-disable", "nobody@sendero.test")
    assert (done.exit_code, done.stderr) == (1, "Error: There is no account with this email address.\n")


def test_accounts_are_loaded_and_their_passwords_reset_when_asked(run: Any, db: Database, accounts: Path) -> None:
    auth.set_password(db, CLERK, LONG)
    assert run("accounts", str(accounts)).stdout == "inn: 3 accounts are there\n"
    assert kept.verified(db, CLERK, LONG)
    assert run("accounts", str(accounts), "--reset-passwords").exit_code == 0
    assert not kept.verified(db, CLERK, LONG)


def test_the_document_needs_no_settings(accounts: Path) -> None:
    def no_settings() -> Settings:
        raise AssertionError("asked for")

    cli = commands.group(commands.Service("inn", no_settings, lambda db: None, {}, {}, collections={}), None)
    assert json.loads(CliRunner().invoke(cli, ["asyncapi"]).stdout)["info"]["title"] == "Sendero inn"
    assert mongo.in_transaction() is False
