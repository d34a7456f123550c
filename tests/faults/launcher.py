"""Runs a program of the product with one function wrapped, so that the process dies (SIGKILL) right before or after
it.

python -m tests.faults.launcher --flag FILE after shared.relay.Relay._deliver -- services.booking.worker [arguments]

The product has no hook for this: the wrapping is done from outside, here. The process dies once: the flag file is
made before it does, and with the file there the program runs undisturbed, as it does when started again.

python -m tests.faults.launcher --levers FOLDER -- services.booking.worker [arguments]

runs it with every known worst moment prepared: what happens there is told by files, again and again (levers.py).
"""

import argparse
import functools
import importlib
import os
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults import levers


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--levers", type=Path, help="folder of the files that say what happens")
    parser.add_argument("--flag", type=Path, help="made before it dies, once")
    parser.add_argument("moment", nargs="*", help="`before` or `after`, and the dotted path of a function or method")
    words = sys.argv[1:]
    given = parser.parse_args(words[: words.index("--")])
    if given.levers:
        levers.prepare(given.levers)
    else:
        moment, function = given.moment
        if moment not in ("before", "after") or given.flag is None:
            parser.error("before or after, and --flag")
        owner, name = find(function)
        setattr(owner, name, deadly(getattr(owner, name), moment, given.flag))
    sys.argv = words[words.index("--") + 1 :]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def find(path: str) -> tuple[Any, str]:
    """The module or class that holds what the dotted path names, and its name there."""
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            owner: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:-1]:
            owner = getattr(owner, part)
        getattr(owner, parts[-1])
        return owner, parts[-1]
    raise SystemExit(f"nothing is called {path}")


def deadly(function: Callable[..., Any], moment: str, flag: Path) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if moment == "before":
            die_once(flag)
        result = function(*args, **kwargs)
        if moment == "after":
            die_once(flag)
        return result

    return run


def die_once(flag: Path) -> None:
    try:
        flag.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
