"""gunicorn as services run it, before clients that are slow, never hang up, or send too much: others are served."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from deploy.local import parts, processes
from tests.ports import free_port
from tests.wait import wait_until

THREADS = 2
SLOW = 12  # clients; more than there are threads
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
IN_TIME = 3  # seconds: gunicorn's own way takes two for each client that does not hang up
PATIENT = "from shared.serving import worker\nworker.ARRIVES_WITHIN = 5\n"


class Server:
    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def said(self, request: bytes) -> bytes:
        """Everything the server says until it hangs up, or nothing more for a moment."""
        with self.connect() as connection:
            connection.sendall(request)
            return heard(connection)

    def answers(self) -> bool:
        try:
            return self.said(GET).endswith(b"0")
        except OSError:
            return False

    def seconds(self) -> float:
        """How long somebody else waits for an answer."""
        begun = time.monotonic()
        with self.connect() as connection:
            connection.sendall(GET)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        return time.monotonic() - begun


def heard(connection: socket.socket) -> bytes:
    said = b""
    connection.settimeout(1)
    with suppress(TimeoutError, ConnectionResetError):
        while more := connection.recv(4096):
            said += more
            connection.settimeout(0.3)
    return said


def silent(connection: socket.socket) -> bool:
    connection.settimeout(0.05)
    try:
        return not connection.recv(1)
    except TimeoutError:
        return True


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("gunicorn")) as found:
        yield found


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    config, port = folder / "gunicorn.conf.py", free_port()
    config.write_text(parts.GUNICORN.read_text() + PATIENT)
    application = "tests.integration.serving.program:create_app()"
    command = [sys.executable, "-m", "gunicorn", application, "--config", str(config), "--bind", f"127.0.0.1:{port}"]
    told = {"WEB_WORKERS": "1", "WEB_THREADS": str(THREADS), "DRAIN_SECONDS": "0"}
    process = processes.start(command, folder / "log", {**parts.environment(), **told}, parts.ROOT)
    found = Server(port, process)
    try:
        wait_until(found.answers, 60, "gunicorn answers")
        yield found
    finally:
        processes.stop(process, 10)


@contextmanager
def clients(server: Server, begin: bytes, trickle: bytes = b"") -> Iterator[list[socket.socket]]:
    """Many, who say this and then send a byte now and then, for as long as the server lets them."""
    ended = threading.Event()
    made = [server.connect() for _ in range(SLOW)]
    for one in made:
        one.sendall(begin)

    def dribble() -> None:
        for byte in trickle:
            if ended.wait(0.1):
                return
            for one in made:
                with suppress(OSError):
                    one.sendall(bytes([byte]))

    thread = threading.Thread(target=dribble)
    thread.start()
    yield made
    ended.set()
    thread.join()
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("begin", "trickle"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nX-Slow: ", b"x" * 60),
        (POST % 1000, b"x" * 60),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n", b"x" * 60),
        (POST % 1_000_000, b"x" * 60),
    ],
    ids=["silent", "head", "body", "chunks", "too large"],
)
def test_clients_that_send_a_byte_now_and_then_take_no_thread(server: Server, begin: bytes, trickle: bytes) -> None:
    with clients(server, begin, trickle):
        assert max(server.seconds() for _ in range(5)) < IN_TIME


def test_clients_that_do_not_hang_up_keep_nobody_waiting(server: Server) -> None:
    with clients(server, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")) as waiting:
        assert max(server.seconds() for _ in range(3)) < IN_TIME
        assert heard(waiting[-1]).startswith(b"HTTP/1.1 200")


def test_a_request_that_is_not_there_in_time_is_given_up(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(120)) + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 4000, b"431"),
        (POST % 10**10, b"413"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (POST % 5 + b"12345", b"200"),
    ],
    ids=["long line", "long field", "many fields", "endless head", "huge body", "no chunk", "as it should be"],
)
def test_absurd_sizes_are_refused(server: Server, request_bytes: bytes, status: bytes) -> None:
    assert server.said(request_bytes)[9:12] == status


def test_what_is_sent_in_pieces_in_chunks_or_in_advance_is_understood(server: Server) -> None:
    with server.connect() as connection:
        for piece in (b"POST / HTTP/1.1\r\nHo", b"st: x\r\nContent-Length: 4\r\n\r", b"\nab", b"cd"):
            assert silent(connection)
            connection.sendall(piece)
        assert heard(connection).endswith(b"4")
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(chunked + b"3\r\nabc\r\n3\r\nde")
        assert silent(connection)
        connection.sendall(b"f\r\n0\r\n\r\n" + GET + POST % 2 + b"ok")
        assert [one[-1:] for one in heard(connection).split(b"HTTP/1.1")[1:]] == [b"6", b"0", b"2"]
    with server.connect() as connection:
        connection.sendall((POST % 4).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert heard(connection).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"abcd")
        assert heard(connection).endswith(b"4")


def test_an_answer_that_breaks_off_ends_its_connection_and_nothing_else(server: Server) -> None:
    with server.connect() as open_before:
        assert server.said(GET.replace(b"/ ", b"/breaks ")).endswith(b"half")
        open_before.sendall(GET)
        assert heard(open_before).endswith(b"0")


def test_a_server_told_to_stop_does_not_wait_for_slow_clients(tmp_path: Path) -> None:
    with serving(tmp_path) as server, clients(server, b"GET / HTTP/1.1\r\nX-Slow: ", b"x" * 60):
        begun = time.monotonic()
        assert processes.stop(server.process, 15)
        assert time.monotonic() - begun < 8
