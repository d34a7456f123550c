"""Apache Kafka and MongoDB for the proof: containers on the host's network, every port on 127.0.0.1."""

import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pymongo
from pymongo.errors import PyMongoError

from deploy import replica_set
from deploy.local import broker
from tests.ports import free_port
from tests.wait import wait_until

KAFKA_IMAGE = os.environ.get("KAFKA_IMAGE", "apache/kafka:4.3.0")
MONGO_IMAGE = os.environ.get("MONGO_IMAGE", "mongo:8.0")
LABEL = "sendero.proof"


class NoServers(Exception):
    """Nothing to run Kafka and MongoDB with; says what to do."""


def docker(*words: str, within: float = 120) -> str:
    """What the engine answers. Raises NoServers when there is no engine, RuntimeError when it refuses."""
    try:
        done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=within)
    except FileNotFoundError:
        raise NoServers from None
    if done.returncode:
        raise RuntimeError(f"docker {words[0]}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def must_have_engine() -> None:
    try:
        docker("version", "--format", "{{.Server.Version}}", within=20)
    except (NoServers, RuntimeError, subprocess.TimeoutExpired):
        raise NoServers(
            "No container engine answers: start Docker, or give KAFKA_BOOTSTRAP_SERVERS, BOOKING_MONGO_URI, "
            "REFERRALS_MONGO_URI and NOTIFICATIONS_MONGO_URI (then servers and network are left in peace)."
        ) from None


def must_have_images() -> None:
    """Fetches what is not here. Raises NoServers."""
    for variable, image in (("KAFKA_IMAGE", KAFKA_IMAGE), ("MONGO_IMAGE", MONGO_IMAGE)):
        try:
            docker("image", "inspect", image)
            continue
        except RuntimeError:
            print(f"Fetching {image} …", flush=True)
        try:
            docker("pull", "--quiet", image, within=600)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            why = str(error).strip().splitlines()[-1]
            raise NoServers(f"{image} is not here and cannot be fetched ({why}). Name another by {variable}.") from None


class Container:
    """A server that can be killed, started again with its disk, and begun anew without."""

    def __init__(self, name: str, image: str, environment: Mapping[str, str], command: list[str]) -> None:
        self.name = f"sendero-proof-{os.getpid()}-{name}"
        words = [word for one in environment.items() for word in ("--env", "=".join(one))]
        self._run = ["run", "--detach", "--name", self.name, "--label", f"{LABEL}={os.getpid()}", "--network", "host"]
        self._run += [*words, *(["--entrypoint", command[0]] if command else []), image, *command[1:]]

    def start(self) -> None:
        docker(*self._run)

    def kill(self) -> None:
        """SIGKILL: nothing is written down on the way out."""
        docker("kill", "--signal", "KILL", self.name)
        docker("wait", self.name)

    def start_again(self) -> None:
        docker("start", self.name)

    def remove(self) -> None:
        with suppress(RuntimeError):  # it was never started
            docker("rm", "--force", "--volumes", self.name)


class Kafka:
    """One broker with a listener per service, each advertised at the address of that service's way to it, and one
    straight for the checker."""

    def __init__(self, services: Sequence[str]) -> None:
        self.ports = {name: free_port() for name in services}
        self.address = f"127.0.0.1:{free_port()}"

    def begin(self, ways: Mapping[str, int]) -> None:
        """`ways`: the ports that are advertised, by service. `wait` until it answers."""
        self.container = self._new(ways)
        self.container.start()

    def wait(self) -> None:
        wait_until(lambda: broker.ready(self.address), 90, "the broker answers", every=0.2)

    def kill(self) -> None:
        self.container.kill()

    def start_again(self) -> None:
        self.container.start_again()
        self.wait()

    def begin_anew(self) -> None:
        """With an empty disk."""
        self.container.remove()
        self.container.start()
        self.wait()

    def _new(self, ways: Mapping[str, int]) -> Container:
        controller = f"127.0.0.1:{free_port()}"
        inside = {name.upper(): f"127.0.0.1:{port}" for name, port in self.ports.items()}
        outside = {name.upper(): f"127.0.0.1:{port}" for name, port in ways.items()}
        straight = {"STRAIGHT": self.address}
        told = {
            "NODE_ID": "1",
            "PROCESS_ROLES": "broker,controller",
            "CONTROLLER_QUORUM_VOTERS": f"1@{controller}",
            "LISTENERS": _listeners({**inside, **straight, "CONTROLLER": controller}),
            "ADVERTISED_LISTENERS": _listeners({**outside, **straight}),
            "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "LISTENER_SECURITY_PROTOCOL_MAP": ",".join(
                f"{name}:PLAINTEXT" for name in (*inside, "STRAIGHT", "CONTROLLER")
            ),
            "INTER_BROKER_LISTENER_NAME": "STRAIGHT",
            "LOG_DIRS": "/var/lib/kafka/data",
            "AUTO_CREATE_TOPICS_ENABLE": "false",
            "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "OFFSETS_TOPIC_NUM_PARTITIONS": "3",
            "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "HEAP_OPTS": "-Xms256m -Xmx512m",
        }
        return Container("kafka", KAFKA_IMAGE, {f"KAFKA_{name}": value for name, value in told.items()}, [])


