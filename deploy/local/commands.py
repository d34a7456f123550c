"""Several commands of one service in one process: `python -m deploy.local.commands booking setup , sample`."""

import runpy
import sys
from itertools import groupby


def main() -> None:
    service, *words = sys.argv[1:]
    for is_separator, command in groupby(words, lambda word: word == ","):
        if not is_separator:
            _run(f"services.{service}.commands", list(command))


def _run(module: str, arguments: list[str]) -> None:
    print(f"{module} {arguments[0]}", flush=True)
    sys.argv[1:] = arguments
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code not in (None, 0):
            raise


if __name__ == "__main__":
    main()
