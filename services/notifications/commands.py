"""`python -m services.notifications.commands …`: set up, sample data, accounts, announce again."""

import json
from datetime import datetime
from typing import Any

import click
from pymongo.database import Database

from services.notifications import events, settings, store
from shared import asyncapi, audit, auth, kafka_topics, mongo, outbox, telemetry, worker
from shared.web import throttling


def collections() -> dict[str, list[Any]]:
    return {
        **store.COLLECTIONS,
        **worker.COLLECTIONS,
        **auth.COLLECTIONS,
        **audit.COLLECTIONS,
        **throttling.COLLECTIONS,
    }


def prepare(db: Database) -> None:
    """Collections and indexes; may run at any time."""
    mongo.create(db, collections())


@click.group(help=__doc__)
@click.pass_context
def cli(context: click.Context) -> None:
    if context.invoked_subcommand == "asyncapi":
        return  # needs nothing but the code
    found = settings.load()
    telemetry.configure(found.service)
    context.obj = found


@cli.command()
@click.pass_obj
def setup(found: settings.Settings) -> None:
    """Make collections and indexes; may run again."""
    prepare(mongo.open(found))
    print("notifications: collections and indexes are there")


@cli.command()
@click.pass_obj
def topics(found: settings.Settings) -> None:
    """Make the topics that notifications publishes to; may run again."""
    kafka_topics.ensure(found, events.TOPICS)
    print(f"notifications: topics {', '.join(events.TOPICS)} are there")


@cli.command()
def sample() -> None:
    """Nothing to load: the message templates are files, all else comes by events. May run again."""
    print("notifications: needs no sample data")


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.pass_obj
def accounts(found: settings.Settings, file: str) -> None:
    """Load the accounts of those who work here from FILE; may run again."""
    print(f"notifications: {auth.load_file(mongo.open(found), file)} accounts are there")


@cli.command("asyncapi")
def print_asyncapi() -> None:
    """Print the AsyncAPI document of what notifications announces; needs no settings."""
    document = asyncapi.document("notifications", events.TOPICS, events.DEFINITIONS)
    print(json.dumps(document, indent=2, ensure_ascii=False))


@cli.command("announce-again")
@click.option("--since", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="e.g. 2026-11-23T00:00:00+00:00")
@click.pass_obj
def announce_again(found: settings.Settings, since: datetime | None) -> None:
    """Announce all events again, or those since a time."""
    print(f"notifications: {outbox.announce_again(mongo.open(found), since)} events will be announced again")


if __name__ == "__main__":
    cli()
