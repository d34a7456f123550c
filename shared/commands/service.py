"""The service whose commands these are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import click
from pymongo.database import Database

from shared import kafka_access, set_ups
from shared.definitions import Definition
from shared.events import Event, Topic
from shared.settings import Settings

KEY = __name__


@dataclass(frozen=True)
class Service:
    """What the commands need of a service. `prepare` makes its `collections`; it may run at any time. `reads`: the
    names of others' topics. `bring_back` and `after_restore`: shared/backup/restoring.py."""

    name: str
    load: Callable[[], Settings]
    prepare: Callable[[Database], None]
    topics: Mapping[str, Topic]
    definitions: Mapping[str, Definition]
    reads: Sequence[str] = ()
    collections: set_ups.Wanted = field(kw_only=True)
    bring_back: Callable[[Database, Event], None] = lambda db, event: None
    after_restore: Callable[[Database], None] = lambda db: None

    def kafka_rights(self) -> set[kafka_access.Right]:
        return kafka_access.rights(self.name, self.topics, self.reads)


def in_context() -> Service:
    return click.get_current_context().meta[KEY]


def say(text: str) -> None:
    click.echo(f"{in_context().name}: {text}")
