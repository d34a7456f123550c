"""Keeps processes running as an orchestrator would: what ends is started again, at once, until it is told otherwise."""

import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local import parts, processes
from tests.proof.programs import Program
from tests.wait import lasts, wait_until

LOOK_SECONDS = 0.1


class Keeper:
    """All starts happen on one thread that lives as long as the keeper: a child ends with the thread that made it."""

    def __init__(self, folder: Path, settings: Mapping[str, str], programs: list[Program]) -> None:
        self.folder, self.settings = folder, settings
        self.programs = {program.name: program for program in programs}
        self.running: dict[str, processes.Program] = {}
        self._wanted: set[str] = set()
        self._killed: set[int] = set()
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._thread.start()

    def start(self, *names: str) -> None:
        with self._lock:
            self._wanted |= set(names)

    def run(self, *names: str, within: float = 120) -> None:
        """Jobs: until each has ended well."""
        self.start(*names)
        for name in names:
            process = wait_until(lambda name=name: self.running.get(name), within, f"{name} began")
            if process.wait(within) != 0:
                raise RuntimeError(f"{name} failed:\n{self.log(name).read_text()[-3000:]}")

    def kill(self, name: str) -> None:
        """SIGKILL to all of it; it is started again at once, unless it was put down before."""
        process = self.running[name]
        self._killed.add(process.pid)
        processes.kill_group(process)

    def put_down(self, *names: str) -> None:
        """SIGKILL, and not started again before `start`."""
        with self._lock:
            self._wanted -= set(names)
        for name in names:
            self.kill(name)

    def send(self, name: str, sign: signal.Signals) -> None:
        os.killpg(self.running[name].pid, sign)

    def is_ready(self, name: str) -> bool:
        process, program = self.running.get(name), self.programs[name]
        if process is None or process.poll() is not None or program.part.ready is None:
            return False
        return program.part.ready(program.told(self.settings))

    def wait_ready(self, *names: str, within: float = 90) -> None:
        for name in names:
            wait_until(lambda name=name: self.is_ready(name), within, f"{name} is ready", every=0.1)

    def wait_again(self, *names: str, within: float = 90) -> None:
        """After a kill: as another process than the one that died."""
        lasts(3 * LOOK_SECONDS)
        self.wait_ready(*names, within=within)

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name.replace(' ', '-')}.log"

    def close(self) -> None:
        with self._lock:
            self._wanted.clear()
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
                process.terminate()
        for name, process in self.running.items():
            processes.stop(process, self.programs[name].part.patience)
        self._over.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._lock:
                for name in sorted(self._wanted):
                    self._look_after(name)

    def _look_after(self, name: str) -> None:
        program, process = self.programs[name], self.running.get(name)
        if process is not None:
            if process.poll() is None:
                return
            if program.part.ready is None:
                self._wanted.discard(name)
                return
            self._note(name, process)
            processes.kill_group(process)
        self.running[name] = processes.start(
            program.command(self.settings, self.folder),
            self.log(name),
            {**program.environment(self.settings), processes.MARK: str(self.folder)},
            parts.ROOT,
        )

    def _note(self, name: str, process: processes.Program) -> None:
        """What ended, and whether by a kill of ours: one that left by itself has something to tell."""
        line = {"at": time.time(), "name": name, "code": process.returncode, "killed": process.pid in self._killed}
        with (self.folder / "restarts.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
