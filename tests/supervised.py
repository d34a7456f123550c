"""The local stack, or some of its parts, under its supervisor as `make run` starts it, in a folder of its own."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy import secrets
from deploy.local import processes, settings
from tests.ports import free_port
from tests.wait import wait_until

READY = "Stop with Ctrl-C"


@dataclass
class Run:
    folder: Path
    process: processes.Program

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    @property
    def settings(self) -> dict[str, str]:
        return secrets.read(self.folder / "settings.env")

    def pids(self, words: str = "") -> list[int]:
        """Its living processes whose command line has these words."""
        found = processes.marked(str(self.folder))
        return [pid for pid in found if words in _command_line(pid)]

    def interrupt(self, timeout: float = 60) -> int:
        """Ctrl-C. The exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout)


def ports() -> dict[str, str]:
    return {name: str(free_port()) for name in settings.PORTS}


def launch(folder: Path, only: str | None = None, environment: dict[str, str] | None = None) -> Run:
    """Starts it and does not wait."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "output").write_text("")
    command = [sys.executable, "-m", "deploy.local", "--folder", str(folder)]
    command += ["--only", only] if only else []
    given = {**os.environ, "COLUMNS": "200", **(environment or ports())}
    return Run(folder, processes.start(command, folder / "output", given))


def wait_ready(run: Run, timeout: float = 120) -> Run:
    def ready() -> bool:
        return run.process.poll() is not None or READY in run.output

    wait_until(ready, timeout, "the stack is ready", every=0.1)
    if run.process.poll() is not None:
        raise AssertionError(f"the stack ended with {run.process.returncode}:\n{run.output}")
    return run


@contextmanager
def running(folder: Path, only: str | None = None, environment: dict[str, str] | None = None) -> Iterator[Run]:
    run = launch(folder, only, environment)
    try:
        yield wait_ready(run)
    finally:
        processes.stop(run.process, 40)
        processes.end_leftovers(str(folder))


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # gone meanwhile
        return ""
