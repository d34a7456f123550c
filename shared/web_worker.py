"""gunicorn's worker with threads, which tells each request how long it waited for one (web/turns.py)."""

import sys
import time
from typing import Any

from environs import EnvError
from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

from shared import telemetry
from shared.web import turns


class Worker(ThreadWorker):
    def load_wsgi(self) -> None:
        """A setting that is missing ends all: told in a line like all others, where gunicorn would print it."""
        try:
            super().load_wsgi()
        except EnvError as error:
            telemetry.log.critical("ended by an error", **telemetry.describe(error))
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def enqueue_req(self, conn: Any) -> None:
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        turns.waited(time.monotonic() - conn.queued_at)
        return super().handle(conn)
