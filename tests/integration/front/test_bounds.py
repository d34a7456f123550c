"""What is too big or too slow is ended at the door; nobody else waits for it."""

import gzip
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest

from tests.integration.front import door
from tests.integration.front.door import Door
from tests.ports import free_port
from tests.wait import wait_until

T = TypeVar("T")
CLIENTS = 12  # more than the services behind have threads


def raw(front: Door, told: bytes) -> ssl.SSLSocket:
    """A connection on which so much was said, and nothing follows."""
    where = urlsplit(front.public)
    plain = socket.create_connection((where.hostname or "", where.port or 0), timeout=door.PATIENCE)
    wrapped = front.trusting().wrap_socket(plain, server_hostname=where.hostname)
    wrapped.sendall(told)
    return wrapped


def heard(ask: Callable[[], T]) -> T:
    """The door closes half a second after it has refused something too big, and who was slower to listen finds the
    connection reset: asked again, then."""

    def once() -> T | None:
        try:
            return ask()
        except (ConnectionError, ssl.SSLError):
            return None

    answer = wait_until(once, door.PATIENCE, "the refusal is heard")
    assert answer is not None
    return answer


@pytest.fixture
def impatient(services: dict[str, int], tmp_path: Path) -> Iterator[Door]:
    with door.opened(tmp_path, services, HEADER_TIME="3s", BODY_TIME="3s") as opened:
        yield opened


def test_a_body_that_is_too_big_is_refused(front: Door) -> None:
    assert front.ask(front.public, "/book", "POST", b"x" * 90_000).json()["body"] == 90_000
    answer = heard(lambda: front.ask(front.public, "/api/v1/appointments", "POST", b"x" * 100_000))
    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 413


def test_a_body_that_does_not_say_its_size_is_refused_too(front: Door) -> None:
    chunks = b"".join(b"2710\r\n" + b"x" * 10_000 + b"\r\n" for _ in range(10)) + b"0\r\n\r\n"
    head = f"POST /book HTTP/1.1\r\nHost: {urlsplit(front.public).netloc}\r\nTransfer-Encoding: chunked\r\n\r\n"

    def ask() -> bytes:
        with raw(front, head.encode() + chunks) as connection:
            return connection.recv(1000)

    assert heard(ask).split()[1] == b"413"


@pytest.mark.parametrize("headers", [{"X-Long": "x" * 40_000}, {f"X-{n}": "x" * 400 for n in range(90)}])
def test_headers_that_are_too_big_are_refused(front: Door, headers: dict[str, str]) -> None:
    assert heard(lambda: front.ask(front.public, "/", headers=headers)).status == 431


def test_who_says_its_headers_or_its_body_too_slowly_is_let_go(impatient: Door) -> None:
    host = urlsplit(impatient.public).netloc
    begun = (
        f"GET / HTTP/1.1\r\nHost: {host}\r\n",
        f"POST /book HTTP/1.1\r\nHost: {host}\r\nContent-Length: 500\r\n\r\nhalf",
        f"GET / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    )
    for told in begun:
        answer = _until_let_go(impatient, told.encode())
        assert not answer or int(answer.split()[1]) >= 400, answer


def _until_let_go(front: Door, told: bytes) -> bytes:
    """What was heard before the end, however it came. A door that waits for ever is a time-out here."""
    try:
        with raw(front, told) as connection:
            return b"".join(iter(lambda: connection.recv(1000), b""))
    except (ConnectionError, ssl.SSLError):
        return b""


def test_many_slow_callers_do_not_make_anybody_else_wait(front: Door) -> None:
    host = urlsplit(front.public).netloc
    half = f"POST /book HTTP/1.1\r\nHost: {host}\r\nContent-Length: 500\r\n\r\nhalf".encode()
    with ExitStack() as slow:
        for _ in range(CLIENTS):
            slow.enter_context(raw(front, half))
        with ThreadPoolExecutor(4) as others:
            answers = list(others.map(lambda _: front.ask(front.public, "/").status, range(8)))
    assert answers == [200] * 8


def test_what_is_long_is_compressed_for_who_can_read_it(front: Door) -> None:
    packed = front.ask(front.public, "/long", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == front.ask(front.public, "/long").content
    assert len(packed.content) < 200
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_service_that_is_away_is_told_in_both_languages_and_nothing_of_who_asked_is_logged(tmp_path: Path) -> None:
    nobody = {service: free_port() for service in door.SERVICES}
    with door.opened(tmp_path, nobody) as front:
        page = front.ask(front.public, "/find?reference=GUA-7KX2-M4Q", source="127.0.0.77")
        program = front.ask(front.public, "/api/v1/pathways", headers={"Authorization": "Basic R1VBLTdLWDI="})
        log = front.log
    assert page.status == program.status == 502
    assert page.headers["Retry-After"] == program.headers["Retry-After"] == "5"
    assert "nothing that was confirmed is lost" in page.text
    assert "no se ha perdido nada" in page.text
    assert program.headers["Content-Type"] == "application/problem+json"
    assert "server running" in log
    assert not [word for word in ("GUA-7KX2", "127.0.0.77", "R1VBLTdLWDI", "reference") if word in log]
