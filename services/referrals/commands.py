"""`python -m services.referrals.commands …`: what every service has, and sample data, partners' keys and pauses."""

import json
import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from pymongo.database import Database

from services.referrals import actions, events, handlers, model, settings, store
from shared import audit, auth, commands, mongo
from shared.settings import environment

SAMPLE = Path(__file__).parent / "sample" / "partners.json"
SHORTEST_KEY = 32
COLLECTIONS = {**commands.COLLECTIONS, **store.COLLECTIONS}


def prepare(db: Database) -> None:
    """Collections and indexes; may run at any time."""
    mongo.create(db, COLLECTIONS)


SERVICE = commands.Service(
    "referrals",
    settings.load,
    prepare,
    events.TOPICS,
    events.DEFINITIONS,
    reads=handlers.TOPICS,
    collections=COLLECTIONS,
    after_restore=store.leave_gap,
)
cli = commands.group(SERVICE, __doc__)


@cli.command()
@click.option(
    "--partner-url", envvar="PARTNER_URL", help="where the demo partner listens, instead of the file's address"
)
@click.option(
    "--webhook-secret",
    default=lambda: environment().str("PARTNER_WEBHOOK_SECRET", None),
    help="the demo partner's, whsec_…",
)
@click.pass_obj
def sample(db: Database, partner_url: str | None, webhook_secret: str | None) -> None:
    """Load the sample partners that are missing; may run again: those that are there stay as they are. The webhook's
    address and secret are set when they are given."""
    described = json.loads(SAMPLE.read_text())["partners"]
    for one in described:
        url = one.pop("webhook", None)
        if store.find_partner(db, one["id"]) is None:
            lists = {name: tuple(value) for name, value in one.items() if isinstance(value, list)}
            store.save_partner(db, model.Partner(**one | lists))
        if url:
            _load_webhook(db, one["id"], url, partner_url and f"{partner_url}/webhook/{one['id']}", webhook_secret)
    commands.say(f"{len(described)} sample partners are there")


def _load_webhook(db: Database, partner_id: str, url: str, given: str | None, secret: str | None) -> None:
    endpoint = store.endpoint(db, partner_id)
    if endpoint is None or (given and endpoint.url != given):
        actions.save_webhook(db, partner_id, given or url, auth.COMMANDS)
    if secret:
        actions.adopt_secret(db, partner_id, secret, auth.COMMANDS)


@cli.command("partner-key")
@click.argument("partner_id", metavar="PARTNER")
@click.option("--key", default=lambda: environment().str("PARTNER_KEY", None), help="a key made elsewhere")
@click.option("--new", "is_new", is_flag=True, help="make one and show it, once")
@click.option("--revoke-others", is_flag=True, help="the partner's other keys end at once")
@click.pass_obj
def partner_key(db: Database, partner_id: str, key: str | None, is_new: bool, revoke_others: bool) -> None:
    """Give a partner a key for the API. Only its hash is kept."""
    if store.find_partner(db, partner_id) is None:
        raise click.BadParameter(f"no such partner: {partner_id}")
    if is_new:
        key = f"snd_{secrets.token_urlsafe(36)}"
        click.echo(key)
    if not key or len(key) < SHORTEST_KEY:
        raise click.UsageError(f"give --new, or --key with at least {SHORTEST_KEY} characters")
    hashed = store.add_key(db, partner_id, key)
    revoked = store.revoke_keys(db, partner_id, but=hashed) if revoke_others else 0
    audit.record(db, auth.COMMANDS, "partner_key", partner_id, revoked=revoked)
    click.echo(f"referrals: {partner_id} has this key; {revoked} others ended", err=True)


@cli.command("partner-pause")
@click.argument("partner_id", metavar="PARTNER")
@click.option("--until", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="none: it takes referrals again")
@click.pass_obj
def partner_pause(db: Database, partner_id: str, until: datetime | None) -> None:
    """Offer no new referrals to a partner until then."""
    partner = store.find_partner(db, partner_id)
    if partner is None:
        raise click.BadParameter(f"no such partner: {partner_id}")
    store.save_partner(db, replace(partner, paused_until=until))
    commands.say(f"{partner_id} takes referrals {'again' if until is None else f'from {until}'}")


if __name__ == "__main__":
    cli()
