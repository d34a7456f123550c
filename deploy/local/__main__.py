"""`make run`: the whole of Sendero on this machine, without containers."""

import argparse
import ctypes
import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import IO

from deploy.local import child, parts, prerequisites, processes, settings, supervisor
from deploy.local.screen import Screen


def main() -> int:
    arguments = _arguments()
    folder: Path = arguments.folder.resolve()
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    _go_with_make()
    screen = Screen()
    lock = _lock(folder)
    if lock is None:
        screen.say(f"It runs already (process {(folder / 'lock').read_text()}): stop that one with Ctrl-C first.")
        return 1
    with lock:
        left = processes.end_leftovers(str(folder))
        if left:
            screen.say(f"Ended {left} processes that an earlier run had left behind.")
        return _run(screen, folder, arguments.only)


def _run(screen: Screen, folder: Path, only: list[str] | None) -> int:
    told = settings.load(folder, os.environ)
    chosen = parts.chosen(os.environ, only)
    lacking = prerequisites.lacking(chosen, told)
    for line in lacking:
        screen.say(line)
    if lacking:
        return 1
    for part in chosen:
        log = folder / "logs" / part.log
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
    screen.say(f"Starting {sum(part.at_first for part in chosen)} parts; their logs are in {folder / 'logs'}")
    stack = supervisor.Supervisor(chosen, told, folder, screen)
    supervisor.obey(stack)
    return stack.run()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("--folder", type=Path, default=parts.ROOT / ".local", help="data, logs, settings")
    names = ", ".join(part.name for part in parts.PARTS)
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"these and what they need, of: {names}")
    return parser.parse_args()


def _lock(folder: Path) -> IO[str] | None:
    """Held as long as this process lives; None: another one holds it."""
    file = (folder / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _go_with_make() -> None:
    """Started by make, it stops when make is gone: else a killed `make run` would go on unseen."""
    if Path(f"/proc/{os.getppid()}/comm").read_text().strip() == "make":
        ctypes.CDLL(None).prctl(child.PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
