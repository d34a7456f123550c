"""The integration tests once more, on Apache Kafka and MongoDB: those of the rooms whose promises rest on how the
servers behave. Pages, accounts and examples ask nothing of them that these do not."""

import subprocess
import sys

import pytest

from tests.containers.conftest import ROOT

ROOMS = ("booking", "contracts", "notifications", "referrals", "spine")
SIDE_BY_SIDE = ("--numprocesses", "2", "--dist", "loadfile")


def test_the_integration_tests_pass_on_apache_kafka_and_mongodb(
    addresses: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not containers", "-p", "no:cacheprovider", *SIDE_BY_SIDE]
    with capfd.disabled():
        print("\ntests/integration on containers:", flush=True)
        rooms = [f"tests/integration/{room}" for room in ROOMS]
        done = subprocess.run([*command, *rooms], env=addresses, cwd=ROOT, timeout=1500)
    assert done.returncode == 0
