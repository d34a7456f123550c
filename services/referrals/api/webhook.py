"""A partner's webhook: its address, its secret, its deliveries."""

from typing import Any

from flask import request
from flask_smorest import Blueprint

from services.referrals import actions, model, schemas, store
from services.referrals.api import access
from shared import web

blueprint = Blueprint("webhook", __name__, url_prefix="/api/v1/webhook", description="Where you are told")
REPLAYED = {"Idempotency-Replayed": "true"}


@blueprint.route("")
@access.for_partners
@blueprint.response(200, schemas.WebhookOut)
def get_webhook() -> Any:
    """Your webhook and whether it is called; with an ETag once it is set."""
    endpoint = store.endpoint(web.db(), access.caller().id)
    return shown(endpoint), 200, {"ETag": endpoint.etag} if endpoint else {}


@blueprint.route("", methods=["PUT"])
@access.for_partners
@web.problems(400, 412, 413, 415, 422)
@blueprint.arguments(schemas.WebhookIn)
@blueprint.response(200, schemas.WebhookOut)
def put_webhook(body: dict[str, Any]) -> Any:
    """Sets it, and calls it again if it was disabled

    Ask for a secret to check what it receives. With `If-Match` only if nobody changed it since you read that ETag."""
    if_match = request.headers.get("If-Match")
    endpoint = actions.set_webhook(web.db(), body["url"], access.caller(), if_match)
    return shown(endpoint), 200, {"ETag": endpoint.etag}


@blueprint.route("/secret", methods=["POST"])
@access.for_partners
@web.creates
@blueprint.response(201, schemas.SecretOut)
def rotate_secret() -> Any:
    """A new secret; the old one stays valid for 24 hours, in which deliveries carry a signature by each."""
    who = access.caller()
    secret, until, again = actions.rotate_secret(web.db(), web.idempotency_key(who.id), who)
    return {"secret": secret, "old_valid_until": until}, 201, REPLAYED if again else {}


@blueprint.route("/test", methods=["POST"])
@access.for_partners
@web.creates
@blueprint.response(202, schemas.DeliveryOut)
def send_test() -> Any:
    """Sends you an event of the type webhook.test.v1."""
    who = access.caller()
    delivery, again = actions.send_test(web.db(), web.idempotency_key(who.id), who)
    return delivery, 202, REPLAYED if again else {}


@blueprint.route("/deliveries")
@access.for_partners
@blueprint.arguments(schemas.DeliveryQuery, location="query")
@blueprint.response(200, schemas.DeliveryPage)
def list_deliveries(query: dict[str, Any]) -> dict[str, Any]:
    """Newest first, each with its attempts."""
    limit = query["limit"]
    found = store.deliveries(web.db(), access.caller().id, query["state"], query["after"], limit + 1)
    return web.page(found[:limit], found[limit - 1].id if len(found) > limit else None)


@blueprint.route("/deliveries/<delivery_id>/replay", methods=["POST"])
@access.for_partners
@web.creates
@web.problems(403, 404)
@blueprint.response(202, schemas.DeliveryOut)
def replay(delivery_id: str) -> Any:
    """The same event once more, under the same webhook-id."""
    who = access.caller()
    delivery, again = actions.replay(web.db(), delivery_id, web.idempotency_key(who.id), who)
    return delivery, 202, REPLAYED if again else {}


@blueprint.route("/replays", methods=["POST"])
@access.for_partners
@web.creates
@web.problems(413, 415)
@blueprint.arguments(schemas.ReplaysIn)
@blueprint.response(202, schemas.ReplayJobOut)
def replay_many(body: dict[str, Any]) -> Any:
    """All events of a time once more: a job to follow."""
    who = access.caller()
    job, again = actions.replay_many(web.db(), body, web.idempotency_key(who.id), who)
    place = {"Location": f"/api/v1/webhook/replays/{job['_id']}"}
    return job, 202, place | (REPLAYED if again else {})


@blueprint.route("/replays/<replay_id>")
@access.for_partners
@web.problems(404)
@blueprint.response(200, schemas.ReplayJobOut)
def get_replay(replay_id: str) -> dict[str, Any]:
    """How far a replay is."""
    return store.job(web.db(), replay_id, access.caller().id)


def shown(endpoint: model.Endpoint | None) -> dict[str, Any]:
    names = ("url", "state", "changed_at", "disabled_at", "disabled_reason")
    if endpoint is None:
        return dict.fromkeys(names) | {"state": "none"}
    return {name: getattr(endpoint, name) for name in names}
