"""gunicorn's worker with threads, which tells each request how long it waited for one (web/turns.py)."""

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from shared.web import turns


class Worker(ThreadWorker):
    def enqueue_req(self, conn: Any) -> None:
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        turns.waited(time.monotonic() - conn.queued_at)
        return super().handle(conn)
