"""Makes a mongod a replica set of one, with its administrator and users who may use one database each. Repeatable.

A service has three: one that reads and writes documents and nothing else, for what runs on, one that makes
collections and indexes, for the jobs that set up and restore, and one that only reads, for its backup.

It must run on the server's own host (in containers: in its network), since a server without accounts lets nobody in
from elsewhere. As a program, for a container beside the server, it is told by MONGO_MEMBER (the address by which
others reach the server), MONGO_ADMIN_PASSWORD, MONGO_USER (also the name of its database), MONGO_PASSWORD,
MONGO_SETUP_PASSWORD and MONGO_BACKUP_PASSWORD (of the users who have `-setup` and `-backup` after the name), and
MONGO_CA_FILE when the server speaks TLS only. A password may also stand in a file, that the variable with `_FILE` after
it names.
"""

import os
import socket
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

HOST = "127.0.0.1"
PORT = 27017
NAME = "rs0"
ADMIN = "admin"
SETS_UP = "readWrite"  # the server's own role, which makes and drops collections and indexes
DOCUMENTS = "documents"  # ours: nothing but these, in one database
COPIES = "copies"  # ours: nothing but reading, of one database
ACTIONS = {
    DOCUMENTS: ("find", "insert", "update", "remove"),
    COPIES: ("find", "changeStream", "listCollections"),
}
# Codes of the server's refusals:
UNAUTHORIZED, AUTHENTICATION_FAILED, ALREADY_INITIALIZED, ROLE_EXISTS, USER_EXISTS = 13, 18, 23, 51002, 51003


class NotReady(Exception):
    """It did not answer in time."""


def uri(port: int, user: str, password: str, database: str = "", ca_file: str = "") -> str:
    """Users live in their own database, the administrator in `admin`."""
    name = f"{quote_plus(user)}:{quote_plus(password)}@"
    return f"mongodb://{name}{HOST}:{port}/{database}?replicaSet={NAME}&directConnection=true{_tls(ca_file)}"


def _tls(ca_file: str) -> str:
    return f"&tls=true&tlsCAFile={quote_plus(ca_file)}" if ca_file else ""


def answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 0.2).close()
    except OSError:
        return False
    return True


def set_up(port: int, admin_password: str, member: str | None = None, timeout: float = 30, ca_file: str = "") -> None:
    """Replica set and administrator, by the localhost exception; repeatable. Then it takes writes."""
    deadline = time.monotonic() + timeout
    while not answers(port):
        if time.monotonic() > deadline:
            raise NotReady(f"nothing listens on {HOST}:{port}")
        time.sleep(0.05)
    with _client(f"mongodb://{HOST}:{port}/?directConnection=true{_tls(ca_file)}") as client:
        _initiate(client, member or f"{HOST}:{port}")
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline:
                raise NotReady("the replica set has no primary")
            time.sleep(0.05)
        try:
            client.admin.command("createUser", ADMIN, pwd=admin_password, roles=["root"])
        except OperationFailure as error:
            if error.code != UNAUTHORIZED:  # the exception ends with the first account
                raise
    with _client(uri(port, ADMIN, admin_password, ca_file=ca_file)) as client:
        client.admin.command("ping")


def _initiate(client: pymongo.MongoClient, member: str) -> None:
    try:
        client.admin.command("replSetInitiate", {"_id": NAME, "members": [{"_id": 0, "host": member}]})
    except OperationFailure as error:
        if error.code not in (ALREADY_INITIALIZED, UNAUTHORIZED):
            raise


def ensure_user(admin_uri: str, database: str, user: str, password: str, role: str = SETS_UP) -> None:
    """A user with rights on this database and no other; repeatable, the password and the rights become these."""
    with _client(admin_uri) as client:
        if role in ACTIONS:
            _ensure_role(client, database, role)
        told: dict[str, Any] = {"pwd": password, "roles": [{"role": role, "db": database}]}
        try:
            client[database].command("createUser", user, **told)
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise
            client[database].command("updateUser", user, **told)


def _ensure_role(client: pymongo.MongoClient, database: str, role: str) -> None:
    privileges = [{"resource": {"db": database, "collection": ""}, "actions": list(ACTIONS[role])}]
    told: dict[str, Any] = {"privileges": privileges, "roles": []}
    try:
        client[database].command("createRole", role, **told)
    except OperationFailure as error:
        if error.code != ROLE_EXISTS:
            raise
        client[database].command("updateRole", role, **told)


def ready(uri: str) -> bool:
    """True when it answers and takes writes."""
    try:
        with _client(uri, 1000) as client:
            return bool(client.admin.command("hello")["isWritablePrimary"])
    except PyMongoError:
        return False


def _client(address: str, timeout_ms: int = 10_000) -> pymongo.MongoClient:
    return pymongo.MongoClient(address, timeoutMS=timeout_ms, appname="sendero-set-up")


def _secret(name: str) -> str:
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ[name]


def main() -> None:
    member, admin_password = os.environ["MONGO_MEMBER"], _secret("MONGO_ADMIN_PASSWORD")
    user, ca_file = os.environ.get("MONGO_USER"), os.environ.get("MONGO_CA_FILE", "")
    try:
        set_up(PORT, admin_password, member, timeout=120, ca_file=ca_file)
        if user:
            admin = uri(PORT, ADMIN, admin_password, ca_file=ca_file)
            ensure_user(admin, user, user, _secret("MONGO_PASSWORD"), DOCUMENTS)
            ensure_user(admin, user, f"{user}-setup", _secret("MONGO_SETUP_PASSWORD"))
            ensure_user(admin, user, f"{user}-backup", _secret("MONGO_BACKUP_PASSWORD"), COPIES)
    except OperationFailure as error:
        if error.code != AUTHENTICATION_FAILED:
            raise
        sys.exit(
            "The administrator has another password: the data is older than the settings. Bring the settings back, or "
            "throw the data away (`make down VOLUMES=1`)."
        )
    print(f"replica set {NAME} of {member} is there, and its user {user or ADMIN}")


if __name__ == "__main__":
    main()
