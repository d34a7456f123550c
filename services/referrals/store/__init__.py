"""The collections of referrals: indexes, get, save, queries. Nothing here decides."""

from pymongo import IndexModel

from services.referrals.store.deliveries import (
    add_delivery,
    add_job,
    deliveries,
    deliveries_waiting,
    delivery,
    delivery_by_request,
    is_delivered,
    is_earlier_waiting,
    job,
    job_by_request,
    save_delivery,
    save_job,
)
from services.referrals.store.endpoints import (
    add_secret,
    endpoint,
    endpoints,
    live_secrets,
    retire_secrets,
    save_endpoint,
    secret_by_request,
)
from services.referrals.store.feed import add_partner_event, leave_gap, partner_event, partner_events, redact
from services.referrals.store.partners import (
    add_key,
    close_place,
    find_partner,
    open_place,
    partner,
    partner_of_key,
    partners,
    revoke_keys,
    save_partner,
)
from services.referrals.store.people import forget_person, is_erased, keep_person, person
from services.referrals.store.referrals import (
    Changed,
    NoSuchReferral,
    add_referral,
    count_by_status,
    find_requested,
    of_consent,
    of_partner,
    of_person,
    referral,
    referrals,
    save_referral,
    touch_referral,
)

__all__ = [
    "COLLECTIONS",
    "Changed",
    "NoSuchReferral",
    "add_delivery",
    "add_job",
    "add_key",
    "add_partner_event",
    "add_referral",
    "add_secret",
    "close_place",
    "count_by_status",
    "deliveries",
    "deliveries_waiting",
    "delivery",
    "delivery_by_request",
    "endpoint",
    "endpoints",
    "find_partner",
    "find_requested",
    "forget_person",
    "is_delivered",
    "is_earlier_waiting",
    "is_erased",
    "job",
    "job_by_request",
    "keep_person",
    "leave_gap",
    "live_secrets",
    "of_consent",
    "of_partner",
    "of_person",
    "open_place",
    "partner",
    "partner_event",
    "partner_events",
    "partner_of_key",
    "partners",
    "person",
    "redact",
    "referral",
    "referrals",
    "retire_secrets",
    "revoke_keys",
    "save_delivery",
    "save_endpoint",
    "save_job",
    "save_partner",
    "save_referral",
    "secret_by_request",
    "touch_referral",
]


def _once(name: str) -> IndexModel:
    """The idempotency key of a request makes one document."""
    asked = {"request.scope": {"$exists": True}}
    return IndexModel("request.scope", name=name, unique=True, partialFilterExpression=asked)


COLLECTIONS: dict[str, list[IndexModel]] = {
    "referrals": [
        IndexModel("request_id", name="one_per_request", unique=True),
        IndexModel([("offers.partner_id", 1), ("_id", 1)], name="of_partner"),
        IndexModel("person_id", name="of_person"),
        IndexModel("consent.id", name="of_consent"),
        IndexModel([("status", 1), ("_id", -1)], name="by_status"),
        IndexModel([("office.id", 1), ("_id", -1)], name="by_office"),
    ],
    "people": [],
    "partners": [],
    "partner_keys": [IndexModel("prefix", name="prefix"), IndexModel("partner_id", name="of_partner")],
    "partner_events": [
        IndexModel([("partner_id", 1), ("n", 1)], name="feed", unique=True),
        IndexModel("referral_id", name="of_referral"),
    ],
    "webhooks": [],
    "webhook_secrets": [IndexModel([("partner_id", 1), ("created_at", -1)], name="of_partner"), _once("request")],
    "deliveries": [
        IndexModel([("partner_id", 1), ("_id", -1)], name="of_partner"),
        IndexModel([("referral_id", 1), ("state", 1), ("n", 1)], name="order"),
        IndexModel("event_id", name="of_event"),
        _once("request"),
    ],
    "replays": [_once("request")],
}
