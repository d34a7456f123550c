"""The files of a backup: one that is cut, altered, missing, or in another's place is told by name."""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from environs import FileAwareEnv

from shared import sealed
from shared.backup import files, settings
from shared.retention import Contradiction, Retention

ROWS = [b"a person's name" * 100, b"another"]
NAME = "inn-20261128T060000Z"


def some_keys(kid: str = "k1") -> sealed.Keys:
    return sealed.Keys.parse(f"{kid}:{base64.b64encode(os.urandom(32)).decode()}")


@pytest.fixture
def keys() -> sealed.Keys:
    return some_keys()


@pytest.fixture
def backup(tmp_path: Path, keys: sealed.Keys) -> files.Backup:
    with files.begun(tmp_path, NAME, keys) as made:
        for number, kind in enumerate([files.DOCUMENTS, files.DOCUMENTS, files.SNAPSHOT], 1):
            made.write(number, kind, [*ROWS, str(number).encode()])
    found = files.Backup.at(tmp_path / NAME, keys)
    found.write(4, files.CHANGES, ROWS)
    return found


def read_all(backup: files.Backup) -> list[bytes]:
    return [backup.read(file) for file in backup.files()]


def test_what_was_written_is_read_and_nothing_of_it_stands_in_the_clear(backup: files.Backup) -> None:
    assert read_all(backup) == [b"".join([*ROWS, tail]) for tail in (b"1", b"2", b"3", b"")]
    assert all(b"person" not in file.path.read_bytes() for file in backup.files())
    assert {file.path.stat().st_mode & 0o777 for file in backup.files()} == {0o600}


def cut(folder: Path) -> None:
    path = folder / "00000002.documents"
    path.write_bytes(path.read_bytes()[:-1])


def emptied(folder: Path) -> None:
    (folder / "00000002.documents").write_bytes(files.MAGIC)


def altered(folder: Path) -> None:
    path = folder / "00000002.documents"
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


def swapped(folder: Path) -> None:
    one, other = folder / "00000001.documents", folder / "00000002.documents"
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def missing(folder: Path) -> None:
    (folder / "00000002.documents").unlink()


def without_its_end(folder: Path) -> None:
    (folder / "00000003.snapshot").unlink()
    (folder / "00000004.changes").unlink()


def another_kind(folder: Path) -> None:
    (folder / "00000002.documents").rename(folder / "00000002.changes")


def strange(folder: Path) -> None:
    (folder / "notes.txt").write_text("what somebody left here")


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (cut, "00000002"),
        (emptied, "00000002"),
        (altered, "00000002"),
        (swapped, "00000001"),
        (missing, "00000002"),
        (without_its_end, "one file .snapshot"),
        (another_kind, "expected documents"),
        (strange, "notes.txt"),
    ],
)
def test_what_was_done_to_a_backup_is_told(backup: files.Backup, damage: Callable[[Path], None], named: str) -> None:
    damage(backup.folder)
    with pytest.raises(files.Broken, match=named):
        read_all(backup)


def test_another_key_is_told_and_an_older_one_still_opens(backup: files.Backup, keys: sealed.Keys) -> None:
    other = some_keys("k2")
    rotated = sealed.Keys((*other.keys, *keys.keys))
    assert read_all(files.Backup.at(backup.folder, rotated)) == read_all(backup)
    for wrong, said in ((other, "no key with the id 'k1'"), (some_keys(), "another key than 'k1'")):
        with pytest.raises(files.Broken, match=said):
            read_all(files.Backup.at(backup.folder, wrong))


def test_a_file_of_another_backup_is_told(backup: files.Backup, tmp_path: Path) -> None:
    elsewhere = tmp_path / "inn-20261129T060000Z"
    backup.folder.rename(elsewhere)
    with pytest.raises(files.Broken, match="00000001"):
        read_all(files.Backup.at(elsewhere, backup.keys))


def test_what_was_under_way_when_the_process_died_is_not_looked_at(backup: files.Backup) -> None:
    (backup.folder / "00000005.changes.new").write_bytes(b"half of")
    assert len(read_all(backup)) == 4


def test_a_snapshot_that_fails_leaves_nothing(tmp_path: Path, keys: sealed.Keys) -> None:
    def fail() -> None:
        with files.begun(tmp_path, NAME, keys) as made:
            made.write(1, files.DOCUMENTS, ROWS)
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_two_processes_do_not_write_in_one_folder(backup: files.Backup) -> None:
    with files.held(backup.folder), pytest.raises(files.InUse, match=NAME), files.held(backup.folder):
        pass
    with files.held(backup.folder):
        pass


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"BACKUP_KEYS": "k1:short"}, "BACKUP_KEYS"),
        ({"BACKUP_DAYS": "0"}, "BACKUP_DAYS"),
        ({"BACKUP_HOURS": "0"}, "BACKUP_HOURS"),
        ({"BACKUP_FOLDER": None}, "BACKUP_FOLDER"),
        ({"BACKUP_KEYS": None}, "BACKUP_KEYS"),
    ],
)
def test_a_setting_that_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: dict[str, str | None], said: str
) -> None:
    right = {"BACKUP_FOLDER": str(tmp_path), "BACKUP_KEYS": f"k1:{base64.b64encode(bytes(32)).decode()}"}
    for name, value in (right | told).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    with pytest.raises(Exception, match=said):
        settings.Told.read(FileAwareEnv(), Retention())


def test_a_backup_is_not_kept_longer_than_kafka_keeps_what_came_after_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BACKUP_FOLDER", str(tmp_path))
    monkeypatch.setenv("BACKUP_KEYS", f"k1:{base64.b64encode(bytes(32)).decode()}")
    monkeypatch.setenv("BACKUP_DAYS", "61")
    with pytest.raises(Contradiction, match="KAFKA_RETENTION_DAYS"):
        settings.Told.read(FileAwareEnv(), Retention())
