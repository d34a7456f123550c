"""Becomes the program named after it, and ends with its starter: `child.py PARENT PROGRAM …`."""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
OPEN_FILES = 64_000  # what MongoDB asks for; many a shell starts with 1,024, and a mongod that reaches its limit ends


def main() -> None:
    parent, program, *arguments = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):  # it died before the line above
        raise SystemExit("the process that started this one is gone")
    _may_open_files()
    os.execvp(program, [program, *arguments])  # noqa: S606


def _may_open_files() -> None:
    """As many as it wants, or as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    main()
