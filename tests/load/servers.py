"""The servers of a load run: those whose addresses are given, else containers, else the local stack's own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from deploy.local import settings


@contextmanager
def addresses(containers: bool) -> Iterator[tuple[dict[str, str], str]]:
    """What of the product's settings names them (empty: the stack starts its own), and in words which they are."""
    names = ["KAFKA_BOOTSTRAP_SERVERS", *(f"{service.upper()}_MONGO_URI" for service in settings.SERVICES)]
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    with ExitStack() as running:
        words = ["MongoDB given" if settings.own_mongod(given) is False else "MongoDB of the local stack"]
        if not settings.own_broker(given):
            words.append("broker given")
        elif containers and engine():
            from tests.containers.servers import KAFKA_IMAGE, Kafka  # needs testcontainers and an engine

            kafka = Kafka()
            running.callback(kafka.stop)
            kafka.start()
            given["KAFKA_BOOTSTRAP_SERVERS"] = kafka.address
            words.append(f"Apache Kafka in a container ({KAFKA_IMAGE})")
        else:
            words.append("the local stack's broker, not Apache Kafka")
        yield given, ", ".join(words)


def engine() -> bool:
    try:
        return subprocess.run(["docker", "version"], capture_output=True, timeout=10).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
