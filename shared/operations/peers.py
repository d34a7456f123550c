"""The other services as a console asks them: all at once, for two seconds, and what became of it.

One that does not answer is an answer too: it is shown, with when it was last heard of, which this service remembers.
"""

import json
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import urllib3
from marshmallow import Schema, ValidationError

from shared import clock, telemetry
from shared.operations import access
from shared.web import context

COLLECTIONS: dict[str, list[Any]] = {"operations_peers": []}
SECONDS = 2.0
MOST_BYTES = 4_000_000
ROOT = "/api/v1/operations"


@dataclass(frozen=True)
class Answer:
    """`body` is None when there was none: `problem` then says why (`no_answer`, `refused`, `not_understood`)."""

    service: str
    body: dict[str, Any] | None = None
    problem: str | None = None
    missing: bool = False  # it answered that it has no such thing


class _TooMuch(urllib3.exceptions.HTTPError):
    """More than we wait for or take in."""


def ask(path: str, schema: Schema, but: Collection[str] = ()) -> list[Answer]:
    """What each of the others (`but` some) says at this path of its operations routes, by name."""
    settings = context.settings()
    peers = {name: url for name, url in sorted(settings.operations_peers.items()) if name not in but}
    if not peers:
        return []
    headers = {
        "Authorization": f"Bearer {settings.operations_key}",
        access.ON_BEHALF_OF: f"{settings.service}:{access.actor().id}",
        "Accept": "application/json",
    }
    threads = ThreadPoolExecutor(len(peers), thread_name_prefix="peer")
    asked = {name: threads.submit(_ask, name, f"{url}{ROOT}{path}", headers, schema) for name, url in peers.items()}
    wait(asked.values(), timeout=SECONDS + 0.5)
    threads.shutdown(wait=False, cancel_futures=True)
    return [one.result() if one.done() else Answer(name, problem="no_answer") for name, one in asked.items()]


def _ask(name: str, url: str, headers: dict[str, str], schema: Schema) -> Answer:
    try:
        status, content = _get(url, headers)
        if status == 404:
            return Answer(name, missing=True)
        if status != 200:
            telemetry.log.warning("another service refused", peer=name, status=status)
            return Answer(name, problem="refused" if status in (401, 403) else "no_answer")
        return Answer(name, body=schema.load(json.loads(content)))
    except (urllib3.exceptions.HTTPError, OSError) as error:
        telemetry.log.warning("another service does not answer", peer=name, error=type(error).__name__)
        return Answer(name, problem="no_answer")
    except (ValueError, ValidationError) as error:
        telemetry.log.warning("another service is not understood", peer=name, error=type(error).__name__)
        return Answer(name, problem="not_understood")


def _get(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Within the time and the size that we allow, however slowly it drips."""
    until = time.monotonic() + SECONDS
    response = _pool().request("GET", url, headers=headers, redirect=False, preload_content=False)
    try:
        content = b""
        for part in response.stream(65536, decode_content=False):
            content += part
            if len(content) > MOST_BYTES or time.monotonic() > until:
                raise _TooMuch
        return response.status, content
    finally:
        response.close()  # one that was read to its end has given its connection back


@cache
def _pool() -> urllib3.PoolManager:
    """One per process, made at the first question: never before a fork."""
    return urllib3.PoolManager(timeout=urllib3.Timeout(total=SECONDS), retries=False, maxsize=4)


def remember(service: str, console: str) -> datetime:
    """When: now."""
    heard_at = clock.now()
    change = {"$set": {"heard_at": heard_at, "console": console}}
    context.db().operations_peers.update_one({"_id": service}, change, upsert=True)
    return heard_at


def last_heard(service: str) -> tuple[datetime | None, str | None]:
    """When, and where its console is."""
    row = context.db().operations_peers.find_one({"_id": service}) or {}
    return row.get("heard_at"), row.get("console")
