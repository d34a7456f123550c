"""Ports for the servers of tests."""

import os
import random
import socket

FIRST, PER_WORKER = 20_000, 3_000  # none that the kernel would lend to an outgoing connection meanwhile
_given: set[int] = set()


def free_port() -> int:
    """Another one at each call, and out of a range that no other process of the same test run draws from."""
    first = FIRST + PER_WORKER * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4)
    while True:
        port = random.randrange(first, first + PER_WORKER)
        with socket.socket() as probe:
            if port not in _given and probe.connect_ex(("127.0.0.1", port)) != 0:
                _given.add(port)
                return port
