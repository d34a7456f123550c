"""A database copied while it is written to: a snapshot of one instant, and every change behind it."""

import itertools
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from shared import backup, clock, mongo
from shared.backup import changes, files, snapshot
from tests.integration.spine.backups import content, quiet, told
from tests.wait import wait_until


@mongo.transactional
def move(db: Database, n: int) -> None:
    """One more there, one less here: in no state of the database is the sum another."""
    db.here.update_one({"_id": "sum"}, {"$inc": {"n": -1}})
    db.there.update_one({"_id": "sum"}, {"$inc": {"n": 1}})
    db.moves.insert_one({"_id": n})


@pytest.fixture
def counted(db: Database) -> Database:
    """Many small documents between the two that belong together, so that they are read far apart."""
    db.here.insert_one({"_id": "sum", "n": 1000})
    db.moves.insert_many([{"_id": -n, "text": "x" * 200} for n in range(1, 501)])
    db.there.insert_one({"_id": "sum", "n": 0})
    return db


def documents(taken: files.Backup) -> dict[str, list]:
    found: dict[str, list] = {}
    for file in taken.files():
        if file.kind == files.DOCUMENTS:
            name, rows = snapshot.read(taken, file)
            found.setdefault(name, []).extend(dict(row) for row in rows)
    return found


def test_a_snapshot_is_of_one_instant_though_writes_go_on(
    counted: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "PIECE_BYTES", 5_000)
    numbers = itertools.count()
    taken = snapshot.take(counted, told(tmp_path), quiet, lambda: move(counted, next(numbers)))
    found = documents(taken)
    moved = next(numbers)
    assert moved > 10, "nothing was written while it was read"
    assert found["here"][0]["n"] + found["there"][0]["n"] == 1000
    assert found["there"][0]["n"] == sum(row["_id"] >= 0 for row in found["moves"]) == 0
    assert counted.there.find_one()["n"] == moved


