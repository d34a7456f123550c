"""A rolling restart: two of each process of booking and notifications, restarted one after another while people book.

`python -m tests.faults.rolling` does it once and prints how long anything waited in each queue; with
KAFKA_BOOTSTRAP_SERVERS (and the like) against servers that are there.
"""

import json
import os
import secrets
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import urllib3

from deploy.local import parts, processes, settings
from shared import clock
from tests.balancer import Balancer
from tests.person import Person
from tests.ports import free_port
from tests.stack import Stack
from tests.wait import wait_until

DRAIN_SECONDS = "3"
LIMITS = {"RATE_LIMIT": "100000/minute", "DRAIN_SECONDS": DRAIN_SECONDS}
LEAVING = 60  # seconds in which a process may go by itself, on a machine that is busy with other things
TWICE = ("booking web", "booking worker", "notifications worker")


@dataclass
class Instance:
    """The second one of a part, on ports of its own."""

    stack: Stack
    part: parts.Part
    settings: dict[str, str]
    process: processes.Program | None = None

    @property
    def log(self) -> Path:
        return self.stack.folder / "logs" / f"second-{self.part.log}"

    def start(self) -> None:
        command = self.part.command(self.settings, self.stack.folder)
        told = settings.of_part(self.settings, self.part.service, self.part.secrets)
        self.process = processes.start(command, self.log, {**parts.environment(), **told}, parts.ROOT)
        wait_until(lambda: self.part.ready and self.part.ready(self.settings), 120, f"second {self.part.name} is ready")

    def stop(self) -> bool:
        """Whether it went by itself."""
        assert self.process
        process, self.process = self.process, None
        return processes.stop(process, LEAVING)


@dataclass
class Stream:
    """People who look for a time and book it, steadily, over connections that are kept, through one address."""

    url: str
    person: Person
    booked: list[str] = field(default_factory=list)
    listed: int = 0
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._http = urllib3.PoolManager(maxsize=4, retries=False, timeout=15)
        self._threads = [
            threading.Thread(target=self._turn, args=one) for one in ((self._book, 0.3), (self._list, 0.1))
        ]

    def __enter__(self) -> "Stream":
        self._slots = self._ask("GET", self._path("slots")).json()["items"][4:]  # the first may begin meanwhile
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _turn(self, work: Any, pause: float) -> None:
        while not self._stop.wait(pause):
            try:
                work()
            except (urllib3.exceptions.HTTPError, OSError, AssertionError) as error:
                self.failed.append(f"{clock.now():%H:%M:%S} {work.__name__}: {error!r}"[:300])

    def _book(self) -> None:
        slot = self._slots[len(self.booked) % len(self._slots)]["id"]
        word = secrets.token_hex(5)
        body = self.person.request(slot)
        body["person"] |= {
            "name": f"Ana {word}",
            "email": f"{word}@example.test",
            "phone": f"+5025{secrets.randbelow(10**7):07d}",
        }
        headers = {"Idempotency-Key": secrets.token_hex(12), "Content-Type": "application/json"}
        answer = self._ask("POST", "/api/v1/appointments", body=json.dumps(body), headers=headers)
        assert answer.status == 201, (answer.status, answer.data[:200])
        self.booked.append(answer.json()["reference"])

    def _list(self) -> None:
        answer = self._ask("GET", self._path("slots"))
        assert answer.status == 200, answer.status
        self.listed += 1

    def _path(self, what: str) -> str:
        return f"/api/v1/offices/guatemala/{what}?pathway=orientation&limit=200"

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        return self._http.request(method, self.url + path, **more)


