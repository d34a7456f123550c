"""A plan is carried out as far as the clients have come, and says what became of each fault."""

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.proof import running
from tests.proof.plan import Fault
from tests.wait import lasts

CASES = 100


class Clients:
    """Who are through with every case as soon as they may begin it, or with none at all."""

    def __init__(self, quick: bool = True) -> None:
        self.quick = quick
        self.allowed: list[int] = []

    def allow(self, count: int) -> None:
        self.allowed.append(count)

    def progress(self) -> tuple[int, int]:
        return (max(self.allowed, default=0) if self.quick else 0, CASES)


class Kinds:
    """Faults that only note which of them went on together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.going: list[str] = []
        self.together: list[tuple[str, ...]] = []

    def __call__(self, system: Any, fault: Fault) -> dict[str, Any]:
        with self._lock:
            self.going.append(fault.target)
            self.together.append(tuple(sorted(self.going)))
        lasts(fault.seconds)
        with self._lock:
            self.going.remove(fault.target)
        return {"met": True}


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> Kinds:
    kinds = Kinds()
    monkeypatch.setitem(running.KINDS, "clock", kinds)
    return kinds


def fault(n: int, target: str, at: float, seconds: float = 0.1) -> Fault:
    return Fault(n, "clock", target, at, seconds, 0)


def carry_out(folder: Path, faults: list[Fault], clients: Clients | None = None) -> running.Execution:
    system: Any = SimpleNamespace(folder=folder)
    execution = running.Execution(system, faults, clients or Clients(), lambda text: None)
    execution.carry_out()
    return execution


def noted(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "faults.jsonl").read_text().splitlines()]


def test_every_fault_is_noted_with_its_times_and_what_came_of_it(tmp_path: Path, kinds: Kinds) -> None:
    execution = carry_out(tmp_path, [fault(1, "a web", 0.1), fault(2, "b web", 0.2)])
    lines = sorted(noted(tmp_path), key=lambda line: line["n"])
    assert execution.failures == []
    assert [(line["n"], line["target"], line["detail"]) for line in lines] == [
        (1, "a web", {"met": True}),
        (2, "b web", {"met": True}),
    ]
    assert all(line["ended"] > line["began"] for line in lines)


def test_what_touches_the_same_thing_waits_until_it_is_free_however_long_that_takes(
    tmp_path: Path, kinds: Kinds
) -> None:
    carry_out(tmp_path, [fault(1, "a web", 0.1, seconds=1.2), fault(2, "a web", 0.3), fault(3, "b web", 0.4)])
    assert ("a web", "a web") not in kinds.together


def test_others_go_on_together(tmp_path: Path, kinds: Kinds) -> None:
    carry_out(tmp_path, [fault(1, "a web", 0.1, seconds=3), fault(2, "b web", 0.2)])
    assert ("a web", "b web") in kinds.together


def test_a_fault_that_fails_is_told_and_the_others_go_on(
    tmp_path: Path, kinds: Kinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(system: Any, fault: Fault) -> dict[str, Any]:
        raise RuntimeError("the engine is gone")

    monkeypatch.setitem(running.KINDS, "kill", fails)
    execution = carry_out(tmp_path, [Fault(1, "kill", "a web", 0.1, 0, 0), fault(2, "b web", 0.2)])
    assert execution.failures == ["fault 1, kill of a web: RuntimeError: the engine is gone"]
    assert len(noted(tmp_path)) == 2


def test_clients_may_begin_more_as_the_plan_goes_on_and_all_at_its_end(tmp_path: Path, kinds: Kinds) -> None:
    clients = Clients()
    carry_out(tmp_path, [fault(1, "a web", 0.1), fault(2, "b web", 3)], clients)
    assert clients.allowed == sorted(clients.allowed)
    assert clients.allowed[0] < CASES / 2
    assert clients.allowed[-1] >= CASES / 2


def test_clients_who_do_not_get_on_hold_the_plan_up_only_for_a_while(
    tmp_path: Path, kinds: Kinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PATIENCE", 0.5)
    clients = Clients(quick=False)
    carry_out(tmp_path, [fault(1, "a web", 0.1), fault(2, "b web", 2.0)], clients)
    assert len(noted(tmp_path)) == 2
