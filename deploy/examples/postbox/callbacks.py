"""What the provider tells its customer: delivery receipts and people's replies, signed, tried until taken."""

import heapq
import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import standardwebhooks
import urllib3

TRIES = 10
MOST_WAITING = 10_000


@dataclass(order=True)
class Callback:
    due: float
    number: int
    url: str = field(compare=False)
    body: str = field(compare=False)
    id: str = field(compare=False)
    done: Callable[[bool], None] = field(compare=False)
    tries: int = field(compare=False, default=0)


class Outgoing:
    """One thread sends what is due; whoever does not answer with 2xx is asked again, later and later."""

    def __init__(self, secret: str, retry_seconds: float) -> None:
        self._webhook = standardwebhooks.Webhook(secret)
        self._retry_seconds = retry_seconds
        self._numbers = itertools.count(1)
        self._started = int(time.time() * 1000)
        self._waiting: list[Callback] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(5), retries=False, maxsize=4)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()
        self._http.clear()

    def send(self, url: str, body: dict[str, str], done: Callable[[bool], None], after: float = 0) -> None:
        number = next(self._numbers)
        text = json.dumps(body, ensure_ascii=False)
        self._add(Callback(time.monotonic() + after, number, url, text, f"msg_{self._started}_{number}", done))

    def _add(self, callback: Callback) -> None:
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                callback.done(False)
                return
            heapq.heappush(self._waiting, callback)
            self._changed.notify()

    def _run(self) -> None:
        while (callback := self._next()) is not None:
            callback.tries += 1
            if self._taken(callback):
                callback.done(True)
            elif callback.tries >= TRIES:
                print(f"gave up telling {callback.url} after {TRIES} tries", flush=True)
                callback.done(False)
            else:
                callback.due = time.monotonic() + self._retry_seconds * min(2 ** (callback.tries - 1), 60)
                self._add(callback)

    def _next(self) -> Callback | None:
        with self._changed:
            while not self._stopped:
                if self._waiting and self._waiting[0].due <= time.monotonic():
                    return heapq.heappop(self._waiting)
                self._changed.wait(self._waiting[0].due - time.monotonic() if self._waiting else None)
        return None

    def _taken(self, callback: Callback) -> bool:
        """Each try is signed anew, with its own time, under the same id."""
        at = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": callback.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._webhook.sign(callback.id, at, callback.body),
        }
        try:
            answer = self._http.request("POST", callback.url, body=callback.body.encode(), headers=headers)
        except urllib3.exceptions.HTTPError as error:
            print(f"no answer from {callback.url}: {type(error).__name__}", flush=True)
            return False
        return 200 <= answer.status < 300