class Rolling:
    """`with Rolling(folder) as rolling: rolling.restart_all()`, then look at `stream`, `stopped` and `waits()`."""

    def __init__(self, folder: Path, given: dict[str, str] | None = None) -> None:
        self.stack = Stack(folder, LIMITS | (given or {}))
        self.seconds: dict[str, Instance] = {}
        self.stopped: dict[str, bool] = {}

    def __enter__(self) -> "Rolling":
        self.stack.start("postbox", "booking web", "booking worker", "notifications web", "notifications worker")
        for name in TWICE:
            part = self.stack.by_name[name]
            ports = {variable: str(free_port()) for variable in part.ports}
            self.seconds[name] = Instance(self.stack, part, {**self.stack.settings, **ports})
            self.seconds[name].start()
        webs = [self.stack.settings["BOOKING_PORT"], self.seconds["booking web"].settings["BOOKING_PORT"]]
        self.balancer = Balancer(map(int, webs)).__enter__()
        wait_until(lambda: len(self.balancer.ready()) == 2, 120, "both web instances are ready")
        self.stream = Stream(f"http://127.0.0.1:{self.balancer.port}", Person(self.stack))
        return self

    def __exit__(self, *error: Any) -> None:
        self.balancer.__exit__(*error)
        for one in self.seconds.values():
            if one.process:
                processes.kill_group(one.process)
        self.stack.__exit__(*error)

    def restart_all(self) -> None:
        with self.stream:
            for name in TWICE:
                self._first_again(name)
                self._settled()
                self.stopped[f"second {name}"] = self.seconds[name].stop()
                self.seconds[name].start()
                self._settled()

    def _first_again(self, name: str) -> None:
        process = self.stack.running.pop(name)
        self.stopped[name] = processes.stop(process, LEAVING)
        self.stack.start(name)

    def _settled(self) -> None:
        """As whoever rolls waits before the next one: all web instances are ready, and what was booked is handled."""
        before = len(self.stream.booked) + len(self.stream.failed)
        wait_until(lambda: len(self.stream.booked) + len(self.stream.failed) >= before + 3, 120, "people book on")
        wait_until(lambda: len(self.balancer.ready()) == 2, 120, "both web instances are ready")
        said = self.said().keys()
        wait_until(lambda: self.heard().keys() >= said, 120, "what was booked is handled", every=0.2)

    def logs(self) -> str:
        return "".join(path.read_text(errors="replace") for path in (self.stack.folder / "logs").glob("*worker*.log"))

    def heard(self) -> dict[str, datetime]:
        """When notifications had handled each booking, by the event's id."""
        rows = self.stack.database("notifications").inbox.find({"type": "appointment.booked.v1", "state": "done"})
        return {row["_id"]: row["at"] for row in rows}

    def said(self) -> dict[str, datetime]:
        """When booking had written each booking down, by the event's id."""
        rows = self.stack.database("booking").outbox.find({"type": "appointment.booked.v1"})
        return {row["_id"]: row["at"] for row in rows}

    def waits(self) -> dict[str, float]:
        """The longest that anything waited, in seconds: from booked to handled by notifications, and from there until
        the provider had it."""
        said, heard = self.said(), self.heard()
        messages = self.stack.database("notifications").messages.find({"state": "sent"})
        sent = [
            (one["created_at"], step["at"]) for one in messages for step in one["history"] if step["state"] == "sent"
        ]
        return {
            "booked to handled": max((heard[id] - at).total_seconds() for id, at in said.items()),
            "handled to handed over": max((end - begin).total_seconds() for begin, end in sent),
        }


def main() -> None:
    given = {name: os.environ[name] for name in ("KAFKA_BOOTSTRAP_SERVERS",) if os.environ.get(name)}
    with tempfile.TemporaryDirectory() as folder, Rolling(Path(folder), given) as rolling:
        rolling.restart_all()
        wait_until(lambda: rolling.heard().keys() >= rolling.said().keys(), 120, "all is handled")
        print(json.dumps(rolling.waits() | {"booked": len(rolling.stream.booked), "listed": rolling.stream.listed}))
        print("\n".join(rolling.stream.failed) or "no request failed")


if __name__ == "__main__":
    main()
