"""A made-up service over a real database: a page, two routes, and the console. One database per file, emptied before
each test."""

import base64
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate
from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

import shared.mongo
from shared import auth, commands, errors, events, inbox, operations, sealed, web
from shared.errors import N_
from shared.operations import peers
from shared.settings import Settings
from tests.conftest import Mongo
from tests.integration.shared_web import inns
from tests.ports import free_port

PASSWORD = "sendero-demo"
KEY = {"Idempotency-Key": "k" * 20}


class Full(errors.Conflict):
    code = "room-full"
    title = N_("Not found")
    detail = N_("Please wait %(seconds)s seconds, then try again.")


class Guest(Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=20))
    phone = fields.String(validate=validate.Regexp(r"\+\d+", error="Invalid value."))


class Stay(Schema):
    room = fields.String(required=True)
    nights = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=30))
    guests = fields.List(fields.Nested(Guest))
    at = web.Instant()


class Stayed(Schema):
    id = fields.String()
    room = fields.String()


api = Blueprint("stays", __name__, url_prefix="/api/v1/stays")
pages = flask.Blueprint("pages", __name__)


@api.route("", methods=["GET"])
@api.arguments(web.ListQuery, location="query")
@api.response(200)
def stays(query: dict[str, Any]) -> dict[str, Any]:
    return web.page([], None)


@api.route("", methods=["POST"])
@web.creates
@api.arguments(Stay)
@api.response(201, Stayed)
def stay(body: dict[str, Any]) -> Any:
    key = web.idempotency_key("public")
    if body["room"] == "full":
        raise Full(seconds=3)
    if body["room"] == "broken":
        raise RuntimeError("María, +502 5555 1234")
    row = {"room": body["room"], "request": key.document()}
    try:
        web.db().stays.insert_one(row)
    except DuplicateKeyError:
        row = web.db().stays.find_one({"request.scope": key.scope})
        key.check(row["request"])
        return {"id": str(row["_id"]), "room": row["room"]}, 201, web.replayed(True)
    return {"id": str(row["_id"]), "room": row["room"]}


@api.route("/<office>/book")
@auth.require("clerk")
@api.response(200)
def book(office: str) -> dict[str, str]:
    auth.require_office(office)
    return {"office": office}


@api.route("/<office>/book", methods=["POST"])
@auth.require("clerk")
@api.response(200)
def write(office: str) -> dict[str, str]:
    return {"office": office}


@api.route("/callback", methods=["POST"])
@web.any_body
def callback() -> dict[str, int]:
    return {"bytes": len(flask.request.get_data())}


@pages.get("/")
def start() -> str:
    return flask.render_template_string(
        '{% extends "base.html" %}{% import "form.html" as form with context %}{% block title %}x{% endblock %}'
        '{% block content %}<form method="post">{{ form.csrf() }}{{ form.idempotency_key() }}'
        "{{ form.field('person.name', 'Name', value='<Ana>', errors=errors) }}"
        "{{ form.radios('way', 'Way', [('a', 'A'), ('b', 'B')], value='b') }}</form>{% endblock %}",
        errors=[{"field": "person.name", "message": "wrong"}],
    )


@pages.post("/")
def sent() -> str:
    return web.idempotency_key("public").scope


@pages.get("/staff")
@auth.require("clerk", "admin")
def staff() -> str:
    return flask.render_template_string('{% extends "base.html" %}{% block title %}x{% endblock %}')


@pytest.fixture(scope="module")
def prepared(mongo: Mongo) -> Iterator[str]:
    """The address of a database with its collections and indexes."""
    name = f"test_{secrets.token_hex(6)}"
    uri = mongo.uri(name)
    made = shared.mongo.open(some_settings(uri))
    shared.mongo.create(made, commands.COLLECTIONS)
    shared.mongo.create(made, {"stays": [IndexModel("request.scope", unique=True)]})
    made.client.close()
    yield uri
    mongo.drop(name)


def some_settings(mongo_uri: str) -> Settings:
    keys = sealed.Keys.parse(f"k1:{base64.b64encode(os.urandom(32)).decode()}")
    return Settings(
        service="inn",
        mongo_uri=mongo_uri,
        kafka_bootstrap_servers=["127.0.0.1:1"],
        kafka_replication_factor=1,
        secret_key="s" * 32,
        seal_keys=keys,
        people_keys=keys,
        access_key="a" * 32,
        public_url="http://127.0.0.1",
        worker_host="127.0.0.1",
        worker_port=0,
        secure_cookies=False,
        trusted_proxies=0,
        rate_limit="3000/minute",
        session_hours=12,
        session_idle_minutes=30,
        drain_file="",
    )


