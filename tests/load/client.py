"""Requests sent each at its time, whatever became of those before: one thread, bare sockets, so that the client takes
little of the two cores and no waiting is left out."""

import json
import selectors
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 60


class Unanswered(Exception):
    """Somebody got no answer."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    seconds: float  # from when it was due to be sent until the last byte of the answer

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class _Call:
    number: int
    due: float
    unsent: bytes
    received: list[bytes] = field(default_factory=list)


def post(port: int, path: str, body: dict[str, Any], **headers: str) -> bytes:
    """A request as it goes over the wire; the server closes the connection after its answer."""
    content = json.dumps(body).encode()
    told = {
        "Host": f"127.0.0.1:{port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        "Connection": "close",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode() + content


def send(port: int, requests: Iterable[tuple[float, bytes]]) -> list[Answer]:
    """Each (seconds from now, request), in order of time. Returns the answers in the same order. Raises Unanswered."""
    waiting = list(requests)[::-1]
    answers: list[Answer | None] = [None] * len(waiting)
    begun, last = time.monotonic(), waiting[0][0]
    with selectors.DefaultSelector() as selector:
        number = 0
        while waiting or selector.get_map():
            now = time.monotonic() - begun
            while waiting and waiting[-1][0] <= now:
                due, content = waiting.pop()
                _connect(selector, port, _Call(number, begun + due, content))
                number += 1
            for key, _ in selector.select(max(waiting[-1][0] - now, 0) if waiting else 1.0):
                if (answer := _go_on(selector, key.fileobj, key.data)) is not None:
                    answers[key.data.number] = answer
            if now > last + PATIENCE:
                raise Unanswered(f"{len(selector.get_map())} had no answer within {PATIENCE} s")
    return [answer for answer in answers if answer is not None]


def _connect(selector: selectors.BaseSelector, port: int, call: _Call) -> None:
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(("127.0.0.1", port))
    selector.register(connection, selectors.EVENT_WRITE, call)


def _go_on(selector: selectors.BaseSelector, connection: Any, call: _Call) -> Answer | None:
    """The answer, when it is whole."""
    if call.unsent:
        call.unsent = call.unsent[connection.send(call.unsent) :]
        if not call.unsent:
            selector.modify(connection, selectors.EVENT_READ, call)
        return None
    if content := connection.recv(65536):
        call.received.append(content)
        return None
    selector.unregister(connection)
    connection.close()
    head, _, body = b"".join(call.received).partition(b"\r\n\r\n")
    if not head:
        raise Unanswered("the connection was closed without an answer")
    return Answer(int(head.split(b" ", 2)[1]), body, time.monotonic() - call.due)
