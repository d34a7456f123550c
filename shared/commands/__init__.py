"""The commands that every service has. A service adds its own to the group: `python -m services.x.commands …`."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from kafka.errors import KafkaError, KafkaTimeoutError, RequestTimedOutError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import (
    asyncapi,
    audit,
    auth,
    errors,
    kafka_access,
    kafka_security,
    kafka_topics,
    mongo,
    outbox,
    set_ups,
    telemetry,
    worker,
)
from shared.commands.backups import backup, backups, restore
from shared.commands.service import KEY, Service, in_context, say
from shared.operations import peers
from shared.web import limits, throttling

T = TypeVar("T")
PATIENCE_SECONDS = 120
__all__ = ["COLLECTIONS", "Service", "group", "say"]
COLLECTIONS: dict[str, list[Any]] = {
    **worker.COLLECTIONS,
    **auth.COLLECTIONS,
    **audit.COLLECTIONS,
    **throttling.COLLECTIONS,
    **limits.COLLECTIONS,
    **peers.COLLECTIONS,
    **set_ups.COLLECTIONS,
}


class _Group(click.Group):
    """What is refused is told in one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except errors.Refusal as refusal:
            raise click.ClickException(refusal.detail % refusal.params) from None


def group(service: Service, about: str | None) -> click.Group:
    """A command is handed the opened database (`@click.pass_obj`)."""

    @click.group(cls=_Group, help=about)
    @click.pass_context
    def cli(context: click.Context) -> None:
        context.meta[KEY] = service
        if context.invoked_subcommand == "asyncapi" or context.obj is not None:
            return  # needs nothing but the code, or has been handed a database
        telemetry.configure(service.name)
        context.obj = mongo.open(service.load())

    for command in (
        setup,
        await_setup,
        topics,
        kafka_rights,
        accounts,
        account_disable,
        account_enable,
        account_password,
        account_key,
        print_asyncapi,
        announce_again,
        backup,
        backups,
        restore,
    ):
        cli.add_command(command)
    return cli


@click.command()
@click.pass_obj
def setup(db: Database) -> None:
    """Make collections and indexes; may run again, and beside older code."""
    service = in_context()
    _patiently(lambda: service.prepare(db))
    set_ups.note(db, service.collections)
    say("collections and indexes are there")


@click.command("await-setup")
@click.pass_obj
def await_setup(db: Database) -> None:
    """Wait until `setup` has made what this version needs, for two minutes at most: what comes before a process of a
    new version."""
    wanted, until = in_context().collections, time.monotonic() + PATIENCE_SECONDS
    while not _patiently(lambda: set_ups.is_done(db, wanted)):
        if time.monotonic() > until:
            raise click.ClickException("what this version needs has not been made: its `setup` has not run to its end")
        time.sleep(0.5)
    say("collections and indexes are there")


@click.command()
@click.pass_obj
def topics(db: Database) -> None:
    """Make the topics of this service that are missing, and let all keep their records as long as
    KAFKA_RETENTION_DAYS says; may run again. A secured Kafka lets an administrator say so, no service."""
    wanted, told = dict(in_context().topics), mongo.settings(db)
    with _named():
        _patiently(lambda: kafka_topics.ensure(told, wanted))
        changed = _patiently(lambda: kafka_topics.keep(told, wanted))
    say(f"topics {', '.join(wanted)} are there")
    if changed:
        say(f"{', '.join(changed)} keep their records for {told.retention.kafka_days} days from now on")


@click.command("kafka-rights")
@click.pass_obj
def kafka_rights(db: Database) -> None:
    """Give this service's user in Kafka (KAFKA_USER) the password of KAFKA_PASSWORD_FILE and the rights to what the
    service publishes and reads, and take any other away; may run again. Needs the certificate of an administrator."""
    service, security = in_context(), mongo.settings(db).kafka_security
    wanted = service.kafka_rights()
    with _named():
        password = kafka_security.PasswordFile(security.password_file).read()
        client = _patiently(lambda: kafka_topics.admin(mongo.settings(db)))
        try:
            given, taken = _patiently(lambda: kafka_access.ensure(client, security.user, password, wanted))
        finally:
            client.close()
    say(f"{security.user} has its password and {len(wanted)} rights in Kafka: {given} given, {taken} taken away")


def _patiently(do: Callable[[], T]) -> T:
    """Again for a while when Kafka or the database does not answer: it may have just begun. Refusals are told at
    once. `do` may run again."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return do()
        except (kafka_topics.Unreachable, KafkaTimeoutError, RequestTimedOutError, PyMongoError) as error:
            refused = isinstance(error, PyMongoError) and not mongo.is_transient(error)
            if refused or time.monotonic() > until:
                raise
            telemetry.log.warning("no answer yet", error=type(error).__name__)
            time.sleep(1)


@contextmanager
def _named() -> Iterator[None]:
    """What Kafka refuses is told in one line."""
    try:
        yield
    except (KafkaError, kafka_topics.Unreachable, kafka_security.Refused, kafka_access.NotGiven) as error:
        raise click.ClickException(f"Kafka: {type(error).__name__}: {error}") from None


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reset-passwords", is_flag=True, help="also of accounts that are there already")
@click.pass_obj
def accounts(db: Database, file: Path, reset_passwords: bool) -> None:
    """Load the accounts of those who work here from FILE; may run again."""
    say(f"{auth.load_file(db, file, reset_passwords)} accounts are there")


@click.command("account-disable")
@click.argument("email")
@click.pass_obj
def account_disable(db: Database, email: str) -> None:
    """Sign an account out everywhere, let it in no more, and delete its keys."""
    auth.disable(db, email)
    say(f"{email} is disabled")


@click.command("account-enable")
@click.argument("email")
@click.pass_obj
def account_enable(db: Database, email: str) -> None:
    """Let an account that was disabled in again."""
    auth.enable(db, email)
    say(f"{email} is enabled")


@click.command("account-password")
@click.argument("email")
@click.pass_obj
def account_password(db: Database, email: str) -> None:
    """Set a password: asked for, or one line of standard input. Signs the account out everywhere."""
    if sys.stdin.isatty():
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < auth.SHORTEST_PASSWORD:
        raise click.UsageError(f"a password has at least {auth.SHORTEST_PASSWORD} characters")
    auth.set_password(db, email, password)
    say(f"{email} has a new password")


@click.command("account-key")
@click.argument("email")
@click.option("--name", required=True, help="what the key is for")
@click.pass_obj
def account_key(db: Database, email: str, name: str) -> None:
    """Print a new key for the scripts of an account: once, only its hash is kept."""
    click.echo(auth.give_key(db, email, name))


@click.command("asyncapi")
def print_asyncapi() -> None:
    """Print the AsyncAPI document of what this service announces; needs no settings."""
    service = in_context()
    document = asyncapi.document(service.name, service.topics, service.definitions)
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@click.command("announce-again")
@click.option("--since", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="e.g. 2026-11-23T00:00:00+00:00")
@click.pass_obj
def announce_again(db: Database, since: datetime | None) -> None:
    """Announce all events of the archive again, or those since a time; what has a present state, from that."""
    say(f"{outbox.announce_again(db, since)} events will be announced again")
    reaches = outbox.archive_from(db)
    if reaches and (since is None or since < reaches):
        say(f"the archive reaches back to {reaches.isoformat()}: what was announced before that is gone from it")
