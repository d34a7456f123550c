"""Apache Kafka and MongoDB as containers, on ports of this machine that are chosen once and survive every restart."""

import os
import secrets
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import urllib3
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from deploy import replica_set
from deploy.local import broker
from tests.conftest import CLOSE_SOON, free_port
from tests.wait import wait_until

KAFKA_IMAGE = os.environ.get("KAFKA_IMAGE", "apache/kafka:4.3.0")
MONGO_IMAGE = os.environ.get("MONGO_IMAGE", "mongo:8.0")
SET_UP = Path(replica_set.__file__)


class Server(ABC):
    """A container that can be killed, started again with its disk, and replaced by one with an empty disk."""

    ready_line = ""

    def __init__(self) -> None:
        self.port = free_port()
        self.container = self._new()

    @abstractmethod
    def _new(self) -> DockerContainer: ...

    @abstractmethod
    def answers(self) -> bool: ...

    def start(self) -> None:
        waiting = LogMessageWaitStrategy(self.ready_line).with_startup_timeout(90)
        self.container.waiting_for(waiting).start()
        self._wait()

    def kill(self) -> None:
        """SIGKILL: nothing is written down on the way out."""
        self._engine().kill("SIGKILL")
        self._engine().wait(timeout=30)

    def start_again(self) -> None:
        self._engine().start()
        self._wait()

    def replace(self) -> None:
        """Away with its disk, and a new one in its place."""
        self.stop()
        self.container = self._new()
        self.start()

    def stop(self) -> None:
        self.container.stop()

    def _wait(self) -> None:
        wait_until(self.answers, 60, f"{type(self).__name__} answers", every=0.2)

    def _engine(self) -> Any:
        return self.container.get_wrapped_container()


class Kafka(Server):
    ready_line = "Kafka Server started"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def answers(self) -> bool:
        return broker.ready(self.address)

    def _new(self) -> DockerContainer:
        container = DockerContainer(KAFKA_IMAGE).with_envs(
            KAFKA_NODE_ID="1",
            KAFKA_PROCESS_ROLES="broker,controller",
            KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
            KAFKA_LISTENERS="HOST://:19092,INTERNAL://:9092,CONTROLLER://:9093",
            KAFKA_ADVERTISED_LISTENERS=f"HOST://{self.address},INTERNAL://localhost:9092",
            KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
            KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,HOST:PLAINTEXT",
            KAFKA_INTER_BROKER_LISTENER_NAME="INTERNAL",
            KAFKA_LOG_DIRS="/var/lib/kafka/data",
            KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
            KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
            KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
            KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
            KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
            KAFKA_HEAP_OPTS="-Xms256m -Xmx512m",
        )
        return on_loopback(container, 19092, self.port)


class ReplicaSet(Server):
    """One mongod with accounts. `image` is one that has pymongo: it sets the replica set up from beside the server."""

    ready_line = "Waiting for connections"

    def __init__(self, image: str) -> None:
        self.image = image
        self.password = secrets.token_urlsafe(12)
        super().__init__()

    @property
    def admin_uri(self) -> str:
        return replica_set.uri(self.port, replica_set.ADMIN, self.password)

    def start(self) -> None:
        super().start()
        told = {"MONGO_MEMBER": "localhost:27017", "MONGO_ADMIN_PASSWORD": self.password}
        beside = f"container:{self.container.get_container_id()}"
        with SET_UP.open() as program:
            subprocess.run(
                ["docker", "run", "--rm", "--interactive", "--network", beside]
                + [word for name in told for word in ("--env", name)]
                + [self.image, "python", "-"],
                env={**os.environ, **told},
                stdin=program,
                check=True,
            )

    def start_again(self) -> None:
        super().start_again()
        wait_until(lambda: replica_set.ready(self.admin_uri), 60, "the replica set takes writes", every=0.2)

    def answers(self) -> bool:
        return replica_set.answers(self.port)

    def _new(self) -> DockerContainer:
        start = (
            "[ -s /tmp/key ] || head -c 567 /dev/urandom | base64 -w0 > /tmp/key; chown 999:999 /tmp/key; "
            "chmod 400 /tmp/key; exec docker-entrypoint.sh "
            f"mongod --replSet {replica_set.NAME} --auth --keyFile /tmp/key --wiredTigerCacheSizeGB 0.25 "
            f"--setParameter transactionLifetimeLimitSeconds=10 --wiredTigerEngineConfigString '{CLOSE_SOON}'"
        )
        container = DockerContainer(MONGO_IMAGE, command=[start]).with_kwargs(entrypoint=["bash", "-euc"])
        return on_loopback(container, 27017, self.port)


def on_loopback(container: DockerContainer, inside: int, port: int) -> DockerContainer:
    container.ports[f"{inside}/tcp"] = ("127.0.0.1", port)  # with_bind_ports would publish it on all addresses
    return container


def get(port: int, path: str) -> tuple[int, str]:
    """Status and body; 0 while nothing answers."""
    try:
        answer = urllib3.request("GET", f"http://127.0.0.1:{port}{path}", retries=False, timeout=5)
    except urllib3.exceptions.HTTPError:
        return 0, ""
    return answer.status, answer.data.decode()
