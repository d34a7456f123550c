"""Starts the parts in order, keeps them running, and stops them in reverse order."""

import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import processes
from deploy.local.parts import ROOT, Part, environment
from deploy.local.screen import Screen, ending
from deploy.local.settings import Settings, of_part

TURN = 0.05
LONGEST_WAIT = 30  # seconds before a part that keeps ending is started again
SETTLED = 60  # seconds after which an end counts as the first one


class Failed(Exception):
    def __init__(self, part: Part, reason: str):
        super().__init__(f"{part.name}: {reason}")
        self.part, self.reason = part, reason


@dataclass
class Running:
    """One part's present life."""

    part: Part
    process: processes.Program | None = None
    since: float = 0
    ready: bool = False
    answer: Future[bool] | None = field(default=None, repr=False)
    ends: int = 0
    start_at: float | None = None  # set while it waits to be started again


class Supervisor:
    def __init__(self, parts: list[Part], settings: Settings, folder: Path, screen: Screen):
        self.settings, self.folder, self.screen = settings, folder, screen
        self.running = {part.name: Running(part, ready=not part.at_first) for part in parts}
        self.stopping = False
        self.checks = ThreadPoolExecutor(max_workers=len(parts))

    def run(self) -> int:
        """Until it is told to stop (0) or a part does not start (1). Either way it leaves nothing behind."""
        try:
            with self.screen.progress():
                self._start_all()
            if not self.stopping:
                self.screen.table(self.settings, [one.part for one in self.running.values()], self.folder)
            while not self.stopping:
                self._keep()
                time.sleep(TURN)
            return 0
        except Failed as failure:
            self.screen.failed(failure.part, failure.reason, self._log(failure.part))
            return 1
        finally:
            self._stop_all()

    def stop(self, *_: object) -> None:
        """A signal handler; the second one does not wait for anybody."""
        if self.stopping:
            for one in self.running.values():
                if one.process is not None and one.process.poll() is None:
                    one.process.kill()
        self.stopping = True

    def _start_all(self) -> None:
        while not self.stopping:
            for one in self.running.values():
                if one.process is not None and not one.ready:
                    self._check(one)
                elif not one.ready and self._may_start(one.part):
                    self._start(one)
            first = [one for one in self.running.values() if one.part.at_first]
            waiting = [one for one in first if not one.ready]
            names = [one.part.name for one in waiting if one.process is not None]
            self.screen.awaiting(len(first) - len(waiting), len(first), names)
            if not waiting:
                return
            time.sleep(TURN)

    def _may_start(self, part: Part) -> bool:
        return all(self.running[name].ready for name in part.after if name in self.running)

    def _start(self, one: Running) -> None:
        one.process = processes.start(
            one.part.command(self.settings, self.folder),
            self._log(one.part),
            {
                **environment(),
                **of_part(self.settings, one.part.service, one.part.secrets),
                processes.MARK: str(self.folder),
            },
            ROOT,
        )
        one.since, one.ready, one.answer, one.start_at = time.monotonic(), False, None, None

    def _check(self, one: Running) -> None:
        """Raises Failed when it ended or took too long."""
        code = one.process.poll() if one.process else None
        if code is not None and (one.part.ready or code != 0):
            when = " before it was ready" if one.part.ready else ""
            raise Failed(one.part, f"ended with {ending(code)}{when}")
        if code == 0 or self._answered(one):
            one.ready = True
            self.screen.ready(one.part, time.monotonic() - one.since)
        elif time.monotonic() - one.since > one.part.within:
            raise Failed(one.part, f"was not ready within {one.part.within:.0f} s")

    def _answered(self, one: Running) -> bool:
        if one.part.ready is None:
            return False
        if one.answer is None:
            one.answer = self.checks.submit(one.part.ready, self.settings)
        elif one.answer.done():
            answer, one.answer = one.answer.result(), None
            return answer
        return False

    def _keep(self) -> None:
        """One look at everything: what ended is started again, a little later each time."""
        for one in self.running.values():
            if one.start_at is not None:
                if time.monotonic() >= one.start_at:
                    self._start(one)
            elif one.process is not None and one.process.poll() is not None:
                if one.part.ready or one.process.returncode != 0:
                    self._again(one)
                elif not one.ready:
                    self._back(one)
            elif not one.ready and self._answered(one):
                self._back(one)

    def _again(self, one: Running) -> None:
        assert one.process is not None
        processes.kill_group(one.process)
        one.ends = 1 if time.monotonic() - one.since > SETTLED else one.ends + 1
        wait = min(2.0 ** (one.ends - 1), LONGEST_WAIT)
        one.start_at, one.ready = time.monotonic() + wait, False
        self.screen.ended(one.part, one.process.returncode, wait, self._log(one.part))

    def _back(self, one: Running) -> None:
        one.ready = True
        self.screen.say(f"{one.part.name} is {'ready' if one.part.ready else 'done'} again")
        for name in one.part.again:
            if name in self.running:
                self.running[name].start_at, self.running[name].ready = time.monotonic(), False

    def _stop_all(self) -> None:
        began = time.monotonic()
        self.stopping = True
        self.screen.say("Stopping; once more Ctrl-C does not wait.")
        for wave in self._waves():
            alive = [one for one in wave if one.process is not None]
            for one in alive:
                if one.process is not None and one.process.poll() is None:
                    one.process.terminate()
            for one in alive:
                if one.process is not None and not processes.stop(one.process, one.part.patience):
                    self.screen.say(f"{one.part.name} did not stop within {one.part.patience:.0f} s and was ended")
        self.checks.shutdown(wait=False, cancel_futures=True)
        self.screen.say(f"Everything is stopped, after {time.monotonic() - began:.1f} s.")

    def _waves(self) -> list[list[Running]]:
        """What nothing else needs comes first."""
        left, waves = dict(self.running), []
        while left:
            needed = {name for one in left.values() for name in one.part.after}
            wave = [one for name, one in left.items() if name not in needed]
            waves.append(wave)
            for one in wave:
                del left[one.part.name]
        return waves

    def _log(self, part: Part) -> Path:
        return self.folder / "logs" / part.log


def obey(supervisor: Supervisor) -> None:
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, supervisor.stop)
