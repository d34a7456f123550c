"""A partner's referrals: the list, one with its details, and the answers."""

from typing import Any

from flask_smorest import Blueprint

from services.referrals import actions, model, schemas, store
from services.referrals.api import access
from shared import web

blueprint = Blueprint("referrals", __name__, url_prefix="/api/v1/referrals", description="What was offered to you")


@blueprint.route("")
@access.for_partners
@blueprint.arguments(schemas.ReferralQuery, location="query")
@blueprint.response(200, schemas.ReferralPage)
def list_referrals(query: dict[str, Any]) -> dict[str, Any]:
    """Every referral ever offered to you, oldest first, without personal data."""
    partner_id, limit = access.caller().id, query["limit"]
    found = store.of_partner(web.db(), partner_id, query["status"], query["after"], limit + 1)
    items = [thin(one, partner_id) for one in found[:limit]]
    return web.page(items, items[-1]["id"] if len(found) > limit else None)


@blueprint.route("/<referral_id>")
@access.for_partners
@web.problems(403, 404)
@blueprint.response(200, schemas.ReferralDetails)
def get_referral(referral_id: str) -> dict[str, Any]:
    """The person's details, while their consent stands and the referral is yours. Each read is recorded."""
    details = actions.show(web.db(), referral_id, access.caller())
    referral = details.referral
    person = details.person | {"languages": referral.case.languages}
    more = {"reference": referral.reference, "person": person, "note": details.note, "consent": referral.consent}
    return thin(referral, details.offer.partner_id) | more


@blueprint.route("/<referral_id>/acceptance", methods=["POST"])
@access.for_partners
@web.problems(404, 409)
@blueprint.response(200, schemas.ReferralAnswered)
def accept(referral_id: str) -> dict[str, Any]:
    """You take it. The same answer again is no error."""
    who = access.caller()
    return answered(actions.accept(web.db(), referral_id, who), who.id)


@blueprint.route("/<referral_id>/decline", methods=["POST"])
@access.for_partners
@web.problems(400, 404, 409, 413, 415, 422)
@blueprint.arguments(schemas.Decline)
@blueprint.response(200, schemas.ReferralAnswered)
def decline(body: dict[str, Any], referral_id: str) -> dict[str, Any]:
    """You cannot take it: it goes to the next partner. The same answer again is no error."""
    who = access.caller()
    return answered(actions.decline(web.db(), referral_id, body["reason"], who), who.id)


@blueprint.route("/<referral_id>/completion", methods=["POST"])
@access.for_partners
@web.problems(400, 404, 409, 413, 415, 422)
@blueprint.arguments(schemas.Completion)
@blueprint.response(200, schemas.ReferralAnswered)
def complete(body: dict[str, Any], referral_id: str) -> dict[str, Any]:
    """What came of a referral that you accepted. The same answer again is no error."""
    who = access.caller()
    return answered(actions.complete(web.db(), referral_id, body["outcome"], body["note"], who), who.id)


def thin(referral: model.Referral, partner_id: str) -> dict[str, Any]:
    """As this partner sees it. Without consent no more than that it was there."""
    offer = referral.offer_to(partner_id)
    told = referral.consent.stands
    return {
        "id": referral.id,
        "status": offer.status,
        "offered_at": offer.offered_at,
        "answer_by": offer.answer_by,
        "timezone": referral.office["timezone"] if told else None,
        "service": referral.service if told else None,
        "priority": referral.priority if told else None,
        "office": referral.office if told else None,
    }


def answered(referral: model.Referral, partner_id: str) -> dict[str, Any]:
    offer = referral.offer_to(partner_id)
    names = ("answered_at", "reason", "completed_at", "outcome")
    return thin(referral, partner_id) | {name: getattr(offer, name) for name in names}
