"""People who look for a time and book it, steadily, through the front door of the cluster."""

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import urllib3

from deploy import cluster
from deploy.demo import client, state
from shared import clock

SLOTS = f"/api/v1/offices/{state.OFFICE}/slots?pathway={state.PATHWAY}&limit=200"


@dataclass
class People:
    """`with People() as people: …`, then look at what was booked, and what failed."""

    pause: float = 0.1
    booked: dict[str, state.Person] = field(default_factory=dict)  # by reference
    listed: int = 0
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._turn, args=[work]) for work in (self._book, self._list)]

    def __enter__(self) -> "People":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _turn(self, work: Callable[[], None]) -> None:
        while not self._stop.wait(self.pause):
            try:
                work()
            except (urllib3.exceptions.HTTPError, AssertionError) as error:
                self.failed.append(f"{clock.now():%H:%M:%S} {work.__name__}: {error!r}"[:300])

    def _book(self) -> None:
        """Where others were faster, the next time: that is no failure."""
        person, key = state.Person(), secrets.token_hex(12)
        for slot in self._free()[:20]:
            headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
            answer = ask("POST", "/api/v1/appointments", body=json.dumps(person.request(slot)), headers=headers)
            if answer.status == 409:
                continue
            assert answer.status == 201, (answer.status, answer.data[:200])
            self.booked[answer.json()["reference"]] = person
            return

    def _list(self) -> None:
        self._free()
        self.listed += 1

    def _free(self) -> list[str]:
        answer = ask("GET", SLOTS)
        assert answer.status == 200, (answer.status, answer.data[:200])
        return [slot["id"] for slot in answer.json()["items"] if slot["free"] > 0]


def ask(method: str, path: str, **more: Any) -> urllib3.BaseHTTPResponse:
    return client.HTTP.request(method, cluster.ORIGINS["PUBLIC"] + path, **more)


def told(person: state.Person) -> int:
    """How many emails have come for somebody."""
    answer = client.HTTP.request("GET", f"{cluster.ORIGINS['POSTBOX']}/api/v1/messages?to={person.email}")
    return len(answer.json()["items"])
