"""`python -m services.booking.commands …`: set up, sample data, accounts, slots, announce again, erase."""

import json
from datetime import datetime
from pathlib import Path

import click
from pymongo.database import Database

from services.booking import actions, events, settings, store, timers, upkeep
from shared import asyncapi, audit, auth, kafka_topics, mongo, outbox, telemetry, worker
from shared.web import throttling

SAMPLE = Path(__file__).parent / "sample"


def collections() -> dict:
    return {
        **store.COLLECTIONS,
        **worker.COLLECTIONS,
        **auth.COLLECTIONS,
        **audit.COLLECTIONS,
        **throttling.COLLECTIONS,
    }


def prepare(db: Database) -> None:
    """Collections, indexes, and what falls due again and again; may run at any time."""
    mongo.create(db, collections())
    timers.begin(db)


def load_sample(db: Database) -> int:
    files = [json.loads((SAMPLE / f"{name}.json").read_text()) for name in ("pathways", "offices", "partners")]
    upkeep.load(db, *files)
    return upkeep.renew_slots(db)


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
    print("booking: collections and indexes are there")


@cli.command()
@click.pass_obj
def topics(found: settings.Settings) -> None:
    """Make the topics that booking publishes to; may run again."""
    kafka_topics.ensure(found, events.TOPICS)
    print(f"booking: topics {', '.join(events.TOPICS)} are there")


@cli.command()
@click.pass_obj
def sample(found: settings.Settings) -> None:
    """Load sample pathways and offices, and slots for two weeks; may run again."""
    new = load_sample(mongo.open(found))
    print(f"booking: sample data is there (all of it made up), {new} new slots")


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.pass_obj
def accounts(found: settings.Settings, file: str) -> None:
    """Load the accounts of those who work here from FILE; may run again."""
    print(f"booking: {auth.load_file(mongo.open(found), file)} accounts are there")


@cli.command()
@click.pass_obj
def slots(found: settings.Settings) -> None:
    """Make the slots of the two weeks ahead and correct the counts; may run again."""
    db = mongo.open(found)
    print(f"booking: {upkeep.renew_slots(db)} new slots, {upkeep.count_places(db)} counts corrected")


@cli.command("asyncapi")
def print_asyncapi() -> None:
    """Print the AsyncAPI document of what booking announces; needs no settings."""
    document = asyncapi.document("booking", events.TOPICS, events.DEFINITIONS)
    print(json.dumps(document, indent=2, ensure_ascii=False))


@cli.command("announce-again")
@click.option("--since", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="e.g. 2026-11-23T00:00:00+00:00")
@click.pass_obj
def announce_again(found: settings.Settings, since: datetime | None) -> None:
    """Announce all events again, or those since a time; and all persons from their present state."""
    print(f"booking: {outbox.announce_again(mongo.open(found), since)} events will be announced again")


@cli.command()
@click.argument("reference")
@click.pass_obj
def erase(found: settings.Settings, reference: str) -> None:
    """Forget the person of an appointment, here and in every service; what is still to come is cancelled."""
    print(f"booking: person {actions.erase(mongo.open(found), reference)} is erased")


if __name__ == "__main__":
    cli()
