"""gunicorn's worker with threads, where a slow client takes none: the main loop waits for requests, and for clients to
go, and gives a thread only what is all there.

gunicorn's own gives a thread to each connection that has sent something, and lets it wait for the rest without end; and
its main loop itself waits, up to two seconds, for a client to hang up. A handful of clients that send a byte a second,
or never hang up, would end all service. A load balancer that collects requests does the same in front; this holds where
there is none.
"""

import functools
import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from shared.serving.arriving import Arriving, TooLargeHead

ARRIVES_WITHIN = 20  # seconds, for a whole request
MOVES_WITHIN = 5  # seconds that a thread waits for a client to take, or send, anything at all
LEAVES_WITHIN = 2  # seconds
REST_WITHIN = 0.1  # seconds, for what a thread left unread; what counts was there before it began
AT_ONCE = 64 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(eq=False)
class Waiting:
    """A connection that the main loop looks after, until a moment."""

    conn: TConn
    until: float
    request: Arriving = field(default_factory=Arriving)
    looked_after: bool = False


class Worker(ThreadWorker):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arriving: deque[Waiting] = deque()
        self.leaving: deque[Waiting] = deque()

    def enqueue_req(self, conn: TConn) -> None:
        """A connection that is new, or was kept and has something to say again."""
        if self.cfg.is_ssl:  # its bytes are not the request's: that work is for whatever stands in front
            super().enqueue_req(conn)
            return
        if not conn.initialized:
            _never_wait_long(conn.sock)
            conn.init()
            conn.data_ready = True
        conn.sock.setblocking(False)
        waiting = Waiting(conn, time.monotonic() + ARRIVES_WITHIN)
        kept = conn.parser.unreader.take_buffered()
        if not (kept and self._take(waiting, kept)):
            self._hear(waiting)

    def finish_request(self, conn: TConn, done: "Future[Any]") -> None:
        if self.cfg.is_ssl or done.cancelled() or done.exception() is not None or done.result():
            super().finish_request(conn, done)
        else:
            self._part(conn)

    def murder_pending(self) -> None:
        """Called with each turn of the main loop."""
        now = time.monotonic()
        linger = 0.0 if self.alive else ARRIVES_WITHIN - STOP_KEEPALIVE_LINGER
        while self.arriving and self.arriving[0].until - linger < now:
            late = self.arriving[0]
            self._let_go(self.arriving, late)
            self._part(late.conn, TOO_SLOW if late.request.data else b"")
        while self.leaving and self.leaving[0].until < now:
            self._hang_up(self.leaving[0], self.leaving)
        super().murder_pending()

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        return bool(keepalive and conn.parser.finish_body(deadline=time.monotonic() + REST_WITHIN))

    # arriving

    def _hear(self, waiting: Waiting) -> None:
        more = _received(waiting.conn)
        if more is None:
            self._look_after(self.arriving, waiting, self._hear)
        elif not more:
            self._hang_up(waiting, self.arriving)
        elif not self._take(waiting, more):
            self._look_after(self.arriving, waiting, self._hear)

    def _take(self, waiting: Waiting, more: bytes) -> bool:
        """True: nothing more is waited for."""
        conn, request = waiting.conn, waiting.request
        has_asked = request.expects
        try:
            is_there = request.add(more)
        except TooLargeHead:
            self._let_go(self.arriving, waiting)
            self._part(conn, TOO_LARGE)
            return True
        if is_there:
            self._let_go(self.arriving, waiting)
            conn.parser.unreader.unread(bytes(request.data))
            super().enqueue_req(conn)
        elif request.expects and not has_asked:
            _say(conn, CONTINUE)
        return is_there

    # leaving

    def _part(self, conn: TConn, word: bytes = b"") -> None:
        """Ends our side, and hears for a moment what is still on its way: closed at once, the client might lose the end
        of its answer."""
        waiting = Waiting(conn, time.monotonic() + LEAVES_WITHIN)
        try:
            conn.sock.setblocking(False)
            _say(conn, word)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # gone, or closed already
            self._hang_up(waiting, self.leaving)
        else:
            self._look_after(self.leaving, waiting, self._ignore)

    def _ignore(self, waiting: Waiting) -> None:
        if _received(waiting.conn) == b"":
            self._hang_up(waiting, self.leaving)

    def _hang_up(self, waiting: Waiting, where: "deque[Waiting]") -> None:
        self._let_go(where, waiting)
        self.nr_conns -= 1
        waiting.conn.close()

    # both

    def _look_after(self, where: "deque[Waiting]", waiting: Waiting, then: Callable[[Waiting], None]) -> None:
        if not waiting.looked_after:
            waiting.looked_after = True
            where.append(waiting)
            self.poller.register(waiting.conn.sock, selectors.EVENT_READ, functools.partial(_called, then, waiting))

    def _let_go(self, where: "deque[Waiting]", waiting: Waiting) -> None:
        if waiting.looked_after:
            waiting.looked_after = False
            where.remove(waiting)
            self.poller.unregister(waiting.conn.sock)


def _called(then: Callable[[Waiting], None], waiting: Waiting, _socket: Any) -> None:
    then(waiting)


def _never_wait_long(sock: socket.socket) -> None:
    moment = struct.pack("ll", MOVES_WITHIN, 0)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, moment)


def _received(conn: TConn) -> bytes | None:
    """What has come: None for nothing yet, b"" for a client that is gone."""
    try:
        return conn.sock.recv(AT_ONCE)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _say(conn: TConn, word: bytes) -> None:
    try:
        conn.sock.send(word)
    except OSError:  # nobody listens, which is no matter
        return
