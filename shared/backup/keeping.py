"""The backups of a service in a folder: which are there, whether they are whole, which go."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared import clock, sealed
from shared.backup import changes, files, snapshot
from shared.backup.settings import Told
from shared.telemetry import log

STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Summary:
    """`at`: the snapshot; `until`: the last change."""

    at: datetime
    until: datetime
    documents: int
    changes: int
    size: int


def there(told: Told, service: str) -> list[files.Backup]:
    """Oldest first; those under way are not among them."""
    found = sorted(told.folder.glob(f"{service}-*")) if told.folder.is_dir() else []
    return [files.Backup.at(path, told.keys) for path in found if path.is_dir()]


def check(backup: files.Backup) -> Summary:
    """Reads every file. Raises Broken."""
    mark = snapshot.mark(backup)
    found = dict.fromkeys(mark.documents, 0)
    until, count = mark.time, 0
    in_order = backup.files()
    for file in in_order:
        if file.kind == files.DOCUMENTS:
            name, rows = snapshot.read(backup, file)
            found[name] = found.get(name, 0) + len(rows)
        elif file.kind == files.CHANGES:
            piece = changes.Piece.of(backup.read(file))
            until, count = piece.until, count + len(piece.changes)
    if found != mark.documents:
        raise files.Broken(f"{backup.folder}: expected {mark.documents} documents, found {found}")
    size = sum(file.path.stat().st_size for file in in_order)
    return Summary(mark.time, until, sum(found.values()), count, size)


def reaches(backup: files.Backup) -> datetime:
    """By its last file. Raises Broken."""
    last = backup.files()[-1]
    return changes.Piece.of(backup.read(last)).until if last.kind == files.CHANGES else snapshot.mark(backup).time


def furthest(told: Told, service: str) -> files.Backup:
    """The one that reaches to the latest moment. Raises Broken, also when there is none."""
    found = there(told, service)
    if not found:
        raise files.Broken(f"BACKUP_FOLDER {told.folder} has no backup of {service}")
    return max(found, key=reaches)


def prune(told: Told, service: str) -> None:
    """Takes away what is older than BACKUP_DAYS, never the newest; and what a process that died has left behind."""
    for backup in there(told, service)[:-1]:
        if clock.now() - begun_at(backup) > timedelta(days=told.days):
            away = told.folder / f".{backup.name}{files.PARTIAL}"
            files.put_in_place(backup.folder, away)
            log.info("backup is over", name=backup.name)
    for left in told.folder.glob(f".{service}-*{files.PARTIAL}"):
        _remove(left)


def _remove(left: Path) -> None:
    try:
        with files.held(left):
            shutil.rmtree(left)
    except files.InUse:
        log.info("another backup is under way", folder=left.name)


def begun_at(backup: files.Backup) -> datetime:
    """By its name, which is sealed with each file."""
    return datetime.strptime(backup.name.rpartition("-")[2], STAMP).replace(tzinfo=UTC)


def opened(folder: Path, keys: sealed.Keys, service: str) -> files.Backup:
    """Raises Broken."""
    backup = files.Backup.at(folder, keys)
    mark = snapshot.mark(backup)
    if mark.service != service:
        raise files.Broken(f"{folder} is a backup of {mark.service}, expected one of {service}")
    return backup
