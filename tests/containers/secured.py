"""Apache Kafka as compose.yaml secures it, on ports of this machine; with certificates of its own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner
from kafka import KafkaAdminClient
from testcontainers.core.container import DockerContainer

from deploy import certificates, composed
from shared import commands, kafka_topics
from shared.kafka_security import SASL_SSL, SSL, Refused, Security
from shared.settings import Settings
from tests.conftest import free_port
from tests.containers.servers import KAFKA_IMAGE, Server, on_loopback
from tests.integration.spine.conftest import some_settings

COMPOSE = Path(composed.__file__).with_name("compose.yaml")
REAUTHENTICATE_MS = 4000


class SecuredKafka(Server):
    ready_line = "Kafka Server started"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.admin_port = free_port()
        certificates.keep(folder)
        super().__init__()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def admin_address(self) -> str:
        return f"127.0.0.1:{self.admin_port}"

    def as_admin(self) -> Security:
        return Security(SSL, "", "", self.file("trust/ca.pem"), self.file("kafka-admin/client.pem"))

    def as_service(self, name: str) -> Security:
        password = str(certificates.password_file(self.folder, name))
        return Security(SASL_SSL, name, password, self.file("trust/ca.pem"))

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def settings(self, name: str, mongo_uri: str = "mongodb://127.0.0.1:1/none") -> Settings:
        return replace(some_settings(name, mongo_uri, self.address), kafka_security=self.as_service(name))

    def admin_settings(self, name: str) -> Settings:
        """As the job has them that gives the service its rights."""
        security = replace(self.as_admin(), user=name, password_file=self.as_service(name).password_file)
        return replace(some_settings(name, "mongodb://127.0.0.1:1/none", self.admin_address), kafka_security=security)

    def admin(self) -> KafkaAdminClient:
        return kafka_topics.admin(self.admin_settings("booking"))

    def give_rights(self, service: commands.Service) -> str:
        """What the job says."""
        return self.command(service, self.admin_settings(service.name), "kafka-rights")

    def command(self, service: commands.Service, told: Settings, *words: str) -> str:
        done = CliRunner().invoke(commands.group(service, None), words, obj=Told(told))
        assert done.exit_code == 0, done.output
        return done.output

    def answers(self) -> bool:
        try:
            self.as_admin().sign_in(self.admin_address, 2)
        except (OSError, Refused):
            return False
        return True

    def _new(self) -> DockerContainer:
        told: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]["kafka"]["environment"]
        told |= {
            "KAFKA_ADVERTISED_LISTENERS": f"SERVICES://{self.address},INTERNAL://{self.admin_address}",
            "KAFKA_CONNECTIONS_MAX_REAUTH_MS": str(REAUTHENTICATE_MS),
        }
        container = DockerContainer(KAFKA_IMAGE).with_envs(**told).with_kwargs(hostname="kafka")
        container.with_volume_mapping(self.file("kafka"), "/run/kafka", "ro")
        container.with_volume_mapping(self.file("trust"), "/run/trust", "ro")
        on_loopback(container, 9094, self.admin_port)
        return on_loopback(container, 9092, self.port)


class Told:
    """In a database's place, for commands that ask it for nothing but its settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings


def refusal(do: Callable[[], Any]) -> str:
    """The name of what it raises, or of what its result says; "" when it was done."""
    try:
        found = do()
    except Exception as error:
        return type(error).__name__
    return str(found or "")
