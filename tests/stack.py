"""The real system as processes on free ports: the parts of `make run`, started and killed one by one by a test."""

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import urllib3
from pymongo import MongoClient
from pymongo.database import Database

from deploy.local import parts, processes, settings
from shared import clock
from tests.ports import free_port
from tests.wait import wait_until

HTTP = urllib3.PoolManager(retries=False, timeout=60)
EVERYTHING = [part.name for part in parts.PARTS]


class Stack:
    """`with Stack(folder) as stack: stack.start(...)`. Whatever still runs at the end is killed. Databases and broker
    whose addresses are `given` are used and not started; other variables given are told to each part."""

    def __init__(self, folder: Path, given: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.given = dict(given or {})
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        self.settings = settings.load(folder, {name: str(free_port()) for name in settings.PORTS} | self.given)
        self.by_name = {part.name: part for part in parts.chosen(self.given)}
        self.running: dict[str, processes.Program] = {}

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.kill_all()

    def kill_all(self) -> None:
        for process in self.running.values():
            processes.kill_group(process)

    def start(self, *names: str) -> None:
        """Those parts, with what they need before them; returns when each is ready, and a worker when it reads: one
        that leaves while it is still joining its group stays a member for the local broker, which has whoever joins
        after it wait for good."""
        for name in names:
            for needed in self.by_name[name].after:
                if needed in self.by_name and needed not in self.running:
                    self.start(needed)
            began = clock.now()
            self._launch(name, self.by_name[name].command(self.settings, self.folder))
            if name.endswith(" worker"):
                self._until_it_reads(name, began)

    def start_deadly(self, name: str, moment: str, function: str) -> Path:
        """A part that dies once, before or after the function (tests/faults/launcher.py). The file is there once it
        did."""
        flag = self.folder / f"{function}.{moment}"
        command = self.by_name[name].command(self.settings, self.folder)
        assert command[1] == "-m"
        launched = ["-m", "tests.faults.launcher", "--flag", str(flag), moment, function, "--", *command[2:]]
        self._launch(name, [sys.executable, *launched])
        return flag

    def died(self, name: str, flag: Path, seconds: float = 60) -> None:
        wait_until(flag.exists, seconds, f"{name} met its fault")
        wait_until(lambda: self.running[name].poll() is not None, 60, f"{name} died")
        processes.stop(self.running.pop(name), 5)

    def kill(self, name: str) -> None:
        processes.kill_group(self.running.pop(name))

    def stop(self, name: str) -> None:
        processes.stop(self.running.pop(name), self.by_name[name].patience)

    def _launch(self, name: str, command: list[str]) -> None:
        part = self.by_name[name]
        told = settings.of_part(self.settings, part.service, part.secrets)
        log = self.folder / "logs" / part.log
        more = {name: value for name, value in self.given.items() if name not in self.settings}
        process = processes.start(command, log, {**parts.environment(), **more, **told}, parts.ROOT)
        self.running[name] = process
        if part.ready is None:
            if process.wait(90) != 0:
                raise RuntimeError(f"{name} failed:\n{log.read_text()[-3000:]}")
        else:
            wait_until(lambda: self._is_ready(part, process, log), part.within, f"{name} is ready")

    def _is_ready(self, part: parts.Part, process: processes.Program, log: Path) -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"{part.name} ended:\n{log.read_text()[-3000:]}")
        return part.ready is not None and part.ready(self.settings)

    def _until_it_reads(self, worker: str, since: datetime) -> None:
        """Its consumer has said since then where a partition stands."""
        db = self.database(worker.removesuffix(" worker"))
        with db.client:
            said = db.consumer_positions
            wait_until(lambda: said.find_one({"at": {"$gt": since}}), 120, f"{worker} reads", every=0.2)

    def ended(self) -> dict[str, str]:
        """The parts that should run and do not, each with its exit code and the end of its log."""
        return {
            name: f"{process.returncode}: {(self.folder / 'logs' / self.by_name[name].log).read_text()[-2000:]}"
            for name, process in self.running.items()
            if self.by_name[name].ready and process.poll() is not None
        }

    def url(self, program: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.settings[f'{program.upper()}_PORT']}{path}"

    def get(self, program: str, path: str, **options: Any) -> Any:
        return ask("GET", self.url(program, path), **options)

    def post(self, program: str, path: str, body: Any = None, **options: Any) -> Any:
        return ask("POST", self.url(program, path), json=body if body is not None else {}, **options)

    def database(self, service: str) -> Database:
        """As its own service sees it."""
        return MongoClient(self.settings[f"{service.upper()}_MONGO_URI"], tz_aware=True).get_default_database()


def ask(method: str, url: str, expect: int | None = None, **options: Any) -> Any:
    """The JSON answer; `expect` is the status that it must have."""
    answer = HTTP.request(method, url, **options)
    if expect is not None:
        assert answer.status == expect, f"{method} {url}: {answer.status} {answer.data[:500]!r}"
    return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.data.decode()
