"""The whole system, running; each test makes one part of it die at its worst moment."""

import pytest

from tests.person import Person
from tests.stack import Stack


@pytest.fixture
def person(stack: Stack) -> Person:
    return Person(stack)
