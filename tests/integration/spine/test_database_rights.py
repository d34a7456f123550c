"""What a service's users may do in MongoDB, on a server that speaks TLS only, as compose.yaml starts it."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
import yaml
from pymongo.database import Database
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from deploy import certificates, composed, replica_set
from deploy.local import mongod, processes
from shared import backup, commands, mongo, outbox, set_ups
from shared.backup import changes, files, restoring
from shared.events import Event
from tests import memory
from tests.conftest import free_port
from tests.integration.spine.backups import quiet, told
from tests.integration.spine.conftest import some_settings
from tests.wait import wait_until

COMPOSE = yaml.safe_load(Path(composed.__file__).with_name("compose.yaml").read_text())
SERVICE = "booking"
UNAUTHORIZED = 13


class Server:
    def __init__(self, folder: Path, secrets_folder: Path) -> None:
        self.folder, self.port, self.password = folder, free_port(), secrets.token_urlsafe(12)
        self.ca_file = str(secrets_folder / certificates.TRUST)
        self._mounts = {
            "/run/tls": str(secrets_folder / f"{SERVICE}-mongo"),
            "/run/trust": str(secrets_folder / "trust"),
        }

    def command(self) -> list[str]:
        """Ours, with what the one in compose.yaml says of TLS."""
        told = COMPOSE["services"][f"{SERVICE}-mongo"]["command"]
        first = told.index("--tlsMode")
        words = told[first : told.index("--tlsAllowConnectionsWithoutCertificates") + 1]
        for inside, outside in self._mounts.items():
            words = [word.replace(inside, outside) for word in words]
        return [*mongod.command(self.folder, self.port, 0.25), *words]

    def set_up(self) -> None:
        replica_set.set_up(self.port, self.password, ca_file=self.ca_file)
        admin = replica_set.uri(self.port, replica_set.ADMIN, self.password, ca_file=self.ca_file)
        replica_set.ensure_user(admin, SERVICE, SERVICE, "documents", replica_set.DOCUMENTS)
        replica_set.ensure_user(admin, SERVICE, f"{SERVICE}-setup", "set-up")
        replica_set.ensure_user(admin, SERVICE, f"{SERVICE}-backup", "copies", replica_set.COPIES)

    def open(self, user: str, password: str) -> Database:
        uri = replica_set.uri(self.port, user, password, SERVICE, self.ca_file)
        return mongo.open(some_settings(SERVICE, uri, "127.0.0.1:1"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = tmp_path_factory.mktemp("installation") / "secrets"
    certificates.keep(made)
    with memory.folder() as folder:
        one = Server(folder, made)
        process = processes.start(one.command(), folder / "log")
        try:
            one.set_up()
            one.set_up()  # it may run again
            yield one
        finally:
            processes.stop(process, 10)


@pytest.fixture
def running(server: Server) -> Iterator[Database]:
    """As web and worker open it, with everything set up by the job."""
    setting_up = server.open(f"{SERVICE}-setup", "set-up")
    mongo.create(setting_up, commands.COLLECTIONS)
    set_ups.note(setting_up, commands.COLLECTIONS)
    found = server.open(SERVICE, "documents")
    yield found
    found.client.close()
    setting_up.client.close()


@pytest.mark.parametrize(
    "what",
    [
        lambda db: db.outbox.drop(),
        lambda db: db.client.drop_database(db.name),
        lambda db: db.outbox.create_index("made_up"),
        lambda db: db.outbox.drop_index("retention"),
        lambda db: db.outbox.rename("elsewhere"),
        lambda db: db.command("collMod", "outbox", validator={}),
        lambda db: list(db.outbox.aggregate([{"$out": {"db": "elsewhere", "coll": "stolen"}}])),
        lambda db: db.client["referrals"].outbox.find_one(),
        lambda db: db.client["admin"].system.users.find_one(),
        lambda db: db.command("createUser", "another", pwd="x", roles=[]),
        lambda db: db.command("grantRolesToUser", SERVICE, roles=["readWrite"]),
    ],
)
def test_what_runs_on_may_do_nothing_but_read_and_write_documents(
    running: Database, what: Callable[[Database], Any]
) -> None:
    with pytest.raises(OperationFailure) as refused:
        what(running)
    assert refused.value.code == UNAUTHORIZED


@pytest.mark.parametrize(
    "what",
    [
        lambda db: db.outbox.insert_one({}),
        lambda db: db.outbox.update_one({}, {"$set": {"x": 1}}, upsert=True),
        lambda db: db.outbox.delete_many({}),
        lambda db: db.outbox.drop(),
        lambda db: list(db.outbox.aggregate([{"$out": "stolen"}])),
        lambda db: db.client["referrals"].outbox.find_one(),
        lambda db: db.client.watch().close(),
        lambda db: db.client["local"]["oplog.rs"].find_one(),
        lambda db: db.client["admin"].system.users.find_one(),
    ],
)
def test_what_copies_may_do_nothing_but_read_its_own_database(
    server: Server, running: Database, what: Callable[[Database], Any]
) -> None:
    copies = server.open(f"{SERVICE}-backup", "copies")
    with copies.client, pytest.raises(OperationFailure) as refused:
        what(copies)
    assert refused.value.code == UNAUTHORIZED


def test_what_copies_takes_a_snapshot_and_the_changes_and_the_job_that_sets_up_restores(
    server: Server, running: Database, tmp_path: Path
) -> None:
    copies, setting_up = server.open(f"{SERVICE}-backup", "copies"), server.open(f"{SERVICE}-setup", "set-up")
    running.stays.insert_one({"_id": "before"})
    with copies.client, setting_up.client:
        taken = backup.take(copies, told(tmp_path), quiet)
        copier = changes.Copier(copies, taken)
        running.stays.insert_one({"_id": "after"})
        wait_until(copier.step, 60, "the change is copied")
        copier.close()
        for name in setting_up.list_collection_names():
            setting_up[name].drop()
        done = [changes.Piece.of(taken.read(file)) for file in taken.files() if file.kind == files.CHANGES]
        restoring._documents(setting_up, taken, quiet)
        changes.do_again(setting_up, [change for piece in done for change in piece.changes])
        assert [row["_id"] for row in setting_up.stays.find().sort("_id")] == ["after", "before"]
        setting_up.stays.drop()


def test_what_runs_on_saves_and_announces_in_a_transaction(running: Database) -> None:
    @mongo.transactional
    def save(db: Database) -> None:
        db.stays.insert_one({"_id": 1})
        outbox.add(db, "stays", Event("stay.begun.v1", "case", {}))

    save(running)
    assert outbox.health(running)["waiting"] == 1
    assert running.stays.delete_many({}).deleted_count == 1


def test_what_runs_on_sees_that_its_set_up_has_been_done(running: Database) -> None:
    assert set_ups.is_done(running, commands.COLLECTIONS)


def test_whoever_comes_without_tls_is_not_heard(server: Server) -> None:
    with stranger(server) as client, pytest.raises(ServerSelectionTimeoutError, match="connection closed"):
        client.admin.command("ping")


def test_a_server_of_another_installation_is_not_trusted(server: Server, tmp_path: Path) -> None:
    certificates.keep(tmp_path)
    trusting = {"tls": True, "tlsCAFile": str(tmp_path / certificates.TRUST)}
    with (
        stranger(server, **trusting) as client,
        pytest.raises(ServerSelectionTimeoutError, match="certificate verify failed"),
    ):
        client.admin.command("ping")


def stranger(server: Server, **told: Any) -> pymongo.MongoClient:
    return pymongo.MongoClient(replica_set.HOST, server.port, directConnection=True, timeoutMS=1000, **told)
