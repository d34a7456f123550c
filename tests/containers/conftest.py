"""The project's images, and Apache Kafka and MongoDB in containers, for all tests of this folder."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import composed, secrets
from tests.conftest import Mongo
from tests.containers.servers import Kafka, ReplicaSet
from tests.integration.spine.conftest import db, heard, topic

__all__ = ["db", "heard", "topic"]

ROOT = Path(__file__).parents[2]
SERVICES = secrets.SERVICES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.containers)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Built as `make up` builds them: service (or "examples", "front") to image."""
    folder = tmp_path_factory.mktemp("compose")
    told = folder / "compose.env"
    composed.settings(told, folder / "secrets")
    command = ["docker", "compose", "--env-file", str(told), "--file", "deploy/compose.yaml", "--profile", "demo"]
    subprocess.run([*command, "--progress", "plain", "build"], cwd=ROOT, check=True)
    return {name: f"sendero/{name}:local" for name in (*SERVICES, "examples", "front")}


@pytest.fixture(scope="session")
def broker() -> Iterator[Kafka]:
    server = Kafka()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def replica_set(images: dict[str, str]) -> Iterator[ReplicaSet]:
    server = ReplicaSet(images["booking"])
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kafka(broker: Kafka) -> str:
    return broker.address


@pytest.fixture(scope="session")
def mongo(replica_set: ReplicaSet) -> Iterator[Mongo]:
    server = Mongo(replica_set.admin_uri)
    yield server
    server.admin.close()


@pytest.fixture
def addresses(broker: Kafka, replica_set: ReplicaSet) -> dict[str, str]:
    """An environment in which the other tests use these servers."""
    given = {"TEST_MONGO_URI": replica_set.admin_uri, "TEST_KAFKA_BOOTSTRAP_SERVERS": broker.address}
    return {**os.environ, **given}
