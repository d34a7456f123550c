"""The product as processes, and beside it the bare application that it is measured against."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import urllib3
from pymongo import MongoClient

from deploy import replica_set
from deploy.local import parts, processes
from tests.ports import free_port
from tests.stack import Stack
from tests.wait import wait_until

SETTINGS = {"RATE_LIMIT": "10000000/minute", "BOOKINGS_PER_CONTACT": "6"}


class System(Stack):
    def __init__(self, folder: Path, given: Mapping[str, str], settings: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, {**SETTINGS, **given, **(settings or {})})
        self.settings["BASELINE_PORT"] = str(free_port())

    def start(self, *names: str) -> None:
        """Those that do not run yet."""
        for name in names:
            if name == "baseline" and name not in self.running:
                self._start_baseline()
            elif name not in self.running:
                super().start(name)

    def administrator(self) -> MongoClient[dict[str, Any]]:
        """Of the local stack's MongoDB; to be closed."""
        password = self.settings["MONGO_ADMIN_PASSWORD"]
        return MongoClient(replica_set.uri(int(self.settings["MONGO_PORT"]), replica_set.ADMIN, password))

    def _start_baseline(self) -> None:
        log = self.folder / "logs" / "baseline.log"
        command = [
            *(sys.executable, "-m", "gunicorn", "tests.load.baseline:create_app()"),
            *("--config", str(parts.GUNICORN), "--bind", f"127.0.0.1:{self.settings['BASELINE_PORT']}"),
        ]
        told = {**parts.environment(), "BASELINE_MONGO_URI": self.settings["BOOKING_MONGO_URI"]}
        process = self.running["baseline"] = processes.start(command, log, told, parts.ROOT)

        def ready() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"the baseline ended:\n{log.read_text()[-3000:]}")
            try:
                return urllib3.request("GET", self.url("baseline", "/readyz"), retries=False).status == 200
            except urllib3.exceptions.HTTPError:
                return False

        wait_until(ready, 30, "the baseline is ready")

    def memory(self, name: str) -> int:
        """Megabytes in use by a part's processes, all of its group."""
        pages = 0
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "stat").read_text().rpartition(")")[2].split()
                pages += int(words[21]) if int(words[2]) == self.running[name].pid else 0
            except (OSError, IndexError):  # no process, or gone meanwhile
                continue
        return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000
