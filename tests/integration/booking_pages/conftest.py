"""Booking's pages over a real mongod, asked without a browser. One database per file, emptied before each test."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import app as booking
from services.booking import commands, model
from shared import auth, mongo, recent
from tests import builders
from tests.conftest import Mongo
from tests.integration.booking.conftest import office  # noqa: F401 - a fixture

ACCOUNTS = Path(__file__).parents[3] / "deploy" / "local" / "accounts.json"


@pytest.fixture(scope="module")
def prepared(mongo: Mongo) -> Iterator[Database]:
    name = f"pages_{secrets.token_hex(4)}"
    found = opened(mongo.uri(name))
    yield found
    found.client.close()
    mongo.drop(name)


def opened(uri: str) -> Database:
    found = mongo.open(builders.some_booking_settings(uri))
    commands.prepare(found)
    auth.load_file(found, ACCOUNTS)
    return found


@pytest.fixture
def db(prepared: Database) -> Database:
    for name in set(prepared.list_collection_names()) - {"accounts"}:
        prepared[name].delete_many({})
    recent.forget(prepared)
    return prepared


@pytest.fixture
def app(db: Database, office: model.Office) -> flask.Flask:  # noqa: F811
    return booking.create_app(mongo.settings(db))


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()