def _listeners(addresses: Mapping[str, str]) -> str:
    return ",".join(f"{name}://{address}" for name, address in addresses.items())


class MongoSet:
    """A replica set of one or three members, with its administrator and the one user of its service."""

    def __init__(self, service: str, members: int, password: str) -> None:
        self.service, self.password = service, password
        self.admin_password = secrets.token_urlsafe(18)
        self._key = secrets.token_hex(60)
        self.ports = [free_port() for _ in range(members)]
        self.containers = [self._member(number, port) for number, port in enumerate(self.ports, 1)]

    def start(self) -> None:
        for container in self.containers:
            container.start()
        for port in self.ports:
            wait_until(lambda port=port: replica_set.answers(port), 60, f"mongod of {self.service}", every=0.1)
        members = [{"_id": n, "host": f"127.0.0.1:{port}"} for n, port in enumerate(self.ports)]
        with pymongo.MongoClient(f"mongodb://127.0.0.1:{self.ports[0]}/?directConnection=true") as client:
            client.admin.command("replSetInitiate", {"_id": replica_set.NAME, "members": members})
        with pymongo.MongoClient("127.0.0.1", self.ports[0], replicaSet=replica_set.NAME) as client:
            wait_until(lambda: client.primary, 60, "a primary", every=0.1)
            first = client.primary[1]
        replica_set.set_up(first, self.admin_password)
        admin = self._uri(replica_set.ADMIN, self.admin_password)
        replica_set.ensure_user(admin, self.service, self.service, self.password)

    def uri(self, through: int | None = None) -> str:
        """As the service is told it: the whole set, or one port on the way to its only member."""
        if through is None:
            return self._uri(self.service, self.password, self.service)
        return f"mongodb://{self.service}:{self.password}@127.0.0.1:{through}/{self.service}?directConnection=true"

    def primary(self) -> int:
        """The number of the member that takes writes, from 0."""
        for number, port in enumerate(self.ports):
            with suppress(PyMongoError), self._alone(port) as client:
                if client.admin.command("hello")["isWritablePrimary"]:
                    return number
        raise RuntimeError(f"{self.service} has no primary")

    def step_down(self, seconds: int = 10) -> None:
        with self._alone(self.ports[self.primary()]) as client:
            client.admin.command({"replSetStepDown": seconds, "secondaryCatchUpPeriodSecs": 5})

    def takes_writes(self) -> bool:
        try:
            self.primary()
        except RuntimeError:
            return False
        return True

    def wait(self) -> None:
        wait_until(self.takes_writes, 60, f"{self.service}'s database takes writes", every=0.2)

    def _alone(self, port: int) -> pymongo.MongoClient:
        user = f"{replica_set.ADMIN}:{self.admin_password}"
        return pymongo.MongoClient(f"mongodb://{user}@127.0.0.1:{port}/?directConnection=true", timeoutMS=6000)

    def _uri(self, user: str, password: str, database: str = "") -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"mongodb://{user}:{password}@{hosts}/{database}?replicaSet={replica_set.NAME}"

    def _member(self, number: int, port: int) -> Container:
        start = (
            f"[ -s /tmp/key ] || printf %s {self._key} > /tmp/key; chown 999:999 /tmp/key; chmod 400 /tmp/key; "
            f"exec docker-entrypoint.sh mongod --replSet {replica_set.NAME} --bind_ip 127.0.0.1 --port {port} "
            "--auth --keyFile /tmp/key --wiredTigerCacheSizeGB 0.25 --quiet "
            "--setParameter diagnosticDataCollectionEnabled=false "
            "--setParameter transactionLifetimeLimitSeconds=10"  # what an orphan may hold up
        )
        return Container(f"{self.service}-mongo-{number}", MONGO_IMAGE, {}, ["bash", "-euc", start])


def remove_leftovers() -> None:
    """Containers whose proof is gone."""
    for line in docker(
        "ps", "--all", "--filter", f"label={LABEL}", "--format", f'{{{{.Names}}}} {{{{.Label "{LABEL}"}}}}'
    ).splitlines():
        name, number = line.split()
        if not os.path.exists(f"/proc/{number}"):
            docker("rm", "--force", "--volumes", name)
