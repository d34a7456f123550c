"""The three services, inhabited, each over a database of its own that lives as long as the tests of one file."""

import secrets
from collections.abc import Iterator

import pytest

from tests.conftest import Mongo
from tests.generated import making
from tests.generated.inhabited import Inhabited


def _database(mongo: Mongo) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    yield mongo.uri(name)
    mongo.drop(name)


@pytest.fixture(scope="module")
def booking(mongo: Mongo) -> Iterator[Inhabited]:
    for uri in _database(mongo):
        with making.booking(uri) as service:
            yield service


@pytest.fixture(scope="module")
def referrals(mongo: Mongo) -> Iterator[Inhabited]:
    for uri in _database(mongo):
        with making.referring(uri) as service:
            yield service


@pytest.fixture(scope="module")
def notifications(mongo: Mongo) -> Iterator[Inhabited]:
    for uri in _database(mongo):
        with making.telling(uri) as service:
            yield service
