"""Where the tests' own servers keep their data."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
ENOUGH = 3 * 2**30  # bytes


@contextmanager
def folder() -> Iterator[Path]:
    """In memory, when there is room: a test's database is some hundred files, and each waits for the disk when it is
    made. A server that is killed loses nothing more by it: what it has written the kernel keeps, here as there."""
    roomy = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free >= ENOUGH
    with tempfile.TemporaryDirectory(prefix="sendero-", dir=SHARED_MEMORY if roomy else None) as made:
        yield Path(made)
