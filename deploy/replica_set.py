"""Makes a mongod a replica set of one, with its administrator and users who may use one database each. Repeatable.

It must run on the server's own host (in containers: in its network), since a server without accounts lets nobody in
from elsewhere. As a program, for a container beside the server, it is told by MONGO_MEMBER (the address by which
others reach the server), MONGO_ADMIN_PASSWORD, MONGO_USER (also the name of its database) and MONGO_PASSWORD.
"""

import os
import socket
import sys
import time
from urllib.parse import quote_plus

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

HOST = "127.0.0.1"
PORT = 27017
NAME = "rs0"
ADMIN = "admin"
ROLES = ("readWrite",)  # what a service may do, and in its own database only
# Codes of the server's refusals:
UNAUTHORIZED, AUTHENTICATION_FAILED, ALREADY_INITIALIZED, USER_EXISTS = 13, 18, 23, 51003


class NotReady(Exception):
    """It did not answer in time."""


def uri(port: int, user: str, password: str, database: str = "") -> str:
    """Users live in their own database, the administrator in `admin`."""
    name = f"{quote_plus(user)}:{quote_plus(password)}@"
    return f"mongodb://{name}{HOST}:{port}/{database}?replicaSet={NAME}&directConnection=true"


def answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 0.2).close()
    except OSError:
        return False
    return True


def set_up(port: int, admin_password: str, member: str | None = None, timeout: float = 30) -> None:
    """Replica set and administrator, by the localhost exception; repeatable. Then it takes writes."""
    deadline = time.monotonic() + timeout
    while not answers(port):
        if time.monotonic() > deadline:
            raise NotReady(f"nothing listens on {HOST}:{port}")
        time.sleep(0.05)
    with _client(f"mongodb://{HOST}:{port}/?directConnection=true") as client:
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
    with _client(uri(port, ADMIN, admin_password)) as client:
        client.admin.command("ping")


def _initiate(client: pymongo.MongoClient, member: str) -> None:
    try:
        client.admin.command("replSetInitiate", {"_id": NAME, "members": [{"_id": 0, "host": member}]})
    except OperationFailure as error:
        if error.code not in (ALREADY_INITIALIZED, UNAUTHORIZED):
            raise


def ensure_user(admin_uri: str, database: str, user: str, password: str) -> None:
    """A user with rights on this database and no other; repeatable, the password becomes the one given."""
    with _client(admin_uri) as client:
        roles = [{"role": role, "db": database} for role in ROLES]
        try:
            client[database].command("createUser", user, pwd=password, roles=roles)
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise
            client[database].command("updateUser", user, pwd=password, roles=roles)


def ready(uri: str) -> bool:
    """True when it answers and takes writes."""
    try:
        with _client(uri, 1000) as client:
            return bool(client.admin.command("hello")["isWritablePrimary"])
    except PyMongoError:
        return False


def _client(address: str, timeout_ms: int = 10_000) -> pymongo.MongoClient:
    return pymongo.MongoClient(address, timeoutMS=timeout_ms, appname="sendero-set-up")


def main() -> None:
    told = {name: os.environ[name] for name in ("MONGO_MEMBER", "MONGO_ADMIN_PASSWORD")}
    user = os.environ.get("MONGO_USER")
    try:
        set_up(PORT, told["MONGO_ADMIN_PASSWORD"], told["MONGO_MEMBER"])
        if user:
            admin = uri(PORT, ADMIN, told["MONGO_ADMIN_PASSWORD"])
            ensure_user(admin, user, user, os.environ["MONGO_PASSWORD"])
    except OperationFailure as error:
        if error.code != AUTHENTICATION_FAILED:
            raise
        sys.exit(
            "The administrator has another password: the data is older than the settings. Bring the settings back, or "
            "throw the data away (`make down VOLUMES=1`)."
        )
    print(f"replica set {NAME} of {told['MONGO_MEMBER']} is there, and its user {user or ADMIN}")


if __name__ == "__main__":
    main()
