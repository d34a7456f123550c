"""Copies what the postbox receives to a file, since its memory holds only the newest."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3

from tests.proof.clients.asking import Log

EVERY_SECONDS = 1.0
OVERLAP = timedelta(seconds=2)
KEPT = ("id", "channel", "to", "subject", "text", "message_id", "reference", "received_at")


class Listener:
    """A thread that asks again and again. `close` looks once more, so that nothing that came before it is missing.
    `reached`: the numbers and mailboxes to which something came."""

    def __init__(self, url: str, path: Path) -> None:
        self.url = f"{url}/api/v1/messages"
        self._log = Log(path)
        self._seen: set[str] = set()
        self.reached: set[str] = set()
        self._since: datetime | None = None
        self._stopped = threading.Event()
        self._http = urllib3.PoolManager(retries=False, timeout=20)
        self._thread = threading.Thread(target=self._run, name="postbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join(30)
        self.look()
        self._log.close()

    def look(self) -> None:
        query = {"since": self._since.isoformat()} if self._since else {}
        answer = self._http.request("GET", self.url, fields=query)
        if answer.status != 200:
            raise RuntimeError(f"the postbox answered {answer.status}")
        items: list[dict[str, Any]] = answer.json()["items"]
        for item in items:
            if item["id"] not in self._seen:
                self._seen.add(item["id"])
                self.reached.add(item["to"])
                self._log.write(**{name: item.get(name) for name in KEPT})
        if items:
            newest = max(datetime.fromisoformat(item["received_at"]) for item in items)
            self._since = newest - OVERLAP

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            try:
                self.look()
            except urllib3.exceptions.HTTPError as error:
                self._log.write(error=type(error).__name__)
