"""Kafka as compose.yaml secures it: who may do what, who is refused, and that a refusal is told by name."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from deploy import certificates
from shared import commands, kafka_access, kafka_topics
from shared.kafka_security import PLAINTEXT, ForbiddenTopic, NotTrusted, WrongPassword
from tests.containers.secured import SecuredKafka, refusal
from tests.wait import wait_until

NAMES = ("booking", "referrals", "notifications")
SERVICES: dict[str, commands.Service] = {
    name: importlib.import_module(f"services.{name}.commands").SERVICE for name in NAMES
}
OWNER = {topic: name for name, service in SERVICES.items() for topic in service.topics}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    server = SecuredKafka(tmp_path_factory.mktemp("secured") / "secrets")
    try:
        server.start()
        for service in SERVICES.values():
            server.give_rights(service)
        for service in SERVICES.values():
            server.command(service, server.admin_settings(service.name), "topics")
        yield server
    finally:
        server.stop()


@pytest.fixture
def clients(secured: SecuredKafka) -> Iterator["Clients"]:
    made = Clients(secured)
    yield made
    made.close()


class Clients:
    """Of one service, as the services make them; closed at the end."""

    def __init__(self, server: SecuredKafka) -> None:
        self.server = server
        self._open: list[Any] = []

    def admin(self, name: str) -> KafkaAdminClient:
        return self._kept(kafka_topics.admin(self.server.settings(name)))

    def producer(self, name: str) -> KafkaProducer:
        told = kafka_topics.client_options(self.server.settings(name))
        return self._kept(
            KafkaProducer(
                **told, acks="all", enable_idempotence=True, request_timeout_ms=10_000, delivery_timeout_ms=20_000
            )
        )

    def consumer(self, name: str, group: str | None = None) -> KafkaConsumer:
        told = kafka_topics.client_options(self.server.settings(name))
        return self._kept(KafkaConsumer(**told, group_id=group or name, auto_offset_reset="earliest"))

    def close(self) -> None:
        for one in self._open:
            one.close()

    def _kept(self, one: Any) -> Any:
        self._open.append(one)
        return one


def write(clients: Clients, name: str, topic: str) -> None:
    clients.producer(name).send(topic, key=b"k", value=b"v").get(20)


def read(clients: Clients, name: str, topic: str) -> None:
    client = clients.consumer(name)
    client.subscribe([topic])
    wait_until(lambda: client.poll(timeout_ms=500), 30, f"{name} hears something of {topic}")
    client.commit()


def refused_to_assign(clients: Clients, name: str, topic: str) -> str:
    """Reading by force, without a group."""
    client = clients.consumer(name)
    client.assign([TopicPartition(topic, 0)])
    return refusal(lambda: client.beginning_offsets([TopicPartition(topic, 0)]) and None)


@pytest.mark.parametrize("topic", OWNER)
def test_an_owner_writes_and_those_read_whose_code_says_so(clients: Clients, topic: str) -> None:
    write(clients, OWNER[topic], topic)
    readers = [name for name, service in SERVICES.items() if topic in service.reads]
    assert readers
    for name in readers:
        read(clients, name, topic)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_writes_into_a_topic_that_is_anothers(clients: Clients, name: str) -> None:
    for topic in OWNER.keys() - SERVICES[name].topics.keys():
        assert refusal(lambda to=topic: write(clients, name, to)) == "TopicAuthorizationFailedError"


@pytest.mark.parametrize("name", NAMES)
def test_nobody_sees_a_topic_that_is_not_theirs_to_read(clients: Clients, name: str) -> None:
    forbidden = OWNER.keys() - SERVICES[name].topics.keys() - set(SERVICES[name].reads)
    for topic in forbidden | {"made-up"}:
        with pytest.raises(ForbiddenTopic, match=topic):
            kafka_topics.ids(clients.admin(name), [topic])
        assert refused_to_assign(clients, name, topic) == "TopicAuthorizationFailedError"
    visible = {one["name"] for one in clients.admin(name).describe_topics()}
    assert visible == set(SERVICES[name].topics) | set(SERVICES[name].reads)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_takes_part_in_anothers_group(clients: Clients, name: str) -> None:
    for other in set(NAMES) - {name}:
        client = clients.consumer(name, other)
        client.subscribe([SERVICES[name].reads[0]])
        refused = wait_until(lambda one=client: refusal(lambda: one.poll(timeout_ms=500)), 30, "it is refused")
        assert refused == "GroupAuthorizationFailedError"


@pytest.mark.parametrize("name", NAMES)
def test_nobody_makes_deletes_or_changes_what_is_not_theirs(clients: Clients, name: str) -> None:
    admin, [topic, *_] = clients.admin(name), SERVICES[name].reads
    own = next(iter(SERVICES[name].topics))
    shorter = {one: [ConfigResource(ConfigResourceType.TOPIC, one, {"retention.ms": "1000"})] for one in (topic, own)}
    layout = {"num_partitions": 1, "replication_factor": 1}
    for what in (
        lambda: admin.create_topics({"made-up": layout}),
        lambda: admin.delete_topics([topic]),
        lambda: admin.delete_topics([own]),
        lambda: admin.delete_records({TopicPartition(own, 0): -1}),
        lambda: admin.alter_configs(shorter[topic], raise_on_unknown=False),
        lambda: admin.alter_configs(shorter[own], raise_on_unknown=False),
        lambda: admin.describe_acls(kafka_access.all_of(name)),
    ):
        assert "AuthorizationFailed" in refusal(what)
    more = kafka_access.Right("TOPIC", "made-up", "READ")
    with pytest.raises(kafka_access.NotGiven):
        kafka_access.ensure(admin, name, "another password of mine", {more})


def test_a_right_that_the_code_does_not_name_any_more_is_taken_away(secured: SecuredKafka, clients: Clients) -> None:
    service = SERVICES["notifications"]
    more = replace(service, reads=[*service.reads, "left-over"])
    assert "1 given, 0 taken away" in secured.give_rights(more)
    assert "0 given, 1 taken away" in secured.give_rights(service)
    assert "0 given, 0 taken away" in secured.give_rights(service)
    with pytest.raises(ForbiddenTopic):
        kafka_topics.ids(clients.admin("notifications"), ["left-over"])


def test_a_wrong_password_and_an_unknown_user_are_told_by_name(secured: SecuredKafka, tmp_path: Path) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("not this one")
    told = secured.settings("booking")
    for security in (
        replace(told.kafka_security, password_file=str(wrong)),
        replace(told.kafka_security, user="nobody"),
    ):
        with pytest.raises(WrongPassword, match=security.user):
            kafka_topics.probe(replace(told, kafka_security=security))


def test_a_broker_of_another_installation_is_not_trusted(secured: SecuredKafka, tmp_path: Path) -> None:
    certificates.keep(tmp_path / "other")
    told = secured.settings("booking")
    elsewhere = replace(told.kafka_security, ca_file=str(tmp_path / "other" / "trust" / "ca.pem"))
    with pytest.raises(NotTrusted, match="CERTIFICATE_VERIFY_FAILED"):
        kafka_topics.probe(replace(told, kafka_security=elsewhere))


@pytest.mark.parametrize("certificate", ["", "booking-mongo/server.pem", "other/kafka-admin/client.pem"])
def test_nobody_enters_among_brokers_without_a_certificate_for_it(
    secured: SecuredKafka, tmp_path: Path, certificate: str
) -> None:
    certificates.keep(tmp_path / "other")
    folder = tmp_path if certificate.startswith("other/") else secured.folder
    shown = str(folder / certificate) if certificate else ""
    with pytest.raises(NotTrusted):
        replace(secured.as_admin(), certificate_file=shown).sign_in(secured.admin_address, 2)


def test_who_speaks_without_tls_hears_nothing(secured: SecuredKafka) -> None:
    with pytest.raises(kafka_topics.Unreachable):
        kafka_topics.probe(replace(secured.settings("booking"), kafka_bootstrap_servers=["127.0.0.1:1"]))
    plain = {"bootstrap_servers": secured.address, "security_protocol": PLAINTEXT, "bootstrap_timeout_ms": 3000}
    assert refusal(lambda: KafkaAdminClient(**plain)) == "KafkaTimeoutError"


def test_no_password_is_in_what_the_broker_says_or_is_told(secured: SecuredKafka) -> None:
    shown = secured.container.get_logs()
    told = str(secured._engine().attrs["Config"]["Env"])
    for name in NAMES:
        password = certificates.password_file(secured.folder, name).read_text().strip()
        assert not [text for text in (*(one.decode() for one in shown), told) if password in text]
