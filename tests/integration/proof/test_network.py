"""The relays of a proof run spoil a way as their names say."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.proof.network import DELAY_SECONDS, Network
from tests.wait import wait_until


@pytest.fixture
def heard() -> list[bytes]:
    return []


@pytest.fixture
def echo(heard: list[bytes]) -> Iterator[int]:
    """The port of a server that answers what it hears."""
    server = socket.create_server(("127.0.0.1", free_port()))

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while said := connection.recv(100):
                    heard.append(said)
                    connection.sendall(said)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path / "network.log")
    yield network
    network.close()


@pytest.fixture
def connect(network: Network, echo: int) -> Iterator[Callable[[], socket.socket]]:
    port = network.open("way", echo)
    made: list[socket.socket] = []

    def connect() -> socket.socket:
        made.append(socket.create_connection(("127.0.0.1", port), 30))
        made[-1].settimeout(30)
        return made[-1]

    yield connect
    for one in made:
        one.close()


def says(connection: socket.socket, word: bytes) -> bytes:
    connection.sendall(word)
    return connection.recv(100)


def test_what_passes_is_answered(connect: Callable[[], socket.socket]) -> None:
    assert says(connect(), b"hello") == b"hello"


def test_cut_resets_connections_and_takes_none_until_it_passes_again(
    network: Network, connect: Callable[[], socket.socket]
) -> None:
    before = connect()
    assert says(before, b"hello") == b"hello"
    network.become("way", "cut")
    with pytest.raises(ConnectionResetError):
        before.recv(100)
    with pytest.raises(ConnectionRefusedError):
        connect()
    network.become("way", "pass")
    assert says(connect(), b"again") == b"again"


def test_slow_is_late_both_ways(network: Network, connect: Callable[[], socket.socket]) -> None:
    network.become("way", "slow")
    began = time.monotonic()
    assert says(connect(), b"hello") == b"hello"
    assert time.monotonic() - began >= 2 * DELAY_SECONDS


def test_half_open_asks_and_loses_the_answer_and_is_never_good_again(
    network: Network, connect: Callable[[], socket.socket], heard: list[bytes]
) -> None:
    connection = connect()
    assert says(connection, b"one") == b"one"
    network.become("way", "half-open")
    connection.sendall(b"two")
    wait_until(lambda: heard == [b"one", b"two"], 30, "what was asked arrived")
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connection.recv(100)
    network.become("way", "pass")
    connection.settimeout(30)
    with pytest.raises(ConnectionResetError):
        connection.recv(100)
    assert says(connect(), b"three") == b"three"


def test_stall_holds_everything_and_then_delivers_it(
    network: Network, connect: Callable[[], socket.socket], heard: list[bytes]
) -> None:
    connection = connect()
    assert says(connection, b"one") == b"one"
    network.become("way", "stall")
    connection.sendall(b"two")
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connection.recv(100)
    assert heard == [b"one"]
    network.become("way", "pass")
    connection.settimeout(30)
    assert connection.recv(100) == b"two"