def test_changes_follow_the_snapshot_without_a_gap_while_others_write(
    counted: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files end where transactions end: what has been copied is a state that was, at the end of each file."""
    monkeypatch.setattr(changes, "PIECE_CHANGES", 7)
    stop, moved = threading.Event(), itertools.count()

    def write() -> None:
        while not stop.is_set():
            move(counted, next(moved))

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    taken = snapshot.take(counted, told(tmp_path), quiet)
    copier = changes.Copier(counted, taken)
    wait_until(lambda: (copier.step(), len(taken.files()) > 12)[1], 120, "files of changes")
    stop.set()
    for writer in writers:
        writer.join()
    copier.step()
    copier.close()
    found = documents(taken)
    total, moves = found["there"][0]["n"], {row["_id"] for row in found["moves"] if row["_id"] >= 0}
    assert total == len(moves)
    for file in taken.files():
        if file.kind == files.CHANGES:
            piece = changes.Piece.of(taken.read(file)).changes
            of = [change["of"] for change in piece]
            assert of.count("here") == of.count("there") == of.count("moves")
            moves |= {change["document"]["_id"] for change in piece if change["of"] == "moves"}
    assert moves == {row["_id"] for row in counted.moves.find({"_id": {"$gte": 0}})}


def write_every_way(db: Database) -> None:
    db.every.insert_many([{"_id": n, "list": list(range(5)), "map": {"a": 1, "7": 2}} for n in range(6)])
    db.every.update_one({"_id": 0}, {"$set": {"list.2": "x", "map.b": {"c": [1, {"d": 2}]}}, "$unset": {"map.a": ""}})
    db.every.update_one({"_id": 1}, [{"$set": {"list": {"$slice": ["$list", 2]}, "new": "$$NOW"}}])
    db.every.update_one({"_id": 1}, {"$push": {"list": {"e": 5}}})
    db.every.update_one({"_id": 2}, {"$set": {"map.7": 3, "map.8": None}})
    db.every.replace_one({"_id": 3}, {"other": True})
    db.every.delete_one({"_id": 4})
    db.every.update_one({"_id": 5}, [{"$set": {"list": [9, 1]}}])
    db.every.update_one({"_id": {"up": "serted"}}, {"$inc": {"n": 2**40}}, upsert=True)
    db.gone.insert_one({"_id": 1})
    db.gone.drop()


def test_each_way_to_write_is_done_again_as_it_was(db: Database, tmp_path: Path) -> None:
    db.every.insert_one({"_id": "before"})
    taken = snapshot.take(db, told(tmp_path), quiet)
    write_every_way(db)
    expected = content(db)
    copier = changes.Copier(db, taken)
    assert copier.step() > 10
    copier.close()
    again = [changes.Piece.of(taken.read(file)).changes for file in taken.files() if file.kind == files.CHANGES]
    db.every.delete_many({})
    db.every.insert_one({"_id": "before"})
    for piece in [*again, *again]:  # twice is once
        changes.do_again(db, piece)
    assert content(db) == expected


def test_signs_of_life_are_not_copied(db: Database, tmp_path: Path) -> None:
    db.heartbeats.insert_one({"_id": "x"})
    db.consumer_positions.insert_one({"_id": "t:0", "position": 3})
    db.kept.insert_one({"_id": 1})
    taken = snapshot.take(db, told(tmp_path), quiet)
    assert documents(taken).keys() == {"consumer_positions", "kept"}
    copier = changes.Copier(db, taken)
    db.heartbeats.update_one({"_id": "x"}, {"$set": {"n": 1}})
    db.consumer_positions.update_one({"_id": "t:0"}, {"$set": {"position": 4}})
    db.kept.update_one({"_id": 1}, {"$set": {"n": 1}})
    wait_until(lambda: copier.step() == 1, 60, "the change is copied")
    assert copier.step() == 0
    copier.close()


class Killed(BaseException):
    pass


def test_who_dies_between_writing_and_renaming_leaves_a_backup_that_is_gone_on_with(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(fresh: Path, final: Path) -> None:
        raise Killed

    db.kept.insert_one({"_id": 0})
    taken = snapshot.take(db, told(tmp_path), quiet)
    copier = changes.Copier(db, taken)
    db.kept.insert_one({"_id": 1})
    with monkeypatch.context() as patched:
        patched.setattr(files, "put_in_place", die)
        with pytest.raises(Killed):
            wait_until(copier.step, 60, "it dies")
    copier.close()
    assert [path.name for path in taken.folder.iterdir() if path.name.endswith(".new")] == ["00000003.changes.new"]
    db.kept.insert_one({"_id": 2})
    again = changes.Copier(db, taken)
    wait_until(lambda: again.step() == 2, 60, "both changes are copied")
    again.close()
    assert backup.check(taken).changes == 2
    assert not [path for path in taken.folder.iterdir() if path.name.endswith(".new")]


@pytest.fixture
def some(db: Database, tmp_path: Path) -> tuple[Database, backup.Told]:
    db.kept.insert_one({"_id": 0})
    return db, told(tmp_path)


def following(db: Database, folder: backup.Told, *said: list[str]) -> backup.Follower:
    return backup.Follower(db, folder, said[0].append if said else quiet)


def test_a_follower_goes_on_where_the_one_before_it_ended(some: tuple[Database, backup.Told]) -> None:
    db, folder = some
    for n in range(1, 3):
        follower, stop = following(db, folder), threading.Event()
        running = threading.Thread(target=follower.run, args=(stop, 0.05))
        running.start()
        wait_until(lambda: backup.there(folder, mongo.settings(db).service), 120, "a snapshot")
        db.kept.insert_one({"_id": n})
        (only,) = backup.there(folder, mongo.settings(db).service)
        wait_until(lambda only=only, n=n: backup.check(only).changes == n, 120, "the change is copied")
        stop.set()
        running.join(60)
    assert backup.check(only).documents == 1


def test_a_follower_takes_a_new_snapshot_when_it_is_time_and_takes_old_ones_away(
    some: tuple[Database, backup.Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, folder = some
    service, follower, begin = mongo.settings(db).service, following(*some), clock.now()
    follower.turn()
    (first,) = backup.there(folder, service)
    monkeypatch.setattr(clock, "now", lambda: begin + timedelta(hours=25))
    follower.turn()
    assert [one.name for one in backup.there(folder, service)][0] == first.name
    assert len(backup.there(folder, service)) == 2
    left = folder.folder / f".{service}-20200101T000000Z.partial"
    left.mkdir()
    monkeypatch.setattr(clock, "now", lambda: begin + timedelta(days=16))
    follower.turn()
    assert first.name not in [one.name for one in backup.there(folder, service)]
    assert not left.exists()
    follower._drop()


def test_a_backup_that_is_damaged_is_not_gone_on_with_but_told_and_a_new_one_begun(
    some: tuple[Database, backup.Told],
) -> None:
    db, folder = some
    service, said = mongo.settings(db).service, []
    taken = backup.take(db, folder, quiet)
    mark = taken.files()[-1].path
    mark.write_bytes(mark.read_bytes()[:-3])
    wait_until(lambda: clock.now().strftime("%S") != taken.name[-3:-1], 5, "another second", every=0.1)
    follower = following(db, folder, said)
    follower.turn()
    assert len(backup.there(folder, service)) == 2
    assert mark.name in said[0]
    follower._drop()


def test_a_follower_waits_for_a_database_that_is_away(some: tuple[Database, backup.Told]) -> None:
    class Away(backup.Follower):
        away = 2

        def turn(self) -> None:
            if self.away:
                self.away -= 1
                raise AutoReconnect("away")
            super().turn()
            stop.set()

    stop = threading.Event()
    Away(*some, quiet).run(stop, 0.01)
    assert len(backup.there(some[1], mongo.settings(some[0]).service)) == 1


def test_an_empty_database_is_not_copied_over_what_there_is(some: tuple[Database, backup.Told]) -> None:
    db, folder = some
    db.kept.delete_many({})
    with pytest.raises(backup.NothingThere, match="is empty"):
        backup.take(db, folder, quiet)
    assert list(folder.folder.iterdir()) == []
