"""What a worker says of a Kafka that refuses it, and a password that is changed while it works."""

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from deploy import certificates
from deploy.local import processes
from services.referrals.commands import SERVICE, prepare
from shared import commands, worker
from shared import mongo as databases
from shared.events import Topic
from shared.kafka_security import WrongPassword
from tests import memory
from tests.conftest import Mongo, _mongod, free_port
from tests.containers.conftest import ROOT
from tests.containers.loops import RECOVERY, at_work, heard_all, reading, relaying, say_some, wait_for_all
from tests.containers.secured import REAUTHENTICATE_MS, SecuredKafka
from tests.containers.servers import get
from tests.containers.test_images import KEYS
from tests.integration.spine.conftest import Heard
from tests.wait import lasts, wait_until


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    server = SecuredKafka(tmp_path_factory.mktemp("refusals") / "secrets")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def mongo() -> Iterator[Mongo]:
    """The one without containers: what is asked here is asked of Kafka."""
    with memory.folder() as folder, _mongod(folder) as server:
        yield server


@pytest.fixture
def database(mongo: Mongo) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    yield mongo.uri(name)
    mongo.drop(name)


@contextmanager
def referrals_worker(secured: SecuredKafka, mongo_uri: str, folder: Path) -> Iterator[tuple[int, Path]]:
    """As compose.yaml tells it; its port and its log."""
    port, log = free_port(), folder / "worker.log"
    security = secured.as_service("referrals")
    told = {
        "REFERRALS_MONGO_URI": mongo_uri,
        "KAFKA_BOOTSTRAP_SERVERS": secured.address,
        "KAFKA_CA_FILE": security.ca_file,
        "KAFKA_PASSWORD_FILE": security.password_file,
        "REFERRALS_SECRET_KEY": "s" * 32,
        "REFERRALS_SEAL_KEYS": KEYS,
        "PEOPLE_KEYS": KEYS,
        "ACCESS_KEY": "a" * 32,
        "REFERRALS_PUBLIC_URL": "http://127.0.0.1",
        "REFERRALS_WORKER_PORT": str(port),
    }
    db = databases.open(secured.settings("referrals", mongo_uri))
    prepare(db)
    db.client.close()
    command = [sys.executable, "-m", "services.referrals.worker"]
    process = processes.start(command, log, environment={**os.environ, **told}, folder=ROOT)
    try:
        yield port, log
    finally:
        processes.stop(process, 30)


def parts(port: int) -> dict[str, str | None]:
    status, body = get(port, "/readyz")
    found: dict[str, str | None] = json.loads(body)["parts"] if status else {}
    assert not status or (status == 200) == (not any(found.values()))
    return found


def ready(port: int) -> bool:
    return get(port, "/readyz")[0] == 200


def lines(log: Path, event: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if event in line]


def test_a_worker_with_a_wrong_password_says_so_and_goes_on_when_it_is_put_right(
    secured: SecuredKafka, database: str, tmp_path: Path
) -> None:
    secured.give_rights(SERVICE)
    right = certificates.password_file(secured.folder, "referrals").read_bytes()
    certificates.renew_password(secured.folder, "referrals")
    with referrals_worker(secured, database, tmp_path) as (port, log):
        wait_until(lambda: parts(port).get("consumer") == "WrongPassword", RECOVERY, "it says so")
        wait_until(lambda: parts(port).get("relay") == "WrongPassword", RECOVERY, "of its relay too")
        assert parts(port)["timers"] is None, "what needs no Kafka goes on"
        assert get(port, "/healthz")[0] == 200, "another start would mend nothing"
        told = lines(log, "WrongPassword")
        assert told
        assert all("referrals" in line and secured.address in line for line in told)
        certificates.keep_as(certificates.password_file(secured.folder, "referrals"), right)
        wait_until(lambda: ready(port), RECOVERY, "it is well")


def test_a_worker_names_the_topic_that_it_may_not_read(secured: SecuredKafka, database: str, tmp_path: Path) -> None:
    secured.give_rights(replace(SERVICE, reads=["booking"]))
    with referrals_worker(secured, database, tmp_path) as (port, log):
        wait_until(lambda: parts(port).get("consumer") == "ForbiddenTopic", RECOVERY, "it says so")
        assert any("people" in line for line in lines(log, "ForbiddenTopic"))
        secured.give_rights(SERVICE)
        wait_until(lambda: ready(port), RECOVERY, "it is well when it has the right")
        secured.give_rights(replace(SERVICE, reads=["booking"]))
        wait_until(lambda: parts(port).get("consumer") == "ForbiddenTopic", RECOVERY, "it says so again")


def test_a_password_is_changed_again_and_again_while_events_go_and_none_is_lost(
    secured: SecuredKafka, mongo: Mongo, database: str
) -> None:
    name, topic = f"svc{secrets.token_hex(4)}", f"t{secrets.token_hex(5)}"
    service = commands.Service(
        name, lambda: None, lambda _: None, {topic: Topic(partitions=3)}, {}, reads=[topic], collections={}
    )
    certificates.renew_password(secured.folder, name)
    secured.give_rights(service)
    db, heard, said = databases.open(secured.settings(name, database)), Heard(topic), 0
    databases.create(db, worker.COLLECTIONS)
    with at_work(relaying(db, topic), reading(db, heard)):
        for _ in range(3):
            old = certificates.password_file(secured.folder, name).read_text()
            certificates.renew_password(secured.folder, name)
            said = more(db, topic, said)
            secured.give_rights(service)
            before = secured.folder / "old"
            certificates.keep_as(before, old.encode())
            with pytest.raises(WrongPassword):
                replace(secured.as_service(name), password_file=str(before)).sign_in(secured.address, 2)
            for _ in range(3):  # until every session that there was has come to its end
                lasts(REAUTHENTICATE_MS / 2000)
                said = more(db, topic, said)
            wait_until(lambda count=said: heard_all(db, heard, count), RECOVERY, "it goes on")
        wait_for_all(db, heard, said)
    db.client.close()


def more(db: databases.Database, topic: str, said: int) -> int:
    say_some(db, topic, range(said, said + 40))
    return said + 40
