"""A service's database kept elsewhere and brought back: shared/backup."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from environs import EnvError
from kafka.errors import KafkaError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import backup as copies
from shared import kafka_security, kafka_topics, mongo, settings, worker_http
from shared.commands.service import in_context, say

SAY_SECONDS = 5.0


@contextmanager
def _named() -> Iterator[None]:
    """What went wrong in one line."""
    try:
        yield
    except (copies.Broken, copies.Refused, copies.TooLong, copies.InUse, copies.NothingThere) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"BACKUP_FOLDER: {error}") from None
    except (KafkaError, kafka_topics.Unreachable, kafka_security.Refused) as error:
        raise click.ClickException(f"Kafka: {type(error).__name__}: {error}") from None
    except PyMongoError as error:
        raise click.ClickException(f"{in_context().name.upper()}_MONGO_URI: {type(error).__name__}: {error}") from None


def _told(db: Database) -> copies.Told:
    try:
        return copies.Told.read(settings.environment(), mongo.settings(db).retention)
    except (EnvError, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _seldom() -> Callable[[str], None]:
    """How far it is, now and then."""
    said = time.monotonic()

    def tell(text: str) -> None:
        nonlocal said
        if time.monotonic() - said > SAY_SECONDS:
            said = time.monotonic()
            say(text)

    return tell


@click.command()
@click.option("--follow", is_flag=True, help="without end: a snapshot every BACKUP_HOURS, all changes in between")
@click.pass_obj
def backup(db: Database, follow: bool) -> None:
    """Copy the database into BACKUP_FOLDER, sealed with BACKUP_KEYS; the user of the database need only read."""
    told = _told(db)
    with _named():
        if follow:
            _follow(db, told)
            return
        taken = copies.take(db, told, _seldom())
        found = copies.check(taken)
        copies.prune(told, in_context().name)
    say(f"{taken.folder} holds {found.documents} documents as they were at {found.at.isoformat()}")


def _follow(db: Database, told: copies.Told) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    follower = copies.Follower(db, told, say)
    server = worker_http.start(mongo.settings(db), lambda: {"backup": follower.failing})
    try:
        follower.run(stop)
    finally:
        server.shutdown()


@click.command()
@click.pass_obj
def backups(db: Database) -> None:
    """List the backups in BACKUP_FOLDER, each read to its end; fails when one is not whole."""
    told, broken = _told(db), 0
    found = copies.there(told, in_context().name)
    for one in found:
        try:
            summary = copies.check(one)
        except copies.Broken as error:
            broken += 1
            click.echo(f"{one.name}  NOT WHOLE: {error}")
            continue
        click.echo(
            f"{one.name}  whole, from {summary.at:%Y-%m-%d %H:%M:%S} to {summary.until:%Y-%m-%d %H:%M:%S} UTC, "
            f"{summary.documents} documents, {summary.changes} changes, {summary.size / 1e6:.1f} MB"
        )
    if broken or not found:
        raise click.ClickException(f"{told.folder}: {broken} of {len(found)} backups are not whole")


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--until", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="not what changed after this time")
@click.pass_obj
def restore(db: Database, folder: Path | None, until: datetime | None) -> None:
    """Bring a backup back into an empty database: FOLDER, or the name of one in BACKUP_FOLDER; without it the one that
    reaches furthest. Kafka must answer; the service's web and worker must be stopped."""
    told, service = _told(db), in_context()
    needed = copies.Service(
        service.topics, tuple(service.reads), service.prepare, service.bring_back, service.after_restore
    )
    with _named():
        chosen = copies.furthest(told, service.name) if folder is None else _chosen(told, folder)
        done = copies.restore(db, chosen, needed, until, _seldom())
    say(f"{done.name} is back: {done.documents} documents and {done.changes} changes, to {done.until.isoformat()}")
    say(f"{done.since.events} events were announced since")
    for case in list(done.since.told.values())[:20]:
        say(f"not brought back: {case.topic} {case.key}, its events {case.numbers[0]} to {case.numbers[1]}")
    if done.since.told:
        say(f"{len(done.since.told)} cases are not as others know them: /operations/gone lists them")


def _chosen(told: copies.Told, folder: Path) -> copies.Backup:
    found = folder if folder.is_dir() else told.folder / folder
    if not found.is_dir():
        raise copies.Broken(f"{folder}: no folder of this name here, nor in BACKUP_FOLDER {told.folder}")
    return copies.opened(found, told.keys, in_context().name)
