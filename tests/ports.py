"""Ports for the servers of tests."""

import random
import socket

_given: set[int] = set()


def free_port() -> int:
    """Another one at each call, and none that the kernel would lend to an outgoing connection meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if port not in _given and probe.connect_ex(("127.0.0.1", port)) != 0:
                _given.add(port)
                return port
