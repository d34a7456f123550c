"""Pages for operators: partners with their places and webhooks, and the hosts excepted from the check of targets."""

from flask import abort, render_template, request

from services.referrals import schemas, store
from services.referrals.pages.blueprint import blueprint
from shared import auth, web

PAGE = 50


@blueprint.get("/partners")
@auth.require("operator", "admin")
def list_partners() -> str:
    return render_template(
        "referrals/partners.html",
        partners=store.partners(web.db()),
        endpoints=store.endpoints(web.db()),
        allowed_hosts=web.settings().webhook_allowed_hosts,
    )


@blueprint.get("/partners/<partner_id>")
@auth.require("operator", "admin")
def show_partner(partner_id: str) -> str:
    partner = store.find_partner(web.db(), partner_id)
    state = request.args.get("state") or None
    if partner is None or (state and state not in schemas.DELIVERY_STATES):
        abort(404)
    found = store.deliveries(web.db(), partner.id, state, request.args.get("before"), PAGE + 1)
    return render_template(
        "referrals/partner.html",
        partner=partner,
        endpoint=store.endpoint(web.db(), partner.id),
        deliveries=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        state=state,
        states=schemas.DELIVERY_STATES,
    )
