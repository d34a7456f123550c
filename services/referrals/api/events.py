"""The catch-up feed: every event a partner was ever sent, oldest first."""

from typing import Any

from flask_smorest import Blueprint

from services.referrals import schemas, store
from services.referrals.api import access
from shared import web

blueprint = Blueprint("events", __name__, url_prefix="/api/v1/events", description="What you were ever told")


@blueprint.route("")
@access.for_partners
@blueprint.arguments(schemas.EventQuery, location="query")
@blueprint.response(200, schemas.EventPage)
def list_events(query: dict[str, Any]) -> dict[str, Any]:
    """The bodies of your webhooks with their ids. Keep the `cursor` of the last one you handled and go on from it."""
    types = [one.strip() for one in query["types"].split(",")] if query["types"] else None
    limit = query["limit"]
    found = store.partner_events(web.db(), access.caller().id, int(query["after"]), types, limit + 1)
    items = [one["body"] | {"id": one["_id"], "cursor": str(one["n"])} for one in found[:limit]]
    return web.page(items, items[-1]["cursor"] if len(found) > limit else None)
