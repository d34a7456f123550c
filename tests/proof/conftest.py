"""One small real run without faults, gone through once for all tests of the checker."""

import copy
from collections.abc import Iterator

import pytest

from tests.proof import checker
from tests.proof.planting import CASES, SEED, assert_clean
from tests.proof.small import SmallSystem


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSystem]:
    with SmallSystem(tmp_path_factory.mktemp("proof")) as running:
        running.crowd_comes(CASES, SEED)
        yield running
        assert running.stack.ended() == {}
        assert_clean(checker.check(running))  # every plant was undone


@pytest.fixture(scope="session")
def read(system: SmallSystem) -> checker.Evidence:
    return checker.read(system)


@pytest.fixture
def evidence(read: checker.Evidence) -> checker.Evidence:
    """A copy of what was read, to be changed where the things themselves cannot be."""
    return copy.deepcopy(read)
