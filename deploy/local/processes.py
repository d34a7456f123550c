"""Starts and ends programs so that none outlives its starter, and finds those that did all the same."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.local import child

MARK = "SENDERO_LOCAL_STACK"  # in the environment of every process of a stack: the stack's folder


class Program(subprocess.Popen[bytes]):
    """A child that leads a process group of its own, and takes the group along when it ends: before its own number is
    given back, since after that the number may be a stranger's."""

    def poll(self) -> int | None:
        if self.returncode is None and _has_ended(self.pid):
            _kill_group(self.pid)
        return super().poll()

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            descriptor = os.pidfd_open(self.pid)
            try:
                if not _gone(descriptor, timeout):
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
            finally:
                os.close(descriptor)
            self.poll()
        return super().wait(timeout)


def start(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Program:
    """With this environment (None: ours) and in a session of its own: Ctrl-C reaches the starter only. Call it
    from the main thread: the kernel's promise to end the child is bound to the thread that forked it."""
    with log.open("ab") as output:
        return Program(
            [sys.executable, "-S", child.__file__, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )


def stop(program: Program, patience: float) -> bool:
    """SIGTERM to the program, after `patience` seconds SIGKILL to all of it. True: it went by itself."""
    if program.poll() is None:
        program.terminate()
    try:
        program.wait(patience)
    except subprocess.TimeoutExpired:
        kill_group(program)
        return False
    return True


def kill_group(program: Program) -> None:
    """What the program started goes too."""
    if program.poll() is None:
        _kill_group(program.pid)
    program.wait()


def _has_ended(number: int) -> bool:
    """Without taking its end note of, so that its number stays its own."""
    return os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_group(number: int) -> None:
    with suppress(ProcessLookupError):  # it has not made its group yet
        os.killpg(number, signal.SIGKILL)


def end_leftovers(mark: str, patience: float = 10) -> int:
    """Ends every process that carries this mark, and says how many there were. A stranger carries none, and a
    process is held by a descriptor while it is looked at, so that a number given to another hits nobody."""
    held = [descriptor for descriptor, _ in _marked(mark)]
    try:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for descriptor in held:
                _send(descriptor, sign)
            if all([_gone(descriptor, patience) for descriptor in held]):
                break
    finally:
        for descriptor in held:
            os.close(descriptor)
    return len(held)


def marked(mark: str) -> list[int]:
    """Numbers of the living processes that carry the mark."""
    found = []
    for descriptor, number in _marked(mark):
        os.close(descriptor)
        found.append(number)
    return found


def _marked(mark: str) -> list[tuple[int, int]]:
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            descriptor = os.pidfd_open(int(entry.name))
        except OSError:  # gone meanwhile, or a thread
            continue
        if wanted in _environment(entry):
            found.append((descriptor, int(entry.name)))
        else:
            os.close(descriptor)
    return found


def _environment(entry: Path) -> list[bytes]:
    try:
        return (entry / "environ").read_bytes().split(b"\0")
    except OSError:  # another user's, or gone meanwhile
        return []


def _send(descriptor: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # gone meanwhile, as wished
        signal.pidfd_send_signal(descriptor, sign)


def _gone(descriptor: int, patience: float | None) -> bool:
    return bool(select.select([descriptor], [], [], patience)[0])
