"""Carries the plan out, as far as the clients have come: neither runs away from the other."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from tests.proof import plan
from tests.proof.faults import KINDS
from tests.proof.plan import Fault
from tests.proof.system import System
from tests.wait import lasts

TURN = 0.2
SLACK = 0.06  # of all cases, that the clients may be behind the plan
PATIENCE = 45.0  # seconds; clients who do not get on do not hold the plan up for longer
WORDS = 110


class Clients(Protocol):
    def allow(self, count: int) -> None: ...

    def progress(self) -> tuple[int, int]: ...


class Execution:
    """`carry_out` returns when every fault is over. `failures`: what went wrong with the faults themselves."""

    def __init__(self, system: System, faults: list[Fault], clients: Clients, say: Callable[[str], None]) -> None:
        self.system, self.faults, self.clients, self.say = system, faults, clients, say
        self.failures: list[str] = []
        self.at = 0.0  # in the plan's time
        self._behind = 0.0
        self._going: dict[Future[None], Fault] = {}
        self._threads = ThreadPoolExecutor(plan.AT_ONCE, thread_name_prefix="fault")
        self._file = threading.Lock()

    def carry_out(self) -> None:
        waiting, length = list(self.faults), plan.length(self.faults)
        last = time.monotonic()
        while waiting or self._going:
            lasts(TURN)
            now = time.monotonic()
            self._go_on(now - last, length, waiting)
            last = now
            self._going = {future: fault for future, fault in self._going.items() if not future.done()}
            while waiting and waiting[0].at <= self.at and self._has_room(waiting[0]):
                fault = waiting.pop(0)
                self._going[self._threads.submit(self._run, fault)] = fault
            self.clients.allow(int(self.clients.progress()[1] * min(self.at / length, 1)) + 1)
        self._threads.shutdown()

    def _go_on(self, seconds: float, length: float, waiting: list[Fault]) -> None:
        """The plan's time goes on unless the next fault has to wait, or the clients are behind."""
        finished, cases = self.clients.progress()
        behind = self.at / length - finished / cases > SLACK
        self._behind = self._behind + seconds if behind else 0.0
        held = behind and self._behind < PATIENCE
        if not held and not (waiting and waiting[0].at <= self.at):
            self.at += seconds

    def _has_room(self, fault: Fault) -> bool:
        going = self._going.values()
        return len(going) < plan.AT_ONCE and not any(one.uses & fault.uses for one in going)

    def _run(self, fault: Fault) -> None:
        began, detail = time.time(), {}
        try:
            detail = KINDS[fault.kind](self.system, fault)
        except Exception as error:  # the others go on, and the run fails
            detail = {"failed": f"{type(error).__name__}: {error}"[:500]}
            self.failures.append(f"fault {fault.n}, {fault.kind} of {fault.target}: {detail['failed']}")
        self._note(fault, began, time.time(), detail)

    def _note(self, fault: Fault, began: float, ended: float, detail: dict[str, Any]) -> None:
        line = {"n": fault.n, "kind": fault.kind, "target": fault.target, "began": began, "ended": ended}
        with self._file, (self.system.folder / "faults.jsonl").open("a") as file:
            file.write(json.dumps({**line, "detail": detail}) + "\n")
        finished, cases = self.clients.progress()
        about = ", ".join(f"{name} {value}" for name, value in detail.items() if name in SHOWN)
        self.say(
            f"{fault.n:3} of {len(self.faults)}  {fault.kind:22} {fault.target:28} {ended - began:5.1f} s  "
            f"{finished:6} of {cases} cases  {about}"[: WORDS + 60]
        )


SHOWN = ("met", "past", "went_on", "process", "to", "operator", "failed")
