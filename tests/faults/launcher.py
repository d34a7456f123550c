"""Runs a program of the product with one function wrapped, so that the process dies (SIGKILL) right before or after
it.

python -m tests.faults.launcher --flag FILE after shared.relay.Relay._deliver -- services.booking.worker [arguments]

The product has no hook for this: the wrapping is done from outside, here. The process dies once: the flag file is
made before it does, and with the file there the program runs undisturbed, as it does when started again.
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("moment", choices=["before", "after"])
    parser.add_argument("function", help="dotted path of a function or method")
    parser.add_argument("--flag", type=Path, required=True)
    parser.add_argument("program", nargs=argparse.REMAINDER, help="-- module arguments…")
    given = parser.parse_args()
    owner, name = find(given.function)
    setattr(owner, name, deadly(getattr(owner, name), given.moment, given.flag))
    module, *arguments = [word for word in given.program if word != "--"]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


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