@pytest.fixture
def settings(prepared: str) -> Settings:
    return some_settings(prepared)


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    found = shared.mongo.open(settings)
    for name in found.list_collection_names():
        found[name].delete_many({})
    yield found
    found.client.close()


class Thing(Schema):
    """What the handler below reads of an event."""

    class Meta:
        unknown = EXCLUDE

    n = fields.Integer(required=True, strict=True)


class Poison:
    """A handler that fails until it is cured, and then still for events with the field `bad`."""

    cured = False
    bad = ""

    def handle(self, db: Database, event: events.Event) -> None:
        data = event.data or {}
        if not self.cured or self.bad in data:
            raise ValueError(event.data)
        Thing().load(data)
        db.handled.insert_one({"_id": event.id, "data": data})


@pytest.fixture
def poison() -> Poison:
    return Poison()


@pytest.fixture
def app(db: Database, settings: Settings, poison: Poison) -> flask.Flask:
    return make_app(settings, poison)


def make_app(settings: Settings, poison: Poison | None = None, **changed: Any) -> flask.Flask:
    reading = inbox.Reading({"thing.done.v1": (poison or Poison()).handle})
    operations_api, console = operations.blueprints(reading)
    return web.create_app(
        replace(settings, **changed),
        __name__,
        apis=[api, operations_api],
        pages=[pages, console],
        after_sign_in="/staff",
    )


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def accounts(db: Database, tmp_path: Path) -> Path:
    path = tmp_path / "accounts.json"
    hashed = auth.accounts.hash_password(PASSWORD)
    rows = [
        {
            "email": f"{role}@sendero.test",
            "name": f"Sample {role}",
            "password_hash": hashed,
            "roles": [role],
            "offices": [],
        }
        for role in ("clerk", "operator", "admin")
    ]
    rows[0]["offices"] = ["north"]
    path.write_text(flask.json.dumps({"accounts": rows}))
    auth.load_file(db, path)
    return path


def csrf(client: FlaskClient) -> str:
    page = client.get("/login").get_data(as_text=True)
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def sign_in(client: FlaskClient, role: str, password: str = PASSWORD) -> Any:
    form = {"email": f"{role}@sendero.test", "password": password, "csrf_token": csrf(client), "next": "/staff"}
    return client.post("/login", data=form)


def at(year: int = 2026) -> datetime:
    return datetime.fromisoformat(f"{year}-01-01T00:00:00+00:00")


@pytest.fixture
def new_inn(mongo: Mongo, settings: Settings, tmp_path: Path) -> Iterator[Callable[..., inns.Inn]]:
    """A service by name that runs, with the addresses of those it asks."""
    opened: list[inns.Inn] = []

    def make(
        name: str, peers: dict[str, str] | None = None, key: str = inns.SHARED_KEY, case_of: Any = None
    ) -> inns.Inn:
        port = free_port()
        told = replace(
            settings,
            service=name,
            mongo_uri=mongo.uri(f"test_{name}_{secrets.token_hex(4)}"),
            public_url=f"http://127.0.0.1:{port}",
            operations_peers=peers or {},
            operations_key=key,
        )
        opened.append(inns.start(told, port, tmp_path, case_of))
        return opened[-1]

    yield make
    for inn in opened:
        inn.leave()
        name = inn.db.name
        inn.db.client.close()
        mongo.drop(name)


@pytest.fixture
def south(new_inn: Callable[..., inns.Inn], monkeypatch: pytest.MonkeyPatch) -> inns.Inn:
    """It knows a reference. Who asks it waits longer than elsewhere: on a slow machine it is not away."""
    monkeypatch.setattr(peers, "SECONDS", 30.0)
    monkeypatch.setattr(peers, "_pool", cache(peers._pool.__wrapped__))
    inn = new_inn("south", case_of=lambda db, given: inns.CASE if given == inns.REFERENCE else None)
    inn.works()
    return inn


@pytest.fixture
def north(new_inn: Callable[..., inns.Inn], south: inns.Inn) -> inns.Inn:
    """Its console asks the south."""
    inn = new_inn("north", {"south": south.url})
    inn.works()
    return inn
