"""The table of who may do what, held against every route of the staff and every role."""

import secrets
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database
from werkzeug.routing import Rule

from services.booking import access, app, commands
from shared import auth, mongo
from tests import builders
from tests.conftest import Mongo

STAFF = ("/staff", "/api/v1/staff")
KNOWN = {"id": "guatemala", "office_id": "guatemala", "reference": "SND-0000-0000"}


@pytest.fixture(scope="module")
def booking(mongo_uri: str) -> Iterator[tuple[Flask, Database]]:
    db = mongo.open(builders.some_booking_settings(mongo_uri))
    commands.prepare(db)
    made = app.create_app(mongo.settings(db))
    made.config["WTF_CSRF_METHODS"] = ()  # forms are refused for their role here, not for their token
    yield made, db
    db.client.close()


@pytest.fixture(scope="module")
def mongo_uri(mongo: Mongo) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    yield mongo.uri(name)
    mongo.drop(name)


def of_staff(made: Flask) -> list[Rule]:
    return [rule for rule in made.url_map.iter_rules() if rule.rule.startswith(STAFF)]


def key_of(db: Database, role: str) -> dict[str, str]:
    email = f"{role}@sendero.test"
    account = {"_id": role, "email": email, "name": role, "roles": [role], "offices": ["*"], "disabled": False}
    db.accounts.update_one({"_id": role}, {"$set": account | {"credentials_version": 1}}, upsert=True)
    return {"Authorization": f"Bearer {auth.give_key(db, email)}"}


def ask(client: FlaskClient, rule: Rule, headers: dict[str, str]) -> int:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<{name}>", KNOWN.get(name, "nobody"))
    method = next(one for one in ("PUT", "POST", "GET") if one in (rule.methods or ()))
    return client.open(path, method=method, headers=headers).status_code


def test_every_route_of_the_staff_is_in_the_table(booking: tuple[Flask, Database]) -> None:
    made, _ = booking
    names = {rule.endpoint for rule in of_staff(made)}
    actions = {name: getattr(made.view_functions[name], "action", None) for name in names}
    assert [name for name, action in actions.items() if action not in access.ROLES_OF] == []
    assert set(actions.values()) == set(access.ROLES_OF), "an action that no route asks for"


def test_every_action_has_roles_that_there_are_and_words() -> None:
    assert set(access.WORDS) == set(access.ROLES_OF)
    for roles in access.ROLES_OF.values():
        assert roles
        assert set(roles) <= set(auth.ROLES)
        assert "admin" in roles or roles == ("privacy_officer",), "what is sensitive is looked at by one role alone"


@pytest.mark.parametrize("role", auth.ROLES)
def test_a_role_does_what_the_table_says_and_is_refused_the_rest_with_a_record(
    booking: tuple[Flask, Database], role: str
) -> None:
    made, db = booking
    headers, client = key_of(db, role), made.test_client(use_cookies=False)
    for rule in of_staff(made):
        action = getattr(made.view_functions[rule.endpoint], "action", "")
        before = db.audit.count_documents({"actor.id": role, "outcome": "refused"})
        status = ask(client, rule, headers)
        more = db.audit.count_documents({"actor.id": role, "outcome": "refused"}) - before
        if role in access.ROLES_OF[action]:
            assert (status != 403, more) == (True, 0), rule.rule
        else:
            assert (status, more) == (403, 1), rule.rule


def test_strangers_are_asked_to_sign_in(booking: tuple[Flask, Database]) -> None:
    made, _ = booking
    for rule in of_staff(made):
        status = ask(made.test_client(use_cookies=False), rule, {"Accept": "text/html"})
        assert status == (401 if rule.rule.startswith("/api") else 303), rule.rule
