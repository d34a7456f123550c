"""The whole system and somebody who comes to it."""

import pytest

from tests.person import Person
from tests.stack import Stack


@pytest.fixture
def person(stack: Stack) -> Person:
    return Person(stack)
