"""One request until it has an answer, whatever breaks meanwhile; each try is in the log before it is sent."""

import itertools
import json
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3

PATIENCE_SECONDS = 10.0
LONGEST_PAUSE = 2.0
LONGEST_RETRY_AFTER = 5.0
UNKEPT = ("slots", "sign_in", "look", "draw", "see")  # pages and lists


class Ended(Exception):
    """The crowd went home before there was an answer."""


class Log:
    """JSON lines of one client, written before a request leaves and after its answer has come."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, **line: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({"at": time.time(), **line}, ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True)
class Request:
    case: int
    what: str  # what somebody does: checker/bookings.py has them all
    method: str
    url: str
    body: Any = None
    headers: dict[str, str] | None = None
    fields: dict[str, str] | None = None  # a form instead of a JSON body
    first_try_seconds: float | None = None  # hangs up on the first answer after so long


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any
    text: str

    @property
    def signed_out(self) -> bool:
        """Nobody is signed in any more: told in a status, or by being sent to the login page."""
        return self.status in (401, 403) or urlsplit(self.headers.get("Location", "")).path.endswith("/login")

    def is_problem(self, *codes: str) -> bool:
        kind = self.body.get("type", "") if isinstance(self.body, dict) else ""
        return any(kind.endswith(f":{code}") for code in codes)


class Asker:
    """Of one thread. `stopped` ends what is being asked."""

    numbers = itertools.count(1)

    def __init__(self, name: str, log: Log, chance: random.Random, stopped: threading.Event) -> None:
        self.name = name
        self.log = log
        self.chance = chance
        self.stopped = stopped
        self.http = urllib3.PoolManager(retries=False, maxsize=4)

    def ask(self, request: Request) -> Answer:
        """Any answer but those that mean "not now". Raises Ended."""
        ask, pause = f"{self.name}-{next(self.numbers)}", 0.1
        for number in itertools.count(1):
            answer, wait = self._try(request, ask, number)
            if answer:
                return answer
            if self.stopped.wait(wait if wait is not None else pause * self.chance.uniform(0.7, 1.3)):
                self.log.write(ask=ask, case=request.case, what=request.what, ended=True)
                raise Ended
            pause = min(pause * 1.7, LONGEST_PAUSE)
        raise AssertionError("unreachable")

    def _try(self, request: Request, ask: str, number: int) -> tuple[Answer | None, float | None]:
        """The answer, or after how many seconds to try again, where that was said."""
        about = {"ask": ask, "case": request.case, "what": request.what, "try": number}
        key = (request.headers or {}).get("Idempotency-Key")
        self.log.write(**about, method=request.method, url=request.url, key=key, sent=request.body)
        seconds = request.first_try_seconds if number == 1 and request.first_try_seconds else PATIENCE_SECONDS
        try:
            answer = self._send(request, seconds)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            self.log.write(**about, error=type(error).__name__)
            return None, 0 if number == 1 and request.first_try_seconds else None
        retry_after = answer.headers.get("Retry-After")
        told = {"status": answer.status, "body": _kept(request, answer), "retry_after": retry_after}
        self.log.write(**about, **told, signed_out=answer.signed_out)
        if answer.status >= 500 or answer.status == 429 or answer.is_problem("idempotency-key-in-flight"):
            given = float(retry_after) if retry_after and retry_after.isdecimal() else None
            return None, given if given is None else min(given, LONGEST_RETRY_AFTER)
        return answer, None

    def _send(self, request: Request, seconds: float) -> Answer:
        headers = {"Accept": "application/json", "Accept-Language": "en", **(request.headers or {})}
        if request.fields is not None:
            more: dict[str, Any] = {"fields": request.fields, "encode_multipart": False}
        else:
            more = {"json": request.body} if request.method == "POST" else {}
        timeout = urllib3.Timeout(total=seconds)
        found = self.http.request(request.method, request.url, headers=headers, timeout=timeout, redirect=False, **more)
        text = found.data.decode("utf-8", "replace")
        is_json = "json" in found.headers.get("Content-Type", "")
        return Answer(found.status, json.loads(text) if is_json and text else None, found.headers, text)


def _kept(request: Request, answer: Answer) -> Any:
    """Of an answer, what the log needs."""
    return None if answer.status < 300 and request.what in UNKEPT else answer.body
