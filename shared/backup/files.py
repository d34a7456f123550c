"""The files of one backup: numbered, sealed, each bound to the backup and to its own place in it."""

import fcntl
import os
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared import sealed

MAGIC = b"sendero backup 1\n"
DOCUMENTS, SNAPSHOT, CHANGES = "documents", "snapshot", "changes"
NAME = re.compile(rf"(\d{{8}})\.({DOCUMENTS}|{SNAPSHOT}|{CHANGES})")
UNDER_WAY, PARTIAL = ".new", ".partial"


class Broken(Exception):
    """A backup that is not as it was written: which file, what was expected of it."""


class InUse(Exception):
    """Another process writes in this folder."""


@dataclass(frozen=True)
class File:
    path: Path
    number: int
    kind: str


@dataclass(frozen=True)
class Backup:
    """`folder` has another name than the backup until the snapshot is whole."""

    folder: Path
    name: str
    keys: sealed.Keys = field(repr=False)

    @classmethod
    def at(cls, folder: Path, keys: sealed.Keys) -> "Backup":
        return cls(folder, folder.resolve().name, keys)

    def files(self) -> list[File]:
        """In their order: documents, the mark that ends the snapshot, changes. Raises Broken."""
        found = sorted(path for path in self.folder.iterdir() if not path.name.endswith(UNDER_WAY))
        files = [self._file(path, number) for number, path in enumerate(found, 1)]
        kinds = "".join(file.kind[0] for file in files)
        if not re.fullmatch("d*sc*", kinds):
            raise Broken(f"{self.folder}: expected documents, one file .{SNAPSHOT}, then changes")
        return files

    def _file(self, path: Path, number: int) -> File:
        told = NAME.fullmatch(path.name)
        if not told:
            raise Broken(f"{path}: is no file of a backup")
        if int(told[1]) != number:
            raise Broken(f"{self.folder}: file {number:08} is missing, found {path.name}")
        return File(path, number, told[2])

    def write(self, number: int, kind: str, rows: Iterable[bytes]) -> int:
        """One file, on the disk when this returns; how many bytes."""
        path = self.folder / f"{number:08}.{kind}"
        content = MAGIC + self.keys.seal_bytes(zlib.compress(b"".join(rows)), self._bound_to(path))
        fresh = path.with_name(path.name + UNDER_WAY)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        put_in_place(fresh, path)
        return len(content)

    def read(self, file: File) -> bytes:
        """What was written, BSON behind BSON. Raises Broken."""
        content = file.path.read_bytes()
        if not content.startswith(MAGIC):
            raise Broken(f"{file.path}: does not begin as a file of a backup does")
        try:
            return zlib.decompress(self.keys.open_bytes(content[len(MAGIC) :], self._bound_to(file.path)))
        except sealed.CannotOpen as error:
            raise Broken(
                f"{file.path}: {error}. Expected: whole, in its own place in {self.name}, sealed with a key of "
                "BACKUP_KEYS"
            ) from None

    def _bound_to(self, path: Path) -> str:
        return f"backup|{self.name}|{path.name}"


@contextmanager
def begun(store: Path, name: str, keys: sealed.Keys) -> Iterator[Backup]:
    """A backup that is there, whole, when the block ends, and not at all when it fails."""
    final, partial = store / name, store / f".{name}{PARTIAL}"
    partial.mkdir(mode=0o700, parents=True)
    with held(partial):
        try:
            yield Backup(partial, name, keys)
            put_in_place(partial, final)
        except BaseException:
            shutil.rmtree(partial)
            raise


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """By one process at a time. Raises InUse."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"{folder}: another process writes there") from None
        yield
    finally:
        os.close(handle)


def put_in_place(fresh: Path, final: Path) -> None:
    fresh.rename(final)
    handle = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
