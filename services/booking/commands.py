"""`python -m services.booking.commands …`: what every service has, sample data, calendars, windows, pilots,
erase."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError
from pymongo.database import Database

from services.booking import (
    actions,
    events,
    handlers,
    model,
    renewal,
    sample_window,
    schemas,
    settings,
    store,
    timers,
    upkeep,
    window_file,
)
from shared import commands, errors, mongo, web
from shared.web import bodies

SAMPLE = Path(__file__).parent / "sample"
COLLECTIONS = {**commands.COLLECTIONS, **store.COLLECTIONS}


def prepare(db: Database) -> None:
    """Collections, indexes, and what falls due again and again; may run at any time."""
    mongo.create(db, COLLECTIONS)
    timers.begin(db)


SERVICE = commands.Service(
    settings.SERVICE,
    settings.load,
    prepare,
    events.TOPICS,
    events.DEFINITIONS,
    reads=handlers.TOPICS,
    collections=COLLECTIONS,
    bring_back=actions.bring_back,
)
cli = commands.group(SERVICE, __doc__)


def load_sample(db: Database) -> int:
    files = [json.loads((SAMPLE / f"{name}.json").read_text()) for name in ("pathways", "offices", "partners")]
    upkeep.load(db, *files)
    new = upkeep.renew_slots(db).new
    sample_window.plan(db)
    return new


@cli.command()
@click.pass_obj
def sample(db: Database) -> None:
    """Load sample pathways and offices, the slots ahead, and a request window that is open; may run again."""
    commands.say(f"sample data is there (all of it made up), {load_sample(db)} new slots")


@cli.command()
@click.pass_obj
def slots(db: Database) -> None:
    """Bring slots to what the calendars give and correct the counts; may run again."""
    _say_renewed(upkeep.renew_slots(db), renewal.concerned(db))
    commands.say(f"{upkeep.count_places(db)} counts corrected")


@cli.command()
@click.argument("office")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def calendar(db: Database, office: str, file: Path) -> None:
    """Give an office another calendar, and bring its slots to it: a JSON object with some of opening, holidays,
    exceptions, limits. Tells who has an appointment that it does not give any more."""
    said = bodies.read_json(file.read_bytes())
    if not isinstance(said, dict):
        raise bodies.NotAnObject
    try:
        renewed = upkeep.set_calendar(db, office, said)
    except ValidationError as wrong:
        raise click.ClickException("\n".join(_faults(wrong.messages_dict))) from None
    _say_renewed(renewed, renewal.concerned(db, office))


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def window(db: Database, file: Path) -> None:
    """Plan a request window (see window_file.py): its places are reserved, its rule and capacity published; it opens,
    closes and is drawn by itself."""
    try:
        planned, starts, ends = window_file.WindowIn().load(bodies.read_json(file.read_bytes()))
        there = actions.plan(db, planned, starts, ends)
    except ValidationError as wrong:
        raise click.ClickException("\n".join(_faults(wrong.messages_dict))) from None
    except errors.Invalid as refused:
        raise click.ClickException("\n".join(f"{name}: {text}" for name, text in refused.errors.items())) from None
    commands.say(f"{there.id} is {there.state}: {sum(one.places for one in store.draws.capacity(db, there.id))} places")


@cli.command()
@click.argument("pathway")
@click.argument("mode", type=click.Choice([model.FIRST_COME, model.REQUEST_WINDOW]))
@click.pass_obj
def mode(db: Database, pathway: str, mode: str) -> None:
    """How places of a service are given: first come, first served, or drawn in request windows."""
    upkeep.set_mode(db, pathway, mode)
    commands.say(f"{pathway}: {mode}")


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def pilot(db: Database, file: Path) -> None:
    """Make a pilot from a JSON object, as the API takes it. The same file again makes no second one."""
    content = file.read_bytes()
    said = bodies.read_json(content)
    if not isinstance(said, dict):
        raise bodies.NotAnObject
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    try:
        made, _ = actions.pilot.make(db, schemas.PilotIn().load(said), web.IdempotencyKey(digest, digest), None)
    except ValidationError as wrong:
        raise click.ClickException("\n".join(_faults(wrong.messages_dict))) from None
    except errors.Invalid as wrong:
        raise click.ClickException("\n".join(f"{field}: {text}" for field, text in wrong.errors.items())) from None
    commands.say(f"pilot {made.id}: {made.name}, {made.weeks} weeks, {made.places_a_week} places a week")


def _say_renewed(renewed: renewal.Renewal, concerned: list[str]) -> None:
    commands.say(f"{renewed.new} new slots, {renewed.withdrawn} withdrawn, {renewed.resized} with other capacity")
    if concerned:
        commands.say(f"to be moved, {len(concerned)}: {', '.join(concerned)}")


def _faults(messages: Any, path: str = "") -> Iterator[str]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _faults(inner, f"{path}.{name}".lstrip("."))
    else:
        yield f"{path}: {' '.join(messages)}"


@cli.command()
@click.argument("reference")
@click.pass_obj
def erase(db: Database, reference: str) -> None:
    """Forget the person of an appointment, here and in every service; what is still to come is cancelled."""
    commands.say(f"person {actions.erase(db, reference)} is erased")


if __name__ == "__main__":
    cli()
