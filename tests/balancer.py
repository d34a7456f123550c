"""A small load balancer on loopback: each connection goes to a program that says on /readyz that it is ready."""

import http.client
import itertools
import socket
import threading
from collections.abc import Iterable
from types import TracebackType

from tests.ports import free_port

LOOK_EVERY = 0.2


class Balancer:
    """`with Balancer(ports) as balancer: …balancer.port…`. It knows nothing of requests: a connection stays with the
    program that it was given to until either side ends it."""

    def __init__(self, ports: Iterable[int]) -> None:
        self.port = free_port()
        self._ready = dict.fromkeys(ports, False)
        self._turns = itertools.count()
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)

    def __enter__(self) -> "Balancer":
        for work in (self._look, self._accept):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stop.set()
        self._listener.close()

    def ready(self) -> list[int]:
        return [port for port, ready in self._ready.items() if ready]

    def _look(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            for port in self._ready:
                self._ready[port] = _is_ready(port)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        ready = self.ready()
        if not ready:
            client.close()
            return
        try:
            program = socket.create_connection(("127.0.0.1", ready[next(self._turns) % len(ready)]), 15)
        except OSError:
            client.close()
            return
        program.settimeout(None)
        threading.Thread(target=_carry, args=(program, client), daemon=True).start()
        _carry(client, program)


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # the other side has gone; so does this one
        for end in (source, target):
            end.close()


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
