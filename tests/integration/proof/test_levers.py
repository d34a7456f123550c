"""What is done to a running program by files, from outside it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from deploy.local.parts import ROOT
from tests.faults.levers import MOMENTS

PROGRAM = """
import importlib, sys
from pathlib import Path
from tests.faults import levers
levers.prepare(Path(sys.argv[1]))
"""


def run(folder: Path, more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", PROGRAM + more, str(folder / "booking" / "worker-1")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180)


def said(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_named_moment_is_one_of_the_products(tmp_path: Path) -> None:
    look = """
import functools
for name, (_, module, function) in levers.MOMENTS.items():
    found = functools.reduce(getattr, function.split("."), importlib.import_module(module))
    print(name, hasattr(found, "__wrapped__"))
"""
    assert said(run(tmp_path, look)).splitlines() == [f"{name} True" for name in MOMENTS]


def test_who_meets_a_moment_whose_lever_is_there_dies_once(tmp_path: Path) -> None:
    lever = tmp_path / "booking" / "done-uncommitted"
    lever.parent.mkdir()
    lever.touch()
    meet = "from shared.consumer import member\nmember._commit()"
    assert run(tmp_path, meet).returncode == -signal.SIGKILL
    assert not lever.exists()
    assert "TypeError" in run(tmp_path, meet).stderr  # it is called now, without what it needs


def test_its_clock_is_ahead_as_long_as_the_lever_says_so(tmp_path: Path) -> None:
    lever = tmp_path / "booking" / "worker-1" / "clock"
    jump = f"""
import datetime, time
from shared import clock
lever = Path({str(lever)!r})
for seconds in (3600, 0):
    lever.write_text(str(seconds))
    real = datetime.datetime.now(datetime.UTC)
    print(*(round(ahead / 60) for ahead in ((clock.now() - real).total_seconds(), time.time() - real.timestamp())))
"""
    assert said(run(tmp_path, jump)).splitlines() == ["60 60", "0 0"]


def test_handlers_raise_for_some_cases_and_always_the_same(tmp_path: Path) -> None:
    lever = tmp_path / "booking" / "raising"
    handle = f"""
from shared.events import Event
from shared.inbox import Reading
Path({str(lever)!r}).write_text({json.dumps(json.dumps({"of": 3, "which": 1}))})
handler = Reading({{"seen.v1": lambda db, event: None}}).handler("seen.v1")
def fails(key):
    try:
        handler(None, Event("seen.v1", key, {{}}))
    except levers.Levered:
        return True
    return False
first = [fails(str(number)) for number in range(30)]
print(any(first), all(first), first == [fails(str(number)) for number in range(30)])
"""
    assert said(run(tmp_path, handle)) == "True False True"


def test_a_lease_says_whose_it_is(tmp_path: Path) -> None:
    assert said(run(tmp_path, "from shared import leases\nprint(leases.new_token())")).startswith("worker-1.")
