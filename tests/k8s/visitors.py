"""Fifty requests a second through the front door, bookings among them, for as long as something is done to the cluster.

What was asked for keeps its time: when answers are slow, the next ones are asked for as soon as they can be.
"""

import base64
import itertools
import json
import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import urllib3

from deploy.demo import client, settings
from shared import clock
from tests.wait import lasts

A_SECOND, PEOPLE = 50, 25
BOOKING_OF = 20  # each so-manieth request is a booking
SLOTS = "/api/v1/offices/guatemala/slots?pathway=orientation&limit=200"
LAST_TRY = 180  # seconds after which somebody gives up who asks again with the same key


@dataclass(frozen=True)
class Booked:
    reference: str
    code: str
    email: str
    phone: str
    at: float  # when it was accepted, in seconds since 1970


@dataclass
class Visitors:
    """`with Visitors(given) as visitors: …`, then look at `booked` and `failed`. With `again`, who gets no answer to a
    booking asks again with the same key, as the form and the API's callers do, and only the last try can fail."""

    given: settings.Settings
    again: bool = False
    booked: list[Booked] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    answered: int = 0
    longest: float = 0.0

    def __enter__(self) -> "Visitors":
        self._http = urllib3.PoolManager(
            maxsize=PEOPLE, block=True, retries=False, timeout=30, ssl_context=client.trusting()
        )
        self._slots = self._free()
        self._stop, self._lock = threading.Event(), threading.Lock()
        begin = time.monotonic()
        self._threads = [threading.Thread(target=self._visit, args=(begin, who)) for who in range(PEOPLE)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(LAST_TRY + 60)

    def _visit(self, begin: float, who: int) -> None:
        for turn in itertools.count():
            due = begin + (turn * PEOPLE + who) / A_SECOND
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            work = self._book if (turn * PEOPLE + who) % BOOKING_OF == 0 else random.choice(self._looks)
            self._do(work)

    def _do(self, work: Callable[[], None]) -> None:
        began = time.monotonic()
        try:
            work()
        except (urllib3.exceptions.HTTPError, OSError, AssertionError) as error:
            with self._lock:
                self.failed.append(f"{clock.now():%H:%M:%S} {work.__name__}: {error!r}"[:300])
        with self._lock:
            self.answered += 1
            self.longest = max(self.longest, time.monotonic() - began)

    @property
    def _looks(self) -> list[Callable[[], None]]:
        return [self._list, self._list, self._see_page, self._see_own]

    def _list(self) -> None:
        self._slots = self._free()

    def _free(self) -> list[str]:
        answer = self._ask("GET", SLOTS)
        assert answer.status == 200, answer.status
        return [one["id"] for one in answer.json()["items"] if one["free"]][4:]  # the first may begin meanwhile

    def _see_page(self) -> None:
        answer = self._ask("GET", "/")
        assert answer.status == 200, answer.status

    def _see_own(self) -> None:
        if self.booked:
            assert stands(self._http, self.given.booking, random.choice(self.booked)) == "booked"

    def _book(self) -> None:
        word, phone = secrets.token_hex(5), f"+5025{secrets.randbelow(10**7):07d}"
        person = {"name": f"Ana {word}", "birth_date": "1990-05-01", "email": f"{word}@example.test", "phone": phone}
        wish = {"pathway": "orientation", "language": "es", "channels": ["email", "sms"], "person": person}
        key, give_up = secrets.token_hex(12), time.monotonic() + LAST_TRY
        while True:
            answer = self._answer({"slot": random.choice(self._slots), **wish}, key, give_up)
            if answer.status != 409:  # somebody else was faster: another time, which is another wish
                break
            key = secrets.token_hex(12)
        assert answer.status == 201, (answer.status, answer.data[:200])
        told = answer.json()
        with self._lock:
            self.booked.append(Booked(told["reference"], told["code"], person["email"], phone, time.time()))

    def _answer(self, body: dict[str, Any], key: str, give_up: float) -> Any:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        while True:
            try:
                answer = self._ask("POST", "/api/v1/appointments", body=json.dumps(body), headers=headers)
                if answer.status < 500 or not self.again or time.monotonic() > give_up:
                    return answer
            except (urllib3.exceptions.HTTPError, OSError):
                if not self.again or time.monotonic() > give_up:
                    raise
            lasts(1)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        return self._http.request(method, self.given.booking + path, **more)


def stands(http: urllib3.PoolManager, url: str, one: Booked) -> str:
    """The status of an appointment, as who has its reference and code sees it."""
    secret = base64.b64encode(f"{one.reference}:{one.code}".encode()).decode()
    answer = http.request(
        "GET", f"{url}/api/v1/appointments/{one.reference}", headers={"Authorization": f"Basic {secret}"}
    )
    assert answer.status == 200, (answer.status, answer.data[:200])
    return str(answer.json()["status"])
