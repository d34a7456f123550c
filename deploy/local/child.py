"""Becomes the program named after it, and ends with its starter: `child.py PARENT PROGRAM …`."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, program, *arguments = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):  # it died before the line above
        raise SystemExit("the process that started this one is gone")
    os.execvp(program, [program, *arguments])  # noqa: S606


if __name__ == "__main__":
    main()
