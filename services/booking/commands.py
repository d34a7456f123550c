"""`python -m services.booking.commands …`: what every service has, and sample data, slots, erase."""

import json
from pathlib import Path

import click
from pymongo.database import Database

from services.booking import actions, events, settings, store, timers, upkeep
from shared import commands, mongo

SAMPLE = Path(__file__).parent / "sample"


def prepare(db: Database) -> None:
    """Collections, indexes, and what falls due again and again; may run at any time."""
    mongo.create(db, {**commands.COLLECTIONS, **store.COLLECTIONS})
    timers.begin(db)


cli = commands.group(
    commands.Service(settings.SERVICE, settings.load, prepare, events.TOPICS, events.DEFINITIONS), __doc__
)


def load_sample(db: Database) -> int:
    files = [json.loads((SAMPLE / f"{name}.json").read_text()) for name in ("pathways", "offices", "partners")]
    upkeep.load(db, *files)
    return upkeep.renew_slots(db)


@cli.command()
@click.pass_obj
def sample(db: Database) -> None:
    """Load sample pathways and offices, and slots for two weeks; may run again."""
    commands.say(f"sample data is there (all of it made up), {load_sample(db)} new slots")


@cli.command()
@click.pass_obj
def slots(db: Database) -> None:
    """Make the slots of the two weeks ahead and correct the counts; may run again."""
    commands.say(f"{upkeep.renew_slots(db)} new slots, {upkeep.count_places(db)} counts corrected")


@cli.command()
@click.argument("reference")
@click.pass_obj
def erase(db: Database, reference: str) -> None:
    """Forget the person of an appointment, here and in every service; what is still to come is cancelled."""
    commands.say(f"person {actions.erase(db, reference)} is erased")


if __name__ == "__main__":
    cli()
