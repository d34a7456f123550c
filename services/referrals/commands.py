"""`python -m services.referrals.commands …`: set-up, topics, sample data, accounts, partners' keys, announce again."""

import json
import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from pymongo.database import Database

from services.referrals import actions, events, model, settings, store
from shared import asyncapi, audit, auth, kafka_topics, mongo, outbox, telemetry, worker
from shared.web import throttling

SAMPLE = Path(__file__).parent / "sample" / "partners.json"
SHORTEST_KEY = 32
OPERATOR = auth.Actor("commands", kind="script")


def _db() -> Database:
    return mongo.open(settings.load())


@click.group()
def commands() -> None:
    telemetry.configure("referrals")


@commands.command()
def setup() -> None:
    """Makes collections and indexes; may run again."""
    prepare(_db())
    click.echo("referrals: collections and indexes are there")


def prepare(db: Database) -> None:
    """What `setup` does to a database."""
    shared_ones = worker.COLLECTIONS | auth.COLLECTIONS | audit.COLLECTIONS | throttling.COLLECTIONS
    mongo.create(db, shared_ones | store.COLLECTIONS)


@commands.command()
def topics() -> None:
    """Makes the topics of this service that are missing."""
    kafka_topics.ensure(settings.load(), events.TOPICS)
    click.echo(f"referrals: topics {', '.join(events.TOPICS)} are there")


@commands.command()
@click.option(
    "--partner-url", envvar="PARTNER_URL", help="where the demo partner listens, instead of the file's address"
)
@click.option("--webhook-secret", envvar="PARTNER_WEBHOOK_SECRET", help="the demo partner's, whsec_…")
def sample(partner_url: str | None, webhook_secret: str | None) -> None:
    """Loads the sample partners; may run again: counters and keys stay."""
    db = _db()
    described = json.loads(SAMPLE.read_text())["partners"]
    for one in described:
        url = one.pop("webhook", None)
        lists = {name: tuple(value) for name, value in one.items() if isinstance(value, list)}
        partner = model.Partner(**one | lists)
        store.save_partner(db, partner)
        if url:
            _load_webhook(db, partner.id, f"{partner_url}/webhook/{partner.id}" if partner_url else url, webhook_secret)
    click.echo(f"referrals: {len(described)} sample partners are there")


def _load_webhook(db: Database, partner_id: str, url: str, secret: str | None) -> None:
    endpoint = store.endpoint(db, partner_id)
    if endpoint is None or endpoint.url != url:
        actions.save_webhook(db, partner_id, url, OPERATOR)
    if secret:
        actions.adopt_secret(db, partner_id, secret, OPERATOR)


@commands.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reset-passwords", is_flag=True)
def accounts(file: Path, reset_passwords: bool) -> None:
    """Loads the accounts of those who work here from one file; may run again."""
    count = auth.load_file(_db(), file, reset_passwords)
    click.echo(f"referrals: {count} accounts are there")


@commands.command("partner-key")
@click.argument("partner_id", metavar="PARTNER")
@click.option("--key", envvar="PARTNER_KEY", help="a key made elsewhere")
@click.option("--new", "is_new", is_flag=True, help="make one and show it, once")
@click.option("--revoke-others", is_flag=True, help="the partner's other keys end at once")
def partner_key(partner_id: str, key: str | None, is_new: bool, revoke_others: bool) -> None:
    """Gives a partner a key for the API. Only its hash is kept."""
    db = _db()
    if store.find_partner(db, partner_id) is None:
        raise click.BadParameter(f"no such partner: {partner_id}")
    if is_new:
        key = f"snd_{secrets.token_urlsafe(36)}"
        click.echo(key)
    if not key or len(key) < SHORTEST_KEY:
        raise click.UsageError(f"give --new, or --key with at least {SHORTEST_KEY} characters")
    hashed = store.add_key(db, partner_id, key)
    revoked = store.revoke_keys(db, partner_id, but=hashed) if revoke_others else 0
    audit.record(db, OPERATOR, "partner_key", partner_id, revoked=revoked)
    click.echo(f"referrals: {partner_id} has this key; {revoked} others ended", err=True)


@commands.command("partner-pause")
@click.argument("partner_id", metavar="PARTNER")
@click.option("--until", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="none: it takes referrals again")
def partner_pause(partner_id: str, until: datetime | None) -> None:
    """No new referrals are offered to a partner until then."""
    db = _db()
    partner = store.find_partner(db, partner_id)
    if partner is None:
        raise click.BadParameter(f"no such partner: {partner_id}")
    store.save_partner(db, replace(partner, paused_until=until))
    click.echo(f"referrals: {partner_id} takes referrals {'again' if until is None else f'from {until}'}")


@commands.command("asyncapi")
def print_asyncapi() -> None:
    """Prints the AsyncAPI document of what referrals announces; needs no settings."""
    document = asyncapi.document("referrals", events.TOPICS, events.DEFINITIONS)
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@commands.command("announce-again")
@click.option("--since", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="none: the whole archive")
def announce_again(since: datetime | None) -> None:
    """Sends the events of the archive again, in their order."""
    count = outbox.announce_again(_db(), since)
    click.echo(f"referrals: {count} events will be announced again")


if __name__ == "__main__":
    commands()
