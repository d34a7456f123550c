"""`python -m services.notifications.commands …`: what every service has."""

from pymongo.database import Database

from services.notifications import events, handlers, settings, store
from shared import commands, mongo

COLLECTIONS = {**commands.COLLECTIONS, **store.COLLECTIONS}


def prepare(db: Database) -> None:
    """Collections and indexes; may run at any time."""
    mongo.create(db, COLLECTIONS)


SERVICE = commands.Service(
    settings.SERVICE,
    settings.load,
    prepare,
    events.TOPICS,
    events.DEFINITIONS,
    reads=handlers.TOPICS,
    collections=COLLECTIONS,
)
cli = commands.group(SERVICE, __doc__)


@cli.command()
def sample() -> None:
    """Nothing to load: the message templates are files, all else comes by events. May run again."""
    commands.say("needs no sample data")


if __name__ == "__main__":
    cli()
